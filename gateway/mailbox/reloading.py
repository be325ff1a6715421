"""Brings a view up to what the store holds now, where following each change would cost more, or history is lost."""

from bisect import bisect_right
from dataclasses import dataclass, field

from gateway.mail.units import Timestamp
from gateway.mailbox.events import UNKNOWN, What
from gateway.mailbox.slices import LOOPED, breathe, slices
from gateway.mailbox.spans import Span, of_positions
from gateway.mailbox.view import View
from gateway.store.flags import Mark
from gateway.store.model import EmailId, Entries, ModSeq, Place, Uid
from gateway.store.uids import Range, UidSet


@dataclass(slots=True)
class _Difference:
    vanished: list[Range] = field(default_factory=list)
    """UIDs, ascending; others between them may never have been."""
    changed: list[Range] = field(default_factory=list)
    """Likewise."""
    copied: list[tuple[int, int, int]] = field(default_factory=list)
    """Positions in the view, and the index in the entries of the first."""
    matched: int = 0
    """So many of the entries are in the view."""


async def reload(view: View, entries: Entries) -> None:
    """Make the view show these entries. Nobody else may be changing it."""
    difference = await _compare(view, entries)
    for start, stop, index in difference.copied:
        view.marks[start:stop] = entries.marks[index : index + stop - start]
        view.modseqs[start:stop] = entries.modseqs[index : index + stop - start]
        view.used.update(entries.marks[index : index + stop - start])
    _tell(view, difference, entries.at)
    arrived = range(difference.matched, len(entries.uids))
    view.arrive([_place(entries, index) for index in arrived])
    view.highest = max(view.highest, entries.mailbox.highestmodseq)
    view.uidnext = max(view.uidnext, entries.mailbox.uidnext)
    view.reached(entries.at)


def _tell(view: View, difference: _Difference, at: ModSeq) -> None:
    if difference.vanished:
        gone = UidSet(tuple(difference.vanished))
        view.vanish(gone)
        view.tell(What.EXPUNGED, ModSeq(view.at + 1), gone)
    if difference.changed:
        # Where more than one change is behind it, nobody can say that it was theirs alone.
        only = at if at == view.at + 1 else UNKNOWN
        view.tell(What.FLAGS, only, UidSet(tuple(difference.changed)))


async def _compare(view: View, entries: Entries) -> _Difference:
    found = _Difference()
    for start, stop in slices(len(view), LOOPED):
        end = bisect_right(entries.uids, view.uids[stop - 1], found.matched)
        if view.uids[start:stop] == entries.uids[found.matched : end]:
            _same_uids(view, entries, (start, stop), found)
        else:
            _other_uids(view, entries, (start, stop), found)
        found.matched = end
        await breathe()
    return found


def _same_uids(view: View, entries: Entries, span: Span, found: _Difference) -> None:
    start, stop = span
    old = view.modseqs[start:stop]
    new = entries.modseqs[found.matched : found.matched + stop - start]
    if old == new:
        return
    differing = (start + at for at, (was, now) in enumerate(zip(old, new, strict=True)) if was != now)
    _add(view, found.changed, of_positions(differing))
    found.copied.append((start, stop, found.matched))


def _other_uids(view: View, entries: Entries, span: Span, found: _Difference) -> None:
    end = bisect_right(entries.uids, view.uids[span[1] - 1], found.matched)
    index = {entries.uids[at]: at for at in range(found.matched, end)}
    both = [(at, index.get(view.uids[at])) for at in range(*span)]
    _add(view, found.vanished, of_positions(at for at, now in both if now is None and view.alive[at]))
    changed = [(at, now) for at, now in both if now is not None and view.modseqs[at] != entries.modseqs[now]]
    _add(view, found.changed, of_positions(at for at, _ in changed))
    found.copied += [(at, at + 1, now) for at, now in changed]


def _add(view: View, ranges: list[Range], spans: tuple[Span, ...]) -> None:
    for start, stop in spans:
        low, high = view.uids[start], view.uids[stop - 1]
        if ranges and ranges[-1][1] + 1 >= low:
            low = ranges.pop()[0]
        ranges.append((low, high))


def _place(entries: Entries, index: int) -> Place:
    return Place(
        EmailId(entries.emails[index]),
        entries.mailbox.id,
        Uid(entries.uids[index]),
        ModSeq(entries.modseqs[index]),
        Mark(entries.marks[index]),
        Timestamp(0.0),
    )
