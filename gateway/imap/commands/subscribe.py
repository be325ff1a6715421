"""SUBSCRIBE and UNSUBSCRIBE (RFC 9051 6.3.7, 6.3.8). Names are kept in the account, whoever's mailboxes they are of,
and whether these exist or not."""

from typing import Final

from gateway.imap.registry import Extension, command
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.names import mailbox_argument
from gateway.imap.wire.scanner import Scanner
from gateway.store.names import SEPARATOR


def _parse(scanner: Scanner) -> str:
    return mailbox_argument(scanner).removesuffix(SEPARATOR)


async def _subscribe(session: Session, name: str) -> Completion:
    await session.mail.own.mailboxes.subscribe(name)
    return ok("subscribed")


async def _unsubscribe(session: Session, name: str) -> Completion:
    await session.mail.own.mailboxes.unsubscribe(name)
    return ok("subscribed no more")


EXTENSION: Final = Extension(
    commands=(command("SUBSCRIBE", _parse, _subscribe), command("UNSUBSCRIBE", _parse, _unsubscribe))
)
