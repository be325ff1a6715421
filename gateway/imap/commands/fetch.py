"""FETCH and UID FETCH (RFC 9051 6.4.5, 6.4.9), with BINARY (RFC 3516), CHANGEDSINCE and VANISHED (RFC 7162 3.1.4.1 and
3.2.6), PARTIAL (RFC 9394), PREVIEW (RFC 8970), SAVEDATE (RFC 8514), EMAILID and THREADID (RFC 8474).

Messages are shown in the form that a session can read (RFC 6858); which were not as they are, DOWNGRADED tells.
"""

from collections.abc import Sequence
from typing import Final

from gateway.imap import news
from gateway.imap.condstore import aware
from gateway.imap.fetch.batch import sliced
from gateway.imap.fetch.respond import Outcome, respond
from gateway.imap.limits import highest, limited, too_many
from gateway.imap.registry import Capability, Extension, News, When, command, logged_in
from gateway.imap.selected import Selected
from gateway.imap.session import UIDONLY, Session
from gateway.imap.wire.completion import Completion, Refusal, bad, no, ok
from gateway.imap.wire.fetch import Fact, Fetch, Item, Modifiers, Octets, fetch
from gateway.mailbox import spans
from gateway.mailbox.changes import changed_since
from gateway.mailbox.spans import Span
from gateway.store.actions import FlagsSet, SetFlags
from gateway.store.errors import NotPossible, StoreUnavailable
from gateway.store.flags import Flags, How, System
from gateway.store.model import ModSeq
from gateway.store.uids import UidSet

_SLICE: Final = 4096
"""Messages that are looked at in one turn."""
_RANGES: Final = 200
"""Of one DOWNGRADED."""
_SEEN: Final = int(System.SEEN)


async def _fetch(session: Session, wanted: Fetch) -> Completion:
    if wanted.modifiers.vanished or wanted.modifiers.partial is not None:
        raise Refusal(bad("VANISHED and PARTIAL are for UID FETCH alone"))
    return await _carry_out(session, wanted, uids=False)


async def _uid_fetch(session: Session, wanted: Fetch) -> Completion:
    modifiers = wanted.modifiers
    if modifiers.vanished and modifiers.changed_since is None:
        raise Refusal(bad("VANISHED comes with CHANGEDSINCE"))
    if modifiers.vanished and not session.qresync:
        raise Refusal(bad("ENABLE QRESYNC before VANISHED"))
    return await _carry_out(session, wanted, uids=True)


async def _carry_out(session: Session, wanted: Fetch, *, uids: bool) -> Completion:
    if wanted.modifiers.changed_since is not None or Fact.MODSEQ in wanted.items:
        aware(session)
    await news.freshen(session)
    selected = session.mailbox
    with selected.view.pinned():
        named = _partial(selected.places(wanted.messages, uids=uids), wanted.modifiers)
        named, lowest = highest(session, named)
        if lowest is not None and wanted.modifiers.partial is not None:
            raise too_many(session)
        if wanted.modifiers.vanished:
            await _vanished(session, wanted)
        places = await _changed(session, named, wanted.modifiers)
        seen = await _see(session, places) if _sees(selected, wanted) else UidSet()
        outcome = await respond(session, places, _items(session, wanted, uids=uids), seen)
        return limited(session, lowest, _completion(session, outcome))


def _items(session: Session, wanted: Fetch, *, uids: bool) -> tuple[Item, ...]:
    """What is answered: of UID FETCH the UID, too (RFC 9051 6.4.9), but for UIDONLY; with CHANGEDSINCE MODSEQ."""
    implied: list[Item] = [Fact.UID] if uids and UIDONLY not in session.enabled else []
    added: list[Item] = [Fact.MODSEQ] if wanted.modifiers.changed_since is not None else []
    if Fact.UID in wanted.items:
        implied = []
    return tuple(dict.fromkeys([*implied, *wanted.items, *added]))


# Which messages


