"""A mailbox in memory: arrays of UID, mark, modseq and email, shared by the sessions of a worker.

A *position* is an index of the arrays. Messages are only ever added at the end; what is expunged stays where it was, as
a hole, so that positions mean the same to all sessions however far each has been told. When every session knows of all
holes, `compact` takes them out.

What is made at one time is never awaited in between, so that readers on the same loop see whole changes. Who reads over
several turns of the loop does so inside `pinned`, and up to a length that was there at the beginning.
"""

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol, cast

from gateway.mailbox import holes, spans
from gateway.mailbox.column import Column
from gateway.mailbox.events import Event, What
from gateway.mailbox.holes import Holes
from gateway.mailbox.tuning import Tuning
from gateway.store.flags import Mark
from gateway.store.model import EmailId, Entries, MailboxId, ModSeq, Place, Uid, UidValidity
from gateway.store.uids import UidSet

ROW: Final = 4 + 8 + 8 + 8 + 1
"""Octets of a message in the arrays."""


class Follower(Protocol):
    """A session, as a view sees it. None of these raises or awaits."""

    @property
    def knows_all(self) -> bool:
        """It has been told of everything."""
        ...

    def happened(self, event: Event) -> None:
        """To messages that it may know."""
        ...

    def noticed(self) -> None:
        """All of a change is in the view."""
        ...

    def compacted(self) -> None:
        """There are no holes any more; it knew of all of them."""
        ...


class View:
    """Of one mailbox, for one event loop. Only `gateway.mailbox.updates` changes it."""

    def __init__(self, entries: Entries, tuning: Tuning) -> None:
        self.tuning = tuning
        self.mailbox: MailboxId = entries.mailbox.id
        self.uidvalidity: UidValidity = entries.mailbox.uidvalidity
        self.uids = array("I", entries.uids)
        self.marks = array("q", entries.marks)
        self.modseqs = array("q", entries.modseqs)
        self.emails = array("q", entries.emails)
        self.used: set[int] = set(entries.marks)
        """What messages are marked with, or were since the view was loaded: few, however many messages there are."""
        self.alive = bytearray(b"\1") * len(entries.uids)
        self.dead: Holes = holes.NONE
        self.at: ModSeq = entries.at
        self.highest: ModSeq = entries.mailbox.highestmodseq
        self.uidnext: Uid = entries.mailbox.uidnext
        self.gone = False
        self.columns: dict[str, Column] = {}
        self.followers: list[Follower] = []
        self.loading = asyncio.Lock()
        """Held by who makes columns longer."""
        self._pins = 0

    def __len__(self) -> int:
        return len(self.uids)

    @property
    def weight(self) -> int:
        """Octets in memory, roughly."""
        return len(self) * ROW + sum(column.weight for column in self.columns.values())

    def find(self, uid: int) -> int | None:
        """The position of a UID, also of one that was expunged."""
        at = bisect_left(self.uids, uid)
        return at if at < len(self.uids) and self.uids[at] == uid else None

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Positions keep their meaning inside."""
        self._pins += 1
        try:
            yield
        finally:
            self._pins -= 1

    def arrive(self, places: Sequence[Place]) -> None:
        """New messages, in the order of their UIDs. Those that it has already stay as they are."""
        last = self.uids[-1] if self.uids else 0
        fresh = [place for place in places if place.uid > last]
        self.uids.extend(place.uid for place in fresh)
        self.marks.extend(place.mark for place in fresh)
        self.used.update(place.mark for place in fresh)
        self.modseqs.extend(place.modseq for place in fresh)
        self.emails.extend(place.email for place in fresh)
        self.alive.extend(b"\1" * len(fresh))
        if fresh:
            self.uidnext = max(self.uidnext, Uid(fresh[-1].uid + 1))

    def set_mark(self, place: Place) -> None:
        """What a message is marked with now."""
        at = self.find(place.uid)
        if at is not None:
            self.marks[at] = place.mark
            self.used.add(place.mark)
            self.modseqs[at] = place.modseq

    def set_marks(self, mark: Mark, modseq: ModSeq, uids: UidSet) -> None:
        """Likewise, of many messages alike."""
        self.used.add(mark)
        for start, stop in spans.of_uids(self.uids, uids):
            self.marks[start:stop] = array("q", [mark]) * (stop - start)
            self.modseqs[start:stop] = array("q", [modseq]) * (stop - start)

    def vanish(self, uids: UidSet) -> None:
        """They were expunged."""
        places = tuple(spans.of_uids(self.uids, uids))
        for start, stop in places:
            self.alive[start:stop] = bytes(stop - start)
        self.dead = self.dead.plus(places)

    def tell(self, what: What, at: ModSeq, uids: UidSet) -> None:
        """Tell the sessions."""
        event = Event(what, at, uids)
        for follower in self.followers:
            follower.happened(event)

    def reached(self, at: ModSeq) -> None:
        """It shows this state of the account now."""
        self.at = max(self.at, at)
        for follower in tuple(self.followers):
            follower.noticed()
        self.compact()

    def compact(self) -> None:
        """Take the holes out, where there are many and nobody minds."""
        many = self.dead.total > self.tuning.holes + len(self) // self.tuning.holes_in
        if not many or self._pins or not all(follower.knows_all for follower in self.followers):
            return
        keep = tuple(spans.between(tuple(self.dead.spans), len(self)))
        self.uids = spans.kept(self.uids, keep)
        self.marks = spans.kept(self.marks, keep)
        self.modseqs = spans.kept(self.modseqs, keep)
        self.emails = spans.kept(self.emails, keep)
        self.alive = bytearray(b"\1") * len(self.uids)
        self.dead = holes.NONE
        for column in self.columns.values():
            column.keep(keep)
        for follower in self.followers:
            follower.compacted()

    def email(self, position: int) -> EmailId:
        """The message at a position."""
        return EmailId(self.emails[position])

    def some_emails(self, start: int, stop: int) -> list[EmailId]:
        """The messages of a span."""
        return cast("list[EmailId]", self.emails[start:stop].tolist())
