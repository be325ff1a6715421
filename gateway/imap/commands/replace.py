"""REPLACE, by message number and by UID (RFC 8508): the new message comes and the old one goes in one transaction."""

from collections.abc import Callable, Sequence
from typing import Final

from gateway.imap.commands.append import taken
from gateway.imap.intake.messages import Displaced, Messages
from gateway.imap.intake.storing import append, append_uid, arrived, carry_out
from gateway.imap.news import tell
from gateway.imap.registry import Capability, Command, Extension, News, When, Work, logged_in
from gateway.imap.session import Session
from gateway.imap.wire import append as wire
from gateway.imap.wire.completion import Completion, ok, refused
from gateway.imap.wire.scanner import Scanner
from gateway.store.actions import Action, Append, Arrived, Expunge, Which
from gateway.store.errors import StateChanged


def _by_number(session: Session) -> Messages:
    return Messages(session, wire.replace)


def _by_uid(session: Session) -> Messages:
    return Messages(session, wire.replace, uids=True)


def _bound(make: Callable[[Session], Messages]) -> Callable[[Scanner], Callable[[Session], Work]]:
    return lambda scanner: lambda session: _replace(session, scanner, make)


async def _replace(session: Session, scanner: Scanner, make: Callable[[Session], Messages]) -> Completion:
    messages = taken(session, make)
    await messages.complete(scanner)
    displaced = messages.displaced
    if displaced is None:
        raise AssertionError("the grammar names a message")
    same = messages.located.mail.account == session.mailbox.located.mail.account
    result = await (_at_once if same else _one_after_the_other)(session, messages, displaced)
    code = append_uid(messages.located, result)
    if code:
        # Before the client hears that the old one is gone (RFC 8508 4.3).
        session.output.untagged(b"OK [%b] the new message is there" % code)
    await tell(session, expunges=True, cause="REPLACE")
    synced = session.mailbox.synced
    return ok("replaced", b"HIGHESTMODSEQ %d" % synced if session.condstore else b"")


async def _at_once(session: Session, messages: Messages, displaced: Displaced) -> Arrived:
    source, target = session.mailbox.located, messages.located
    actions: Sequence[Action] = [
        # First: its octets make room for the new one (RFC 8508 3.4).
        Expunge(source.mailbox.id, displaced.uids, Which.ALL, every=True),
        Append(target.mailbox.id, tuple(messages.emails)),
    ]
    try:
        return arrived(await carry_out(target.mail, actions, session.service.clock()))
    except StateChanged as error:
        raise refused("the message was expunged meanwhile: nothing was replaced", b"EXPUNGEISSUED") from error


async def _one_after_the_other(session: Session, messages: Messages, displaced: Displaced) -> Arrived:
    """Between accounts: a crash in between leaves both; what somebody else expunged in between is gone all the same."""
    source, now = session.mailbox.located, session.service.clock()
    result = await append(messages.located, messages.emails, now)
    await source.mail.emails.carry_out([Expunge(source.mailbox.id, displaced.uids, Which.ALL)], now)
    return result


EXTENSION: Final = Extension(
    commands=(
        Command(b"REPLACE", _bound(_by_number), When.SELECTED, News.NONE, _by_number),
        Command(b"UID REPLACE", _bound(_by_uid), When.SELECTED, News.NONE, _by_uid),
    ),
    capabilities=(Capability("REPLACE", logged_in, brings=("REPLACE", "UID REPLACE")),),
)
