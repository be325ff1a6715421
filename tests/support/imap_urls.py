"""Writes IMAP URLs (RFC 5092), for tests of what reads them."""

import re
from datetime import UTC, datetime
from typing import Final

from gateway.imap.wire.url import ImapUrl, Server, UrlAccess, UrlPart

_UNSAFE_A: Final = re.compile(rb"[^A-Za-z0-9\-._~!$'()*+,&=]")
_UNSAFE_B: Final = re.compile(rb"[^A-Za-z0-9\-._~!$'()*+,&=:@/]")
_DOTS: Final = re.compile(r"(?<![^/])\.\.?(?![^/])")


def written(url: ImapUrl) -> bytes:
    """As RFC 5092 has it."""
    path = b"" if url.mailbox is None else b"/" + _encoded_mailbox(url.mailbox)
    if url.uidvalidity is not None:
        path += b";UIDVALIDITY=%d" % url.uidvalidity
    if url.search is not None:
        path += b"?" + _encoded(url.search, _UNSAFE_B)
    elif url.part is not None:
        path += _written_part(url.part)
    return path if url.server is None else b"imap://" + _written_server(url.server) + (path or b"/")


def _encoded(octets: bytes, unsafe: "re.Pattern[bytes]") -> bytes:
    return unsafe.sub(lambda found: b"%%%02X" % found[0][0], octets)


def _encoded_mailbox(name: str) -> bytes:
    """Dot segments and a slash in front would mean something else (RFC 5092 7, 7.1)."""
    octets = _encoded(_DOTS.sub(lambda found: "\0" * len(found[0]), name).encode(), _UNSAFE_B).replace(b"%00", b"%2E")
    return b"%2F" + octets[1:] if octets.startswith(b"/") else octets


def _written_server(server: Server) -> bytes:
    user = b"" if server.user is None else _encoded(server.user.encode(), _UNSAFE_A)
    if server.auth is not None:
        user += b";AUTH=" + (b"*" if server.auth == "*" else _encoded(server.auth.encode(), _UNSAFE_A))
    return (user + b"@" if user else b"") + server.host.encode()


def _written_part(part: UrlPart) -> bytes:
    written = b"/;UID=%d" % part.uid
    if part.section is not None:
        written += b"/;SECTION=" + _encoded(part.section, _UNSAFE_B)
    if part.window is not None:
        offset, size = part.window
        written += b"/;PARTIAL=%d" % offset + (b"" if size is None else b".%d" % size)
    if part.access is not None:
        written += _written_access(part, part.access)
    return written


def _written_access(part: UrlPart, access: UrlAccess) -> bytes:
    expire = b""
    if part.expire is not None:
        moment = datetime.fromtimestamp(part.expire, UTC)
        expire = b";EXPIRE=" + moment.isoformat(timespec="auto").replace("+00:00", "Z").encode()
    written = expire + b";URLAUTH=" + access.who.encode() + _encoded(access.user.encode(), _UNSAFE_A)
    if part.verifier is not None:
        written += b":%b:%b" % (part.verifier.mechanism.encode(), part.verifier.token.encode())
    return written
