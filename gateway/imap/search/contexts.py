"""Searches whose results a client is kept told of: UPDATE (RFC 5267 4.3).

A context has the UIDs that its client knows to be in the result. When there is news of the mailbox, messages that came
or changed since are asked about again; what is expunged leaves the result before the client hears that it is gone.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import compress, count, filterfalse
from typing import Final

from typing_extensions import override

from gateway.imap.fetch.unasked import show
from gateway.imap.search.ground import Ground
from gateway.imap.search.work import found_by, in_a_task, waiting
from gateway.imap.selected import Contexts
from gateway.imap.session import Session
from gateway.imap.wire.completion import Refusal
from gateway.imap.wire.fetch import Item
from gateway.imap.wire.search_keys import Key, Older, Younger, leaves
from gateway.imap.wire.search_responses import as_set, changes, no_update
from gateway.mailbox import masks
from gateway.mailbox.holes import Holes
from gateway.mailbox.masks import Mask
from gateway.mailbox.search.ids import At
from gateway.mailbox.search.query import And
from gateway.mailbox.search.run import Result
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.slices import COMPARED, breathe, picked, slices
from gateway.mailbox.sort.criteria import By
from gateway.mailbox.sort.run import sort
from gateway.mailbox.spans import of_positions, positions
from gateway.store.uids import UidSet

MOST: Final = 8
"""Contexts of a session."""
MOST_KEPT: Final = 1_000_000
"""UIDs in all of them; but one context is always possible."""
ANYWHERE: Final = 0
Change = tuple[int, "array[int]"]
"""A position in the result, from 1, or ANYWHERE; and the UIDs that come or go there, in their order."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a result has followed a mailbox."""

    at: int
    """Changes up to this moment are in it…"""
    last: int
    """…and arrivals up to this UID."""
    dead: Holes
    """These are in it no more."""

    @classmethod
    def of(cls, view: SessionView) -> "State":
        """To be taken before the mailbox is searched."""
        stop = view.upto
        return cls(view.view.at, view.view.uids[stop - 1] if stop else 0, view.view.dead)


@dataclass(slots=True)
class Context:
    """Of one search."""

    tag: bytes
    head: bytes
    """How its responses begin: `ESEARCH (TAG "B01") UID`."""
    uid: bool
    """It is told UIDs, not message numbers."""
    ground: Ground
    key: Key
    """Settled."""
    criteria: tuple[By, ...] | None
    """None: SEARCH, whose result is in the order of the mailbox."""
    known: "array[int]"
    """UIDs that the client knows to be in the result, in their order."""
    state: "State"
    """Of the mailbox, that it is of."""
    items: tuple[Item, ...] = ()
    """What is fetched of messages that arrive and belong to it (RFC 5465 7)."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Of a result. `known`: what it is then."""

    removed: Sequence[Change]
    added: Sequence[Change]
    known: "array[int]"


