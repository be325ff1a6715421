"""COPY and MOVE, by message numbers and by UIDs (RFC 9051 6.4.7, 6.4.8, RFC 6851), with COPYUID (RFC 4315)."""

from dataclasses import dataclass
from typing import Final

from gateway.imap.access import Located, permitted
from gateway.imap.intake.rights import destination
from gateway.imap.intake.room import saved_at_once, too_many
from gateway.imap.intake.storing import arrived, carry_out, consecutive
from gateway.imap.intake.transferring import Marked, anew, transfer
from gateway.imap.limits import highest, limited
from gateway.imap.news import tell
from gateway.imap.registry import Capability, Extension, News, When, command, logged_in
from gateway.imap.selected import Selected
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.names import mailbox_argument
from gateway.imap.wire.scanner import Scanner
from gateway.imap.wire.sets import SequenceSet
from gateway.mailbox import spans
from gateway.store.actions import Arrived, Copy, Expunge, Move, Which
from gateway.store.flags import Mark
from gateway.store.model import EmailId, Uid
from gateway.store.uids import UidSet


@dataclass(frozen=True, slots=True)
class _Arguments:
    which: SequenceSet
    mailbox: str


def _parse(scanner: Scanner) -> _Arguments:
    scanner.space()
    which = scanner.sequence_set()
    return _Arguments(which, mailbox_argument(scanner))


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of it: `sources` are now `result` as well, or instead."""

    target: Located
    sources: UidSet
    result: Arrived | None

    @property
    def code(self) -> bytes:
        """COPYUID; nothing where nothing was copied, and for who may not select the mailbox (RFC 9051 6.4.7)."""
        if self.result is None or not self.result.uids or "r" not in self.target.rights:
            return b""
        return b"COPYUID %d %b %b" % (self.result.uidvalidity, str(self.sources).encode(), consecutive(self.result))


async def _copy(session: Session, arguments: _Arguments) -> Completion:
    return await _copied(session, arguments, uids=False)


async def _uid_copy(session: Session, arguments: _Arguments) -> Completion:
    return await _copied(session, arguments, uids=True)


async def _move(session: Session, arguments: _Arguments) -> Completion:
    return await _moved(session, arguments, uids=False)


async def _uid_move(session: Session, arguments: _Arguments) -> Completion:
    return await _moved(session, arguments, uids=True)


async def _copied(session: Session, arguments: _Arguments, *, uids: bool) -> Completion:
    source = session.mailbox.located
    named = _named(session.mailbox, arguments, uids=uids)
    target = await destination(session, arguments.mailbox)
    if not named:
        return ok("there are no such messages: nothing copied")
    most = saved_at_once(session.service.config)
    if most is not None and len(named) > most:
        raise too_many(most)
    if anew(source, target):
        done, _ = await _anew(session, target, named)
    else:
        action = Copy(source.mailbox.id, named, target.mailbox.id)
        done = _done(target, named, arrived(await carry_out(source.mail, [action], session.service.clock())))
    return ok("copied", done.code) if done.result is not None else ok("the messages are gone: nothing copied")


async def _moved(session: Session, arguments: _Arguments, *, uids: bool) -> Completion:
    selected = session.mailbox
    places, lowest = highest(session, selected.living(selected.places(arguments.which, uids=uids)))
    named = selected.uids(places)
    selected.require_writable()
    source = permitted(selected.located, "te")
    target = await destination(session, arguments.mailbox)
    if not named:
        await tell(session, expunges=True, cause="MOVE")
        return ok("there are no such messages: nothing moved")
    now = session.service.clock()
    if anew(source, target):
        done, moved = await _anew(session, target, named)
        await source.mail.emails.carry_out([Expunge(source.mailbox.id, moved, Which.ALL)], now)
    else:
        action = Move(source.mailbox.id, named, target.mailbox.id)
        done = _done(target, named, arrived(await carry_out(source.mail, [action], now)))
    if done.code:
        # Before the client hears that they are gone here (RFC 9051 6.4.8).
        session.output.untagged(b"OK [%b] moved" % done.code)
    await tell(session, expunges=True, cause="MOVE")
    if done.result is None:
        return ok("the messages are gone: nothing moved")
    return limited(session, lowest, ok("moved", b"HIGHESTMODSEQ %d" % selected.synced if session.condstore else b""))


def _named(selected: Selected, arguments: _Arguments, *, uids: bool) -> UidSet:
    """Those that are there."""
    return selected.uids(selected.living(selected.places(arguments.which, uids=uids)))


def _done(target: Located, named: UidSet, result: Arrived) -> _Done:
    if not result.uids:
        return _Done(target, UidSet(), None)
    # What somebody else expunged in between is not among them.
    sources = named if len(result.sources) == len(named) else UidSet.of(result.sources)
    return _Done(target, sources, result)


async def _anew(session: Session, target: Located, named: UidSet) -> tuple[_Done, UidSet]:
    """With all that was found."""
    selected = session.mailbox
    view = selected.view.view
    messages = [
        Marked(Uid(view.uids[at]), EmailId(view.emails[at]), Mark(view.marks[at]))
        for at in spans.positions(selected.view.named(named))
    ]
    now = session.service.clock()
    result, uids = await transfer(selected.located, target, messages, now, session.output)
    found = UidSet.of(uids)
    return _Done(target, found, result), found


EXTENSION: Final = Extension(
    commands=(
        command("COPY", _parse, _copy, When.SELECTED),
        command("UID COPY", _parse, _uid_copy, When.SELECTED),
        command("MOVE", _parse, _move, When.SELECTED, News.NONE),
        command("UID MOVE", _parse, _uid_move, When.SELECTED, News.NONE),
    ),
    capabilities=(Capability("MOVE", logged_in, brings=("MOVE", "UID MOVE")),),
)
