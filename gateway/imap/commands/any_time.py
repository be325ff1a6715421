"""CAPABILITY, NOOP and LOGOUT (RFC 9051 6.1)."""

from typing import Final

from gateway.imap.registry import Extension, News, When, command, nothing
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok


async def _capability(session: Session, _arguments: None) -> Completion:
    session.output.untagged(b"CAPABILITY " + session.offer.capabilities(session))
    return ok("these are the capabilities")


async def _noop(_session: Session, _arguments: None) -> Completion:
    return ok("nothing done")


async def _logout(session: Session, _arguments: None) -> Completion:
    session.output.untagged(b"BYE until next time")
    session.closing = True
    return ok("logged out")


EXTENSION: Final = Extension(
    commands=(
        command("CAPABILITY", nothing, _capability, When.ALWAYS),
        command("NOOP", nothing, _noop, When.ALWAYS),
        command("LOGOUT", nothing, _logout, When.ALWAYS, News.NONE),
    ),
)
