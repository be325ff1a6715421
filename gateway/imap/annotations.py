"""Annotations of a mailbox or the server as a session sees them (RFC 5464 3): what is stored, and what is worked out.

A mailbox has `/private/specialuse` (RFC 6154 4), of its owner alone. The server has `/shared/admin` and
`/shared/comment` from the configuration, and whatever the account keeps below `/private`; nothing else of the server
can be set.
"""

from collections.abc import Mapping
from typing import Final

from gateway.imap import listing
from gateway.imap.access import Located
from gateway.imap.config import ImapConfig
from gateway.imap.search import filters
from gateway.imap.session import Session
from gateway.imap.special_use import use_of
from gateway.imap.wire.completion import refused
from gateway.store.errors import NotPossible
from gateway.store.protocol.mailboxes import Purpose

SPECIAL_USE: Final = "/private/specialuse"
_CONTENT: Final = frozenset("rswip")
"""Beside `l`, one of these rights is needed (RFC 5464 3.3)."""


async def of_server(session: Session) -> Mapping[str, bytes]:
    """Raises StoreUnavailable."""
    mail = session.mail
    own = await mail.own.annotations.get(None, mail.account)
    private = {name: value for name, value in own.items() if name.startswith("/private/")}
    return {**private, **configured(session.service.config)}


def configured(config: ImapConfig) -> Mapping[str, bytes]:
    """The entries of the server that are the operator's."""
    both = {"/shared/admin": config.contact, "/shared/comment": config.comment}
    return {name: value.encode() for name, value in both.items() if value}


async def set_of_server(session: Session, values: Mapping[str, bytes | None]) -> None:
    """Raises Refusal, NotPossible, StoreUnavailable."""
    if any(not name.startswith("/private/") for name in values):
        raise refused("what is shared on the whole server is set by its operator", b"NOPERM")
    filters.check(values)
    await session.mail.own.annotations.set(None, session.mail.account, values)


async def located(session: Session, name: str) -> Located:
    """A mailbox whose annotations the session may see and set. Raises Refusal."""
    found = await session.mail.find(name, "l")
    if not visible(found):
        raise refused("you need one of the rights 'rswip' (RFC 4314) on this mailbox", b"NOPERM")
    return found


def visible(found: Located) -> bool:
    """Whether `located` finds it."""
    return "l" in found.rights and not _CONTENT.isdisjoint(found.rights)


async def of_mailbox(session: Session, found: Located) -> Mapping[str, bytes]:
    """Raises NoSuchMailbox, StoreUnavailable."""
    stored = await found.mail.annotations.get(found.mailbox.id, session.mail.account)
    return {**stored, **special_use(session, found)}


def special_use(session: Session, found: Located) -> Mapping[str, bytes]:
    """As an annotation; empty: none."""
    use = listing.special_use(found, session.mail.account)
    return {SPECIAL_USE: use} if use else {}


async def set_of_mailbox(session: Session, found: Located, values: Mapping[str, bytes | None]) -> None:
    """All or none. Raises Refusal, NotPossible, StoreUnavailable."""
    if SPECIAL_USE not in values:
        await found.mail.annotations.set(found.mailbox.id, session.mail.account, values)
    elif len(values) > 1:
        raise refused(f"set {SPECIAL_USE} by itself", b"CANNOT")
    else:
        await _set_use(session, found, values[SPECIAL_USE])


async def _set_use(session: Session, found: Located, value: bytes | None) -> None:
    use = use_of((value or b"").decode("latin-1").split())
    if not session.mail.owns(found):
        raise refused("a special use is for mailboxes of your own", b"USEATTR")
    try:
        await found.mail.mailboxes.change(found.mailbox.id, Purpose(use))
    except NotPossible as error:
        if type(error) is NotPossible:
            raise refused(str(error), b"USEATTR") from error
        raise
