"""Importing: sources are read in batches, and each batch is stored in one durable transaction."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Timestamp
from gateway.mailbox.transfer.batches import Batch, batches, intent_for, wanted_again
from gateway.mailbox.transfer.destination import Destination
from gateway.mailbox.transfer.journal import Course, Intent, Journal
from gateway.mailbox.transfer.model import Letter, Skipped, Source, Unreadable, Wanted
from gateway.mailbox.transfer.tally import Tally
from gateway.store.actions import Append
from gateway.store.errors import NotPossible, OverQuota
from gateway.store.model import MailboxId, NewEmail
from gateway.store.protocol.emails import INLINE_LIMIT, Spool
from gateway.store.protocol.store import Mail
from gateway.summary.model import Summary

_AHEAD: Final = 3


class Summariser(Protocol):
    """Works out summaries, at best beside the rest."""

    async def summaries(self, messages: Sequence[OctetSource]) -> Sequence[Summary | None]:
        """Of each, in order."""
        ...


class Watcher(Protocol):
    """Hears how it goes."""

    def advanced(self, mailbox: str, messages: int, octets: int) -> None:
        """So much more of the source is durable."""
        ...


@dataclass(slots=True)
class _Ready:
    """A batch that is read, with what was worked out of it."""

    intent: Intent
    batch: Batch
    emails: "asyncio.Task[tuple[NewEmail, ...]]"
    spools: list[Spool]


@dataclass(slots=True)
class _Course:
    """How far a source is read."""

    source: Source
    name: str
    batches: Iterator[Batch]
    start: int


@dataclass(slots=True)
class Importer:
    """Into one account."""

    mail: Mail
    journal: Journal
    clock: Callable[[], Timestamp]
    summariser: Summariser
    watcher: Watcher
    tally: Tally = field(default_factory=Tally)

    async def run(self, sources: Sequence[Source], destination: Destination) -> Tally:
        """All of them. Raises Unreadable, OverQuota, StoreUnavailable, OSError: what was stored is stored, and the same
        import goes on from there."""
        for source in sources:
            try:
                mailbox = await destination.mailbox_for(source)
            except OverQuota:
                raise
            except NotPossible as error:
                self.tally.skip(Skipped(source.key, None, f"{source.name!r} cannot be a mailbox here: {error}"))
                continue
            await self._source(source, mailbox.id, mailbox.name)
        return self.tally

    async def _source(self, source: Source, mailbox: MailboxId, name: str) -> None:
        course = self.journal.course(source.key)
        self._check(source, course)
        count = self.tally.of(name)
        count.already += course.count
        for intent in tuple(course.open.values()):
            await self._again(source, intent, (mailbox, name))
        wanted = Wanted(start=course.offset, done=frozenset(course.names))
        async for ready in self._read_ahead(source, wanted, name):
            await self._store(ready, mailbox, name)

    @staticmethod
    def _check(source: Source, course: Course) -> None:
        if course.offset and source.fingerprint(course.offset) != course.fingerprint:
            raise Unreadable(
                f"{source.key}: was rewritten since its import began, so what of it is new cannot be told; "
                "--again imports all of it"
            )

    async def _again(self, source: Source, intent: Intent, target: tuple[MailboxId, str]) -> None:
        """A batch that was begun: stored before or not, it is stored once."""
        letters: list[Letter] = []
        for batch in batches(source, wanted_again(intent)):
            if batch.large:
                await self._store(await self._prepare(batch, intent), *target)
                return
            letters += batch.letters
        whole = Batch(letters, [], sum(letter.read for letter in letters))
        await self._store(await self._prepare(whole, intent), *target)

    async def _read_ahead(self, source: Source, wanted: Wanted, name: str) -> AsyncIterator[_Ready]:
        """Batches in order, the next ones being read and summed up meanwhile."""
        course = _Course(source, name, batches(source, wanted), wanted.start)
        ahead: deque[_Ready] = deque()
        reading = asyncio.create_task(self._read(course))
        try:
            while (ready := await reading) is not None:
                ahead.append(ready)
                reading = asyncio.create_task(self._read(course))
                if len(ahead) >= _AHEAD:
                    yield ahead.popleft()
            while ahead:
                yield ahead.popleft()
        finally:
            for task in (reading, *(left.emails for left in ahead)):
                task.cancel()
            await asyncio.gather(reading, *(left.emails for left in ahead), return_exceptions=True)
            for left in ahead:
                _discard(left.spools)

    async def _read(self, course: "_Course") -> _Ready | None:
        """The next batch; None at the end."""
        while (batch := await asyncio.to_thread(next, course.batches, None)) is not None:
            if batch.letters:
                intent = intent_for(course.source, batch, course.start, self.journal.salt)
                course.start = intent.stop
                return await self._prepare(batch, intent)
            self._skip(batch, course.name)
        return None

    def _skip(self, batch: Batch, name: str) -> None:
        for skipped in batch.skipped:
            self.tally.skip(skipped, name)

    async def _prepare(self, batch: Batch, intent: Intent) -> _Ready:
        """Large messages go to the disk now; summaries are begun."""
        spools: list[Spool] = []
        octets = [await self._octets(letter, spools) for letter in batch.letters]
        return _Ready(intent, batch, asyncio.create_task(self._emails(batch.letters, octets)), spools)

    async def _emails(self, letters: Sequence[Letter], octets: Sequence[OctetSource]) -> tuple[NewEmail, ...]:
        summaries = await self.summariser.summaries(octets)
        return tuple(
            NewEmail(each, letter.received, letter.flags, summary)
            for each, letter, summary in zip(octets, letters, summaries, strict=True)
        )

    async def _octets(self, letter: Letter, spools: list[Spool]) -> OctetSource:
        if isinstance(letter.content, bytes) and len(letter.content) <= INLINE_LIMIT:
            return MemoryOctets(letter.content)
        spool = self.mail.emails.spool()
        spools.append(spool)
        if isinstance(letter.content, bytes):
            await spool.write(letter.content)
        else:
            for chunk in letter.content.chunks():
                await spool.write(chunk)
        return await spool.finish()

    async def _store(self, ready: _Ready, mailbox: MailboxId, name: str) -> None:
        try:
            emails = await ready.emails
            await asyncio.to_thread(self.journal.begin, ready.intent)
            await self.mail.emails.carry_out([Append(mailbox, emails, ready.intent.token)], self.clock())
            self.journal.done(ready.intent)
        finally:
            _discard(ready.spools)
        self._count(ready, name)

    def _count(self, ready: _Ready, name: str) -> None:
        count, letters = self.tally.of(name), ready.batch.letters
        self._skip(ready.batch, name)
        count.messages += len(letters)
        count.octets += ready.batch.read
        count.refused_keywords += sum(letter.refused for letter in letters)
        self.watcher.advanced(name, len(letters), ready.batch.read)


def _discard(spools: Sequence[Spool]) -> None:
    for spool in spools:
        spool.discard()
