r"""The two encodings of parameter values: xtext (RFC 3461 4) and unitext (RFC 6533 3).

ABNF, as read here::

    xtext               = *( xchar / hexchar )
    xchar               = %d33-42 / %d44-60 / %d62-126         ; printable, no "+" and no "="
    hexchar             = "+" 2HEXDIG
    utf-8-enc-addr      = 1*( QUCHAR / EmbeddedUnicodeChar )
    QUCHAR              = %x21-2a / %x2c-3c / %x3e-5b / %x5d-7e / UTF8-non-ascii   ; a bare "+" or "=" is forgiven
    EmbeddedUnicodeChar = "\x{" 2*6HEXDIG "}"

What comes out of a decoder is printable: no line break can be carried into a report by way of a parameter.
"""

import re

_XTEXT = re.compile(r"(?:[\x21-\x2a\x2c-\x7e]|\+[0-9A-Fa-f]{2})*+")
_HEXCHAR = re.compile(r"\+([0-9A-Fa-f]{2})")
_NO_XCHAR = re.compile(r"[^\x21-\x2a\x2c-\x3c\x3e-\x7e]")
_UNITEXT = re.compile(r"(?:[\x21-\x5b\x5d-\x7e\u00a0-\U0010ffff]|\\x\{[0-9A-Fa-f]{2,6}\})++")
_EMBEDDED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_NO_QCHAR = re.compile(r"[^\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e]")
_NO_QUCHAR = re.compile(r"[\x00-\x20\x2b\x3d\x5c\x7f-\x9f]")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class BadEncoding(ValueError):
    """The text is not in the encoding that its place wants; the message says why."""


def decode_xtext(text: str) -> str:
    """Raises BadEncoding unless `text` is xtext of printable ASCII (RFC 3461 4.2, 4.4)."""
    if not _XTEXT.fullmatch(text):
        raise BadEncoding("xtext is printable ASCII, with + only before two hexadecimal digits")
    decoded = _HEXCHAR.sub(lambda found: chr(int(found[1], 16)), text)
    if not decoded.isascii() or _UNPRINTABLE.search(decoded):
        raise BadEncoding("only printable ASCII may be encoded as xtext")
    return decoded


def encode_xtext(text: str) -> str:
    """For ASCII `text`; what is not ASCII has no xtext: UTF-8 goes as `encode_unitext`. Raises BadEncoding."""
    if not text.isascii():
        raise BadEncoding("text that is not ASCII has no xtext form")
    return _NO_XCHAR.sub(lambda found: f"+{ord(found[0]):02X}", text)


def decode_unitext(text: str) -> str:
    r"""Read any of the three forms of a UTF-8 address: `\x{...}` is decoded, once. Raises BadEncoding."""
    if not _UNITEXT.fullmatch(text):
        raise BadEncoding(r"a utf-8 address is printable UTF-8, with \ only in \x{HEX}")
    try:
        decoded = _EMBEDDED.sub(lambda found: chr(int(found[1], 16)), text)
    except ValueError as error:
        raise BadEncoding(r"\x{HEX} names a character up to 10FFFF") from error
    if _UNPRINTABLE.search(decoded):
        raise BadEncoding("a utf-8 address has no control characters")
    return decoded


def encode_unitext(text: str) -> str:
    """utf-8-addr-unitext: for a command of a transaction that carries SMTPUTF8."""
    return _NO_QUCHAR.sub(_embedded, text)


def encode_ascii_unitext(text: str) -> str:
    """utf-8-addr-xtext: ASCII only, for hops without SMTPUTF8 and for message/delivery-status."""
    return _NO_QCHAR.sub(_embedded, text)


def _embedded(found: re.Match[str]) -> str:
    return rf"\x{{{ord(found[0]):02X}}}"
