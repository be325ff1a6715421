"""APPEND (RFC 9051 6.3.12): one message or many (RFC 3502), with NULs (RFC 3516) or UTF-8 (RFC 9755), in parts."""

from collections.abc import Callable
from typing import Final

from gateway.imap.intake.messages import Messages
from gateway.imap.intake.storing import append, append_uid
from gateway.imap.registry import Capability, Command, Extension, News, When, Work, always, logged_in
from gateway.imap.session import Session
from gateway.imap.wire import append as wire
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.scanner import Scanner


def _taker(session: Session) -> Messages:
    return Messages(session, wire.append)


def _bound(scanner: Scanner) -> Callable[[Session], Work]:
    return lambda session: _append(session, scanner)


async def _append(session: Session, scanner: Scanner) -> Completion:
    messages = taken(session, _taker)
    await messages.complete(scanner)
    result = await append(messages.located, messages.emails, session.service.clock())
    return ok("appended", append_uid(messages.located, result))


def _is_limited(session: Session) -> bool:
    return logged_in(session) and session.service.config.save_limit is not None


def taken(session: Session, make: Callable[[Session], Messages]) -> Messages:
    """What has the literals of the command; made here where it has none."""
    if not isinstance(session.taker, Messages):
        session.taker = make(session)
    return session.taker


EXTENSION: Final = Extension(
    commands=(Command(b"APPEND", _bound, When.AUTHENTICATED, News.ALL, _taker),),
    capabilities=(
        Capability("APPENDLIMIT", always, lambda session: str(session.service.config.message_size)),
        Capability("CATENATE", logged_in),
        Capability("SAVELIMIT", _is_limited, lambda session: str(session.service.config.save_limit)),
        Capability("MULTIAPPEND", logged_in),
        Capability("UIDPLUS", logged_in),
    ),
)