def _partial(places: tuple[Span, ...], modifiers: Modifiers) -> tuple[Span, ...]:
    if modifiers.partial is None:
        return places
    return tuple(sliced(places, *modifiers.partial.of(spans.total(places))))


async def _changed(session: Session, places: tuple[Span, ...], modifiers: Modifiers) -> tuple[Span, ...]:
    since, modseqs = modifiers.changed_since, session.mailbox.view.view.modseqs
    if since is None:
        return places
    found: list[Span] = []
    for start, stop in spans.slices(places, _SLICE):
        found += spans.of_positions(at for at in range(start, stop) if modseqs[at] > since)
        await session.output.breathe()
    return spans.merged(found)


async def _vanished(session: Session, wanted: Fetch) -> None:
    """Before all FETCH responses."""
    selected = session.mailbox
    known = wanted.messages.upto(max(selected.view.view.uidnext - 1, 1)) if not wanted.messages.saved else UidSet()
    since = ModSeq(wanted.modifiers.changed_since or 0)
    found = await changed_since(selected.located.mail, selected.view, since, known)
    await news.vanished(session, found.vanished, earlier=True)


# \Seen


def _sees(selected: Selected, wanted: Fetch) -> bool:
    """Whether the command says that the messages were read, and the session may."""
    asks = any(isinstance(item, Octets) and not item.peek for item in wanted.items)
    return asks and not selected.read_only and "s" in selected.located.rights


async def _see(session: Session, places: Sequence[Span]) -> UidSet:
    """Mark them \\Seen, in one commit; which of them were not. Where that fails, they can be read nonetheless."""
    selected = session.mailbox
    view = selected.view.view
    unseen: list[int] = []
    for start, stop in spans.slices(places, _SLICE):
        unseen += [view.uids[at] for at in range(start, stop) if not view.marks[at] & _SEEN and view.alive[at]]
        await session.output.breathe()
    if not unseen:
        return UidSet()
    emails, flags = selected.located.mail.emails, Flags(System.SEEN)
    action = SetFlags(selected.located.mailbox.id, UidSet.of(unseen), How.ADD, flags)
    try:
        (done,) = await emails.carry_out([action], session.service.clock())
    except (StoreUnavailable, NotPossible):
        return UidSet()
    if not isinstance(done, FlagsSet) or not done.changed:
        return UidSet()
    selected.own(done.at)
    await session.service.views.show(selected.located.mail.account, done)
    return done.changed


# How it ends


def _completion(session: Session, outcome: Outcome) -> Completion:
    if outcome.unknown_encoding:
        return _told(session, outcome, no("some parts have an encoding that nobody here knows", b"UNKNOWN-CTE"))
    if outcome.unreadable:
        return _told(session, outcome, no("some messages cannot be read: tell the administrator", b"CORRUPTION"))
    if outcome.gone:
        return _told(session, outcome, no("some of the messages no longer exist: NOOP tells which", b"EXPUNGEISSUED"))
    return _told(session, outcome, ok("fetched"))


def _told(session: Session, outcome: Outcome, completion: Completion) -> Completion:
    """With DOWNGRADED (RFC 6858 3), in several responses where it is long or there is another response code."""
    ranges = UidSet.of(outcome.downgraded).ranges
    pieces = [
        b"DOWNGRADED %b" % str(UidSet(ranges[at : at + _RANGES])).encode() for at in range(0, len(ranges), _RANGES)
    ]
    last = pieces.pop() if pieces and not completion.code else completion.code
    for piece in pieces:
        session.output.untagged(b"OK [%b] shown in a form of ASCII" % piece)
    return Completion(completion.status, completion.text, last)


EXTENSION: Final = Extension(
    commands=(
        command("FETCH", fetch, _fetch, When.SELECTED, News.NO_EXPUNGES),
        command("UID FETCH", fetch, _uid_fetch, When.SELECTED),
    ),
    capabilities=tuple(Capability(name, logged_in) for name in ("BINARY", "PREVIEW", "SAVEDATE")),
)
