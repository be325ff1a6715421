"""IMAP's strings (RFC 9051 4.3, RFC 3501 4.3).

ABNF, as written here::

    nstring = string / "NIL"
    string  = DQUOTE *( %x01-09 / %x0b-0c / %x0e-7f ) DQUOTE / literal   ; `"` and `\\` after a `\\`
    literal = "{" number "}" CRLF *OCTET

A string with octets over 127 is a literal, which clients of IMAP4rev1 can read, too. NUL, CR and LF never get here:
`gateway.mime.field_text` made blanks of them.
"""

from typing import Final

NIL: Final = b"NIL"


def string(text: str) -> bytes:
    """A quoted string, or a literal where it is not ASCII."""
    if not text.isascii():
        octets = text.encode("utf-8", "replace")
        return b"{%d}\r\n%s" % (len(octets), octets)
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    return f'"{text}"'.encode("ascii")


def nstring(text: str | None) -> bytes:
    """NIL where there is none."""
    return NIL if text is None else string(text)
