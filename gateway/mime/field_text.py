"""The text of header fields: unfolded (RFC 5322 2.2.3), in UTF-8 (RFC 6532) or whatever it may be.

`as_written` leaves encoded-words as they stand; `decoded` reads them. Both give text on one line, without control
characters but TAB, so that it can stand in any protocol.
"""

import re

from gateway.mime.charset import decode
from gateway.mime.encoded_word import decode_words

_FOLD = re.compile(rb"\r\n(?=[ \t])")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def as_written(value: bytes) -> str:
    """A field's value, unfolded; NUL, CR, LF and other controls are blanks."""
    if b"\n" in value:
        value = _FOLD.sub(b"", value)
    text = value.decode("ascii") if value.isascii() else decode(value)
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    return text.strip(" \t")


def decoded(value: bytes) -> str:
    """A field's value, decoded (RFC 2047): unstructured text, or a phrase as it stands."""
    return decoded_text(as_written(value))


def decoded_text(text: str) -> str:
    """What `as_written` gave, decoded."""
    if "=?" not in text:
        return text
    return _CONTROL.sub(" ", decode_words(text))
