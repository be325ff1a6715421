"""What a session is told of its selected mailbox, unasked (RFC 9051 7.4.1, 7.5; RFC 7162 3.2.10; RFC 9586).

Flags are written of marks: a mark that the client may not know the keywords of is introduced first, by a FLAGS response
that has them (RFC 9051 7.3.5). Those of a view, `view.used`, are few and cheap to introduce; what changes while a long
response is written is introduced before it is used.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final, TypeVar

from gateway.imap.flag_forms import SYSTEM
from gateway.imap.recent import claim
from gateway.imap.selected import Selected
from gateway.imap.session import UIDONLY, Session
from gateway.imap.watching import tell_others
from gateway.imap.wire.notify import Event
from gateway.mailbox import spans
from gateway.mailbox.news import News
from gateway.mailbox.spans import Span
from gateway.store.model import Uid
from gateway.store.uids import Range, UidSet

T = TypeVar("T")
Column = tuple[bytes, Sequence[bytes] | Sequence[int]]
"""Of many responses: with `%b` or `%d` where the value stands; and the values."""

_AT_A_TIME: Final = 256
"""Messages that are written of without looking up."""
_EXPUNGING: Final = frozenset({"EXPUNGE", "UID EXPUNGE", "MOVE", "UID MOVE", "REPLACE", "UID REPLACE"})
_ARRIVING: Final = frozenset({"APPEND", "COPY", "UID COPY", "MOVE", "UID MOVE", "REPLACE", "UID REPLACE"})
"""Commands of the session itself that new messages come from: they are not fetched for it (RFC 5465 5.2)."""
_NAMING: Final = frozenset({"CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "SETMETADATA", "SETACL"})
"""Likewise, of names and annotations (RFC 5465 5)."""
_RANGES: Final = 500
"""Of one VANISHED response: lines stay below what clients can read."""


async def tell(session: Session, *, expunges: bool, cause: str = "", asks: bool = True) -> None:
    """Everything that it was not told yet, in the order of RFC 9051; after NOTIFY, what it wants to know.

    `expunges`: message numbers may change their meaning; then, where it `asks`, what was committed elsewhere is asked
    for, else only what this worker has heard of is told. `cause`: the command that ends now. Raises StoreUnavailable.
    """
    selected, watch = session.selected, session.watch
    expunges = expunges and not session.numbered
    if selected is not None:
        if expunges and asks:
            await session.service.views.refresh(selected.located.mail.account)
        if selected.view.ended:
            _ended(session)
        else:
            await _tell_of_selected(session, selected, expunges=expunges, cause=cause)
    if watch is not None and (expunges or watch.stirred) and not session.closing:
        await tell_others(session, watch, own=cause in _NAMING)


async def _tell_of_selected(session: Session, selected: Selected, *, expunges: bool, cause: str) -> None:
    if selected.view.waiting:
        with selected.view.pinned():
            await _tell_as_wanted(session, selected, expunges=expunges, cause=cause)
    if selected.contexts is not None:
        await selected.contexts.changed()


async def tell_unasked(session: Session) -> None:
    """Between commands, for whoever gave NOTIFY."""
    await tell(session, expunges=False)


def listen(session: Session) -> None:
    """From now on the session is woken by news of its mailbox."""
    if session.selected is not None:
        session.selected.view.heard = session.wake


async def freshen(session: Session) -> None:
    """Before a command that looks at messages: see what was committed elsewhere. Raises StoreUnavailable."""
    if session.selected is not None:
        await session.service.views.refresh(session.selected.located.mail.account)


async def _tell_as_wanted(session: Session, selected: Selected, *, expunges: bool, cause: str) -> None:
    """What a command expunges is told whatever NOTIFY says."""
    watch = session.watch
    if watch is None or cause in _EXPUNGING:
        await _tell(session, selected, expunges=expunges, changes=True)
    elif watch.selected:
        expunges = expunges or watch.immediate
        arrived = await _tell(session, selected, expunges=expunges, changes=Event.FLAG_CHANGE in watch.selected)
        group = watch.asked.selected
        if group is not None and group.items and cause not in _ARRIVING and watch.show is not None:
            await watch.show(selected.living((arrived,)), group.items)


async def _tell(session: Session, selected: Selected, *, expunges: bool, changes: bool) -> Span:
    """Positions of the new messages."""
    view = selected.view
    await introduce(session, view.view.used)
    await _prepare(session, selected, expunges=expunges)
    before = view.exists
    news = view.tell(expunges=expunges)
    selected.seen = view.view.highest
    await _expunged(session, news)
    if news.exists != before - sum(high - low + 1 for low, high in news.numbers):
        session.output.untagged(b"%d EXISTS" % news.exists)
        if not session.rev2:
            session.output.untagged(b"%d RECENT" % selected.recents)
    if changes:
        # Nobody asked for these (RFC 9051 7.5.2, RFC 5465 5.1).
        await flags(session, news.flags, uid=session.rev2 or session.watch is not None)
    if session.qresync and session.condstore and view.withheld is not None:
        session.output.untagged(b"OK [HIGHESTMODSEQ %d] some are gone: NOOP tells which" % selected.synced)
    return news.arrived


def _ended(session: Session) -> None:
    """Somebody deleted the mailbox: RFC 2180 3.3 lets a server do so, and end the session."""
    session.bye("the selected mailbox was deleted: log in again for another", b"NONEXISTENT")


async def _prepare(session: Session, selected: Selected, *, expunges: bool) -> None:
    """What comes before news, until nothing more has happened meanwhile."""
    view, claimed = selected.view.view, selected.view.upto
    while True:
        claimed = await _claim(session, selected, claimed)
        if expunges and selected.contexts is not None:
            await selected.contexts.expunged()
        if claimed == len(view):
            return


async def _claim(session: Session, selected: Selected, at: int) -> int:
    """New messages are recent for the first session that is told of them (RFC 3501 2.3.2). Up to where they are."""
    view = selected.view.view
    end = len(view)
    if session.rev2 or at == end:
        return end
    first, last = Uid(view.uids[at]), Uid(view.uids[-1])
    if not selected.read_only:
        first = max(first, await claim(selected, last))
    if first <= last:
        selected.recent |= UidSet(((first, last),))
    return end


# Expunged messages


async def _expunged(session: Session, news: News) -> None:
    if session.qresync:
        await vanished(session, news.vanished)
        return
    for low, high in reversed(news.numbers):
        # Each takes the place of the one before.
        line = b"* %d EXPUNGE\r\n" % low
        for start in range(low, high + 1, _AT_A_TIME):
            session.output.write(line * (min(start + _AT_A_TIME, high + 1) - start))
            await session.output.breathe()


async def vanished(session: Session, uids: UidSet, *, earlier: bool = False) -> None:
    """RFC 7162 3.2.10."""
    kind = b"VANISHED (EARLIER) " if earlier else b"VANISHED "
    for ranges in _some(uids.ranges, _RANGES):
        session.output.untagged(kind + _written(ranges))
        await session.output.breathe()


def _written(ranges: Sequence[Range]) -> bytes:
    return str(UidSet(tuple(ranges))).encode()


# Flags


async def introduce(session: Session, marks: Collection[int]) -> None:
    """See that the flags of these marks can be written (`forms`): their keywords are known, and the client was told
    of them. Awaits, and writes, only where there are new ones. Raises StoreUnavailable."""
    selected = session.mailbox
    if selected.told_marks.issuperset(marks):
        return
    fresh = set(marks) - selected.told_marks
    await selected.forms.learn(fresh)
    selected.told_marks |= fresh
    keywords = dict.fromkeys(word for mark in sorted(fresh) for word in selected.forms.keywords(mark))
    add_keywords(session, keywords)


def add_keywords(session: Session, keywords: Iterable[str]) -> None:
    """Tell the client that there are these keywords, if it does not know all of them."""
    selected = session.mailbox
    fresh = dict.fromkeys(word for word in keywords if word not in selected.told_keywords)
    if fresh:
        selected.told_keywords.update(fresh)
        defined_flags(session)


def defined_flags(session: Session) -> None:
    """FLAGS and PERMANENTFLAGS (RFC 9051 7.3.5, 7.1)."""
    selected = session.mailbox
    keywords = tuple(word.encode() for word in selected.told_keywords)
    session.output.untagged(b"FLAGS (%b)" % b" ".join((*SYSTEM, *keywords)))
    permanent = _permanent(selected, keywords)
    text = b"these can be changed" if permanent else b"none can be changed"
    session.output.untagged(b"OK [PERMANENTFLAGS (%b)] %b" % (b" ".join(permanent), text))


def _permanent(selected: Selected, keywords: Sequence[bytes]) -> tuple[bytes, ...]:
    """By the rights `s`, `t` and `w` (RFC 4314 4)."""
    if selected.read_only:
        return ()
    rights = selected.located.rights
    needed = {b"\\Seen": "s", b"\\Deleted": "t"}
    allowed = tuple(name for name in SYSTEM if needed.get(name, "w") in rights)
    return (*allowed, *keywords, b"\\*") if "w" in rights else allowed


def forms(session: Session, marks: Sequence[int], uids: Sequence[int]) -> list[bytes]:
    """Flags without parentheses, of marks that were introduced, of messages with these UIDs, ascending."""
    form, every = session.mailbox.forms.form, UidSet(((uids[0], uids[-1]),))
    recent = UidSet() if session.rev2 else session.mailbox.recent & every
    known = {mark: form(mark) for mark in set(marks)}
    if not recent:
        return [known[mark] for mark in marks]
    fresh = {mark: b" ".join(filter(None, (form, b"\\Recent"))) for mark, form in known.items()}
    if recent == every:
        return [fresh[mark] for mark in marks]
    return [(fresh if uid in recent else known)[mark] for mark, uid in zip(marks, uids, strict=True)]


async def flags(session: Session, places: Iterable[Span], *, uid: bool = False, silent: bool = False) -> None:
    """FETCH responses with flags. `uid`: with UIDs, also where the session has not asked for them; `silent`: with
    mod-sequences alone. To be called inside `pinned`."""
    view = session.mailbox.view.view
    for some in _some(spans.positions(places), _AT_A_TIME):
        marks, modseqs = _at(view.marks, some), _at(view.modseqs, some)
        await introduce(session, set(marks))
        uids = _at(view.uids, some)
        items: list[Column] = [] if silent else [(b"FLAGS (%b)", forms(session, marks, uids))]
        if session.condstore:
            items.append((b"MODSEQ (%d)", modseqs))
        session.output.write(_responses(session, some, uids, items, uid=uid))
        await session.output.breathe()


def _at(values: "array[int]", positions: Sequence[int]) -> list[int]:
    """Of ascending positions."""
    first, last = positions[0], positions[-1]
    if last - first == len(positions) - 1:
        return values[first : last + 1].tolist()
    return list(map(values.__getitem__, positions))


def _responses(
    session: Session, positions: Sequence[int], uids: Sequence[int], items: Sequence[Column], *, uid: bool
) -> bytes:
    """All at once: a response on its own costs many times as much."""
    if UIDONLY in session.enabled:
        line, columns = b"* %d UIDFETCH (", [uids]
    else:
        line, columns = b"* %d FETCH (", [session.mailbox.view.numbers_at(positions)]
        if uid or session.condstore:
            items = [(b"UID %d", uids), *items]
    line += b" ".join(form for form, _ in items) + b")\r\n"
    rows = zip(*columns, *(values for _, values in items), strict=True)
    return line * len(positions) % tuple(chain.from_iterable(rows))


def _some(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
