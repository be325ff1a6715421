"""STORE and UID STORE (RFC 9051 6.4.6; UNCHANGEDSINCE: RFC 7162 3.1.3; rights: RFC 4314 4).

What a message is marked with is changed in one transaction, for all messages of the command. Messages that somebody
else has expunged are passed over; where they were named by number, the command says so as it ends: OK [EXPUNGEISSUED]
(RFC 5530 3). NO, which RFC 2180 4.2 would have too, makes clients drop what they know of the others, or complain.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.imap import news
from gateway.imap.condstore import aware
from gateway.imap.limits import highest, limited
from gateway.imap.registry import Extension, News, When, command
from gateway.imap.selected import Selected
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, no, ok, refused
from gateway.imap.wire.store import Store, store
from gateway.mailbox import spans
from gateway.mailbox.slices import LOOPED
from gateway.mailbox.spans import Span
from gateway.store.actions import Action, FlagsSet, SetFlags
from gateway.store.errors import NotPossible, StateChanged
from gateway.store.flags import NONE, Flags, How, Mark, System, system_of
from gateway.store.model import ModSeq
from gateway.store.uids import UidSet

_RIGHTS: Final = {System.SEEN: "s", System.DELETED: "t"}
_TRIES: Final = 5
"""To change flags of which some have to stay as they are, while others change them."""


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What a session may change."""

    system: System
    keywords: bool

    @property
    def all(self) -> bool:
        return self.keywords and self.system == ~NONE


async def _store(session: Session, wanted: Store) -> Completion:
    return await _carry_out(session, wanted, uids=False)


async def _uid_store(session: Session, wanted: Store) -> Completion:
    return await _carry_out(session, wanted, uids=True)


async def _carry_out(session: Session, wanted: Store, *, uids: bool) -> Completion:
    selected = session.mailbox
    selected.require_writable()
    await news.freshen(session)
    allowed = _allowed(selected)
    _require_some(wanted, allowed)
    if wanted.unchanged_since is not None:
        aware(session)
    with selected.view.pinned():
        named, lowest = highest(session, selected.places(wanted.messages, uids=uids))
        there = selected.living(named)
        changed = await _change(session, wanted, there, allowed)
        places = selected.view.named(selected.covered(there) - changed.failed)
        await _answer(session, wanted, places, changed, uid=uids)
        lost = not uids and spans.total(there) < spans.total(named)
        return limited(session, lowest, _completion(selected, changed, lost=lost, uids=uids))


# What is done


async def _change(session: Session, wanted: Store, places: tuple[Span, ...], allowed: _Allowed) -> FlagsSet:
    """Raises Refusal (NO [LIMIT])."""
    selected = session.mailbox
    if not places:
        return FlagsSet(selected.located.mailbox.id, UidSet(), UidSet(), ModSeq(0))
    try:
        return await _in_one(session, wanted, places, allowed)
    except NotPossible as error:
        if type(error) is NotPossible:
            raise refused(str(error).encode("ascii", "backslashreplace").decode(), b"LIMIT") from error
        raise


async def _in_one(session: Session, wanted: Store, places: tuple[Span, ...], allowed: _Allowed) -> FlagsSet:
    emails, now = session.mailbox.located.mail.emails, session.service.clock()
    if wanted.how is not How.REPLACE or allowed.all:
        found = await emails.carry_out([_plain(session.mailbox, wanted, places, allowed)], now)
        return await _joined(session, [each for each in found if isinstance(each, FlagsSet)])
    for _ in range(_TRIES):
        actions, at = await _by_what_stays(session, wanted, places, allowed)
        try:
            found = await emails.carry_out(actions, now, expected=at)
        except StateChanged:
            await news.freshen(session)
        else:
            return await _joined(session, [each for each in found if isinstance(each, FlagsSet)])
    raise refused("others are changing the same account: try again", b"INUSE")


def _plain(selected: Selected, wanted: Store, places: tuple[Span, ...], allowed: _Allowed) -> SetFlags:
    keywords = wanted.flags.keywords if allowed.keywords else frozenset[str]()
    flags = Flags(wanted.flags.system & allowed.system, keywords)
    mailbox = selected.located.mailbox.id
    return SetFlags(mailbox, selected.covered(places), wanted.how, flags, wanted.unchanged_since)


