"""STARTTLS (RFC 9051 6.2.1): what was pipelined behind it is thrown away, what was said before it is forgotten."""

from typing import Final

from gateway.imap.registry import Capability, Extension, News, When, command, nothing
from gateway.imap.session import Next, Session
from gateway.imap.wire.completion import Completion, Refusal, bad, ok


def _offered(session: Session) -> bool:
    return session.login is None and not session.has_tls and session.service.tls is not None


async def _starttls(session: Session, _arguments: None) -> Completion:
    if session.has_tls:
        raise Refusal(bad("TLS is already on"))
    if session.service.tls is None:
        raise Refusal(bad("TLS is not offered here"))
    session.next = Next.TLS
    return ok("begin TLS now")


EXTENSION: Final = Extension(
    commands=(command("STARTTLS", nothing, _starttls, When.NOT_AUTHENTICATED, News.NONE),),
    capabilities=(Capability("STARTTLS", _offered),),
)