class Updates(Contexts):
    """All contexts of a session with one selected mailbox."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._contexts: dict[bytes, Context] = {}

    def __contains__(self, tag: bytes) -> bool:
        return tag in self._contexts

    def add(self, context: Context) -> bool:
        """False: there are too many (NOUPDATE)."""
        kept = sum(len(each.known) for each in self._contexts.values()) + len(context.known)
        if self._contexts and (len(self._contexts) >= MOST or kept > MOST_KEPT):
            return False
        self._contexts[context.tag] = context
        return True

    def cancel(self, tag: bytes) -> bool:
        """False: there is no such context."""
        return self._contexts.pop(tag, None) is not None

    @override
    async def expunged(self) -> None:
        while stale := [each for each in self._contexts.values() if each.state.dead is not each.ground.view.view.dead]:
            for context in stale:
                dead = context.ground.view.view.dead
                await self._take_out(context, dead)
                context.state = replace(context.state, dead=dead)

    @override
    async def changed(self) -> None:
        # What is gone and cannot be told yet leaves results all the same (RFC 5267 4.3.4): positions are without it.
        await self.expunged()
        for context in tuple(self._contexts.values()):
            view = context.ground.view
            if context.state != State.of(view) or self._aged(context):
                await in_a_task()
                with view.pinned():
                    await self._ask_again(context)

    def _aged(self, context: Context) -> bool:
        """Seconds are counted anew (RFC 5032 2)."""
        later = self._session.service.clock() // 1 > context.ground.now // 1
        return later and any(isinstance(leaf, Older | Younger) for leaf in leaves(context.key))

    async def _take_out(self, context: Context, dead: Holes) -> None:
        uids = context.ground.view.view.uids
        gone = {uids[at] for at in positions(dead.spans)}
        hit = await _places_in(context.known, gone, ordered=context.criteria is None)
        if hit:
            self._tell(context, _removals(context, hit), ())
            context.known = await _without(context.known, gone)

    async def _ask_again(self, context: Context) -> None:
        view, stop, state = context.ground.view, context.ground.view.upto, State.of(context.ground.view)
        fresh = bisect_right(view.view.uids, context.state.last, 0, stop)
        touched = await masks.where(context.state.at.__lt__, view.view.modseqs, stop)
        asked = touched | masks.of_spans(((fresh, stop),), stop)
        if self._aged(context):
            asked = masks.of_spans(((0, stop),), stop)
        now, recent = self._session.service.clock(), self._session.mailbox.recent
        context.ground = replace(context.ground, now=now, recent=recent)
        with waiting(self._session) as wait:
            scope = wait.scope(context.ground)
            try:
                async with wait.limited():
                    change = await _compared(context, scope, asked & scope.living())
            except Refusal:
                self._session.output.untagged(no_update(context.tag, b"this search takes too long now"))
                self.cancel(context.tag)
                return
        last, context.state = context.state.last, replace(state, dead=context.state.dead)
        if change is not None:
            await self._show(context, [uid for _, uids in change.added for uid in uids if uid > last])
            self._tell(context, change.removed, change.added)
            context.known = change.known

    async def _show(self, context: Context, arrived: Sequence[int]) -> None:
        """Before the client hears that they are in the result."""
        if context.items and arrived:
            await show(self._session, context.ground.view.named(UidSet.of(arrived)), context.items)

    def _tell(self, context: Context, removed: Sequence[Change], added: Sequence[Change]) -> None:
        response = context.head
        for what, pairs in ((b"REMOVEFROM", removed), (b"ADDTO", added)):
            if pairs:
                response += changes(what, [(at, _written(context, uids)) for at, uids in pairs])
        self._session.output.untagged(response)


async def _compared(context: Context, scope: Scope, asked: Mask) -> _Change | None:
    """What of these messages came into the result, or left it."""
    if not asked:
        return None
    query = And((At(tuple(masks.spans_of(asked, scope.stop))), context.ground.query(context.key)))
    now = set(await (await found_by(scope, query)).uids())
    before = set(await _among(context.known, set(await masks.chosen(scope.view.uids, asked, scope.stop))))
    gone, new = before - now, now - before
    if not gone and not new:
        return None
    removed = _removals(context, await _places_in(context.known, gone, ordered=context.criteria is None))
    known = await _reordered(context, scope, await _without(context.known, gone), new)
    added: list[Change] = [(ANYWHERE, array("I", sorted(new)))] if new else []
    if context.criteria is not None:
        runs = of_positions(await _places_in(known, new, ordered=False))
        added = [(start + 1, known[start:stop]) for start, stop in runs]
    return _Change(removed, added, known)


async def _reordered(context: Context, scope: Scope, known: "array[int]", new: Collection[int]) -> "array[int]":
    if not new:
        return known
    if context.criteria is None:
        # Two runs in order are merged in one go.
        return array("I", sorted((*known, *sorted(new))))
    members = {*known, *new}
    mask = await masks.where(members.__contains__, scope.view.uids, scope.stop) & scope.living()
    order = await sort(scope, Result(scope.view, mask, scope.stop, (), {}), context.criteria)
    return await picked(array("I"), scope.view.uids.__getitem__, order)


def _written(context: Context, uids: "array[int]") -> bytes:
    numbers = uids if context.uid else array("I", [context.ground.view.number(uid) or 0 for uid in uids])
    return b"".join(as_set(numbers))


def _removals(context: Context, places: Sequence[int]) -> list[Change]:
    """From the last to the first, so that positions stay what they are."""
    if context.criteria is None:
        return [(ANYWHERE, array("I", map(context.known.__getitem__, places)))] if places else []
    runs = reversed(of_positions(places))
    return [(start + 1, context.known[start:stop]) for start, stop in runs]


async def _places_in(known: "array[int]", uids: Collection[int], *, ordered: bool) -> list[int]:
    """Where they are, ascending; those that are not there are passed over."""
    if ordered:
        places = ((bisect_left(known, uid), uid) for uid in sorted(uids))
        return [at for at, uid in places if at < len(known) and known[at] == uid]
    wanted = set(uids)
    found: list[int] = []
    for low, high in slices(len(known), COMPARED):
        found += compress(count(low), map(wanted.__contains__, known[low:high]))
        await breathe()
    return found


async def _among(known: "array[int]", uids: set[int]) -> "array[int]":
    found = array("I")
    for low, high in slices(len(known), COMPARED):
        found.extend(filter(uids.__contains__, known[low:high]))
        await breathe()
    return found


async def _without(known: "array[int]", uids: set[int]) -> "array[int]":
    if not uids:
        return known
    found = array("I")
    for low, high in slices(len(known), COMPARED):
        found.extend(filterfalse(uids.__contains__, known[low:high]))
        await breathe()
    return found
