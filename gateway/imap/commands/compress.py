"""COMPRESS=DEFLATE (RFC 4978)."""

from typing import Final

from gateway.imap.registry import Capability, Extension, News, command
from gateway.imap.session import Next, Session
from gateway.imap.wire.completion import Completion, ok, refused
from gateway.imap.wire.scanner import Scanner


def _offered(session: Session) -> bool:
    return session.login is not None and not session.client.compressed


def _parse(scanner: Scanner) -> bytes:
    scanner.space()
    return scanner.keyword("an algorithm")


async def _compress(session: Session, algorithm: bytes) -> Completion:
    if algorithm != b"DEFLATE":
        raise refused("only DEFLATE is known", b"CANNOT")
    if session.client.compressed:
        raise refused("DEFLATE is active already", b"COMPRESSIONACTIVE")
    session.next = Next.DEFLATE
    return ok("DEFLATE active")


EXTENSION: Final = Extension(
    commands=(command("COMPRESS", _parse, _compress, news=News.NONE),),
    capabilities=(Capability("COMPRESS=DEFLATE", _offered, brings=("COMPRESS",)),),
)
