"""Names of mailboxes in modified UTF-7 (RFC 3501 5.1.3): IMAP's, and those of Maildir++ folders.

A name has one form: all of printable ASCII stands for itself, `&` is `&-`, and what is between is one shift.
"""

import re
from base64 import b64decode, b64encode
from typing import Final

_SHIFTED: Final = re.compile(r"&([^-]*)-")
_RAW: Final = re.compile(r"&|[^\x20-\x7e]+")


class NotModifiedUtf7(ValueError):
    """The text is no name in this form."""


def encode(name: str) -> str:
    """The name in ASCII. Raises UnicodeEncodeError for lone surrogates."""
    return name if name.isascii() and name.isprintable() and "&" not in name else _RAW.sub(_shift, name)


def decode(text: str) -> str:
    """The name, whose `encode` is this text. Raises NotModifiedUtf7 for all others: `&` alone, octets over 127, lone
    surrogates, and what has another form, such as ASCII in a shift or two shifts side by side."""
    if "&" not in text and text.isascii() and text.isprintable():
        return text
    try:
        name = _SHIFTED.sub(_unshift, text)
        if encode(name) == text:
            return name
    except ValueError:
        pass
    raise NotModifiedUtf7("the name is not in modified UTF-7 (RFC 3501 5.1.3): an ampersand is written &-")


def decode_any(text: str) -> str:
    """The name, also of a text in another form; as it is where it is no modified UTF-7: some programs write UTF-8."""
    if not text.isascii():
        return text
    try:
        return _SHIFTED.sub(_unshift, text)
    except ValueError:
        return text


def _shift(found: "re.Match[str]") -> str:
    text = found[0]
    if text == "&":
        return "&-"
    return "&" + b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"


def _unshift(found: "re.Match[str]") -> str:
    text = found[1]
    if not text:
        return "&"
    octets = b64decode(text.replace(",", "/") + "=" * (-len(text) % 4), validate=True)
    return octets.decode("utf-16-be")
