"""Names of mailboxes in modified UTF-7 (RFC 3501 5.1.3), as Maildir++ folders and subscription files have them."""

import re
from base64 import b64decode, b64encode
from typing import Final

_SHIFTED: Final = re.compile(r"&([^-]*)-")
_RAW: Final = re.compile(r"&|[^\x20-\x7e]+")


def decode(name: str) -> str:
    """The name; as it is where it is no modified UTF-7: some programs write UTF-8."""
    if not name.isascii():
        return name
    try:
        return _SHIFTED.sub(lambda found: _unshift(found[1]), name)
    except ValueError:
        return name


def _unshift(text: str) -> str:
    if not text:
        return "&"
    octets = b64decode(text.replace(",", "/") + "=" * (-len(text) % 4), validate=True)
    return octets.decode("utf-16-be")


def encode(name: str) -> str:
    """The name in ASCII. Raises UnicodeEncodeError for lone surrogates."""
    return _RAW.sub(lambda found: _shift(found[0]), name)


def _shift(text: str) -> str:
    if text == "&":
        return "&-"
    return "&" + b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
