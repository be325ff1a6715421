"""UNAUTHENTICATE (RFC 8437): the connection begins anew, and only TLS and what ID said stay."""

from typing import Final

from gateway.imap.registry import Capability, Extension, News, command, logged_in, nothing
from gateway.imap.session import Next, Session
from gateway.imap.wire.completion import Completion, ok


async def _unauthenticate(session: Session, _arguments: None) -> Completion:
    session.next = Next.ANEW
    return ok("log in again")


EXTENSION: Final = Extension(
    commands=(command("UNAUTHENTICATE", nothing, _unauthenticate, news=News.NONE),),
    capabilities=(Capability("UNAUTHENTICATE", logged_in, brings=("UNAUTHENTICATE",)),),
)