async def _by_what_stays(
    session: Session, wanted: Store, places: tuple[Span, ...], allowed: _Allowed
) -> tuple[list[Action], ModSeq]:
    """Flags that the session may not change stay: an action for each kind of message; and the state that they are
    right for."""
    selected = session.mailbox
    view, now = selected.view.view, selected.view.view.at
    kinds: defaultdict[int, list[int]] = defaultdict(list)
    for start, stop in spans.slices(places, LOOPED):
        for at in range(start, stop):
            kinds[view.marks[at]].append(view.uids[at])
        await session.output.breathe()
    await news.introduce(session, kinds)
    mailbox, since = selected.located.mailbox.id, wanted.unchanged_since
    actions: list[Action] = [
        SetFlags(mailbox, UidSet.of(uids), How.REPLACE, _what_becomes(selected, wanted, Mark(mark), allowed), since)
        for mark, uids in kinds.items()
    ]
    return actions, now


def _what_becomes(selected: Selected, wanted: Store, mark: Mark, allowed: _Allowed) -> Flags:
    system = wanted.flags.system & allowed.system | system_of(mark) & ~allowed.system
    return Flags(system, wanted.flags.keywords if allowed.keywords else frozenset(selected.forms.keywords(mark)))


async def _joined(session: Session, found: Sequence[FlagsSet]) -> FlagsSet:
    """As one; and the view shows it."""
    selected = session.mailbox
    for each in found:
        if each.changed:
            selected.own(each.at)
    for each in sorted(found, key=lambda each: each.at):
        await session.service.views.show(selected.located.mail.account, each)
    at = max(each.at for each in found)
    changed = UidSet.ranges_of(pair for each in found for pair in each.changed.ranges)
    failed = UidSet.ranges_of(pair for each in found for pair in each.failed.ranges)
    return FlagsSet(selected.located.mailbox.id, changed, failed, at)


# Who may


def _allowed(selected: Selected) -> _Allowed:
    rights = selected.located.rights
    if not {"s", "t", "w"} - set(rights):
        return _Allowed(~NONE, keywords=True)
    flags = [flag for flag in System if _RIGHTS.get(flag, "w") in rights]
    return _Allowed(sum(flags, NONE), keywords="w" in rights)


def _require_some(wanted: Store, allowed: _Allowed) -> None:
    """One flag that may be changed is enough: clients do not expect a NO. Raises Refusal."""
    if allowed.all or wanted.flags.system & allowed.system or (allowed.keywords and wanted.flags.keywords):
        return
    if wanted.how is How.REPLACE and (allowed.system or allowed.keywords) and wanted.flags == Flags():
        return
    raise refused("you lack the rights (RFC 4314: s, t, w) to change these flags", b"NOPERM")


# What is said


async def _answer(session: Session, wanted: Store, places: tuple[Span, ...], changed: FlagsSet, *, uid: bool) -> None:
    """What was changed; and how what failed is now, unless that is news anyhow: so the client need not ask."""
    selected = session.mailbox
    if wanted.flags.keywords:
        await news.introduce(session, selected.view.view.used)
    silent = wanted.silent
    if silent and session.condstore:
        places = places if wanted.unchanged_since is not None else selected.view.named(changed.changed)
    if not silent or session.condstore:
        await news.flags(session, selected.living(places), uid=uid, silent=silent)
    if changed.failed:
        untold = changed.failed - selected.uids(selected.view.changed())
        await news.flags(session, selected.living(selected.view.named(untold)), uid=uid)


def _completion(selected: Selected, changed: FlagsSet, *, lost: bool, uids: bool) -> Completion:
    if changed.failed:
        places = selected.view.named(changed.failed)
        failed = changed.failed if uids else UidSet(selected.view.numbers(places))
        code = b"MODIFIED %b" % str(failed).encode()
        if lost:
            return no("some of the messages no longer exist, others were changed: NOOP tells which", code)
        return ok("those that were changed meanwhile are as they were", code)
    if lost:
        return ok("stored, but for messages that no longer exist: NOOP tells which", b"EXPUNGEISSUED")
    return ok("stored")


EXTENSION: Final = Extension(
    commands=(
        command("STORE", store, _store, When.SELECTED, News.NO_EXPUNGES),
        command("UID STORE", store, _uid_store, When.SELECTED, News.ALL),
    ),
)
