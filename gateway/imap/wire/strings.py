"""Strings as we send them (RFC 9051 4.3; names of mailboxes: 5.1, and RFC 3501 5.1.3 to whoever enabled nothing)."""

import re
from typing import Final

from gateway.mail import modified_utf7
from gateway.store.names import INBOX

NIL: Final = b"NIL"
_ATOM: Final = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_QUOTABLE: Final = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7e]*")
_QUOTABLE_UTF8: Final = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7e\x80-\xff]*")


def quoted(octets: bytes) -> bytes:
    """In quotes, which its octets have to allow."""
    return b'"%b"' % octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def literal(octets: bytes) -> bytes:
    """`{…}`; the octets have no NUL."""
    return b"{%d}\r\n%b" % (len(octets), octets)


def literal8(octets: bytes) -> bytes:
    """`~{…}` (RFC 3516)."""
    return b"~{%d}\r\n%b" % (len(octets), octets)


def string(octets: bytes, *, utf8: bool = False) -> bytes:
    """In quotes where it can be, else a literal. `utf8`: UTF-8 can stand in quotes."""
    allowed = _QUOTABLE_UTF8 if utf8 else _QUOTABLE
    if len(octets) <= 1000 and allowed.fullmatch(octets):
        return quoted(octets)
    return literal(octets)


def nstring(octets: bytes | None, *, utf8: bool = False) -> bytes:
    """NIL for None."""
    return NIL if octets is None else string(octets, utf8=utf8)


def astring(octets: bytes, *, utf8: bool = False) -> bytes:
    """As an atom where it can be one."""
    return octets if _ATOM.fullmatch(octets) and octets.upper() != NIL else string(octets, utf8=utf8)


def mailbox(name: str, *, utf8: bool) -> bytes:
    """The name of a mailbox: in UTF-8 to whoever enabled that, else in modified UTF-7. Always quoted, or a literal;
    INBOX alone is an atom."""
    if name == INBOX:
        return b"INBOX"
    return string(name.encode() if utf8 else modified_utf7.encode(name).encode("ascii"), utf8=utf8)
