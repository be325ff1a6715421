"""Exporting: mailboxes are read in batches, and written by a thread."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.mail.octets import OctetSource
from gateway.mail.units import Timestamp
from gateway.mailbox.transfer.importing import Watcher
from gateway.mailbox.transfer.model import Skipped
from gateway.mailbox.transfer.outgoing import Outgoing, Writer
from gateway.mailbox.transfer.tally import Tally
from gateway.store.errors import StoreUnavailable
from gateway.store.flags import Flags, KeywordSets, Mark, keywords_of, system_of
from gateway.store.model import EmailId, Entries, Mailbox
from gateway.store.protocol.store import Mail

_MOST: Final = 200
NOTHING: Final[frozenset[str]] = frozenset()

_Content = OctetSource | StoreUnavailable | None


@dataclass(slots=True)
class Exporter:
    """Of one account. A claim on it is held meanwhile (`Store.hold`)."""

    mail: Mail
    writer: Writer
    watcher: Watcher
    tally: Tally = field(default_factory=Tally)

    async def run(self, mailboxes: Sequence[Mailbox]) -> Tally:
        """These, in this order. Raises StoreUnavailable, NoSuchMailbox, OSError."""
        for mailbox in mailboxes:
            await self._mailbox(mailbox)
        await asyncio.to_thread(self.writer.finish)
        return self.tally

    async def _mailbox(self, mailbox: Mailbox) -> None:
        self.tally.of(mailbox.name)
        entries = await self.mail.emails.entries(mailbox.id)
        measures = await self.mail.emails.measures(mailbox.id)
        received = dict(zip(measures.uids, measures.received, strict=True))
        sets = await self.mail.emails.keyword_sets()
        words = {word for mark in set(entries.marks) for word in sets.get(keywords_of(Mark(mark)), NOTHING)}
        await asyncio.to_thread(self.writer.begin, mailbox, sorted(words))
        for start in range(0, len(entries.uids), _MOST):
            await self._some(mailbox.name, list(_slice(entries, start, received, sets)))

    async def _some(self, name: str, rows: "Sequence[_Row]") -> None:
        octets = await self._octets(rows)
        messages = []
        for row, content in zip(rows, octets, strict=True):
            if isinstance(content, StoreUnavailable):
                self.tally.skip(Skipped(name, row.uid, str(content)), name)
            elif content is None or row.received is None:
                self.tally.skip(Skipped(name, row.uid, "was expunged meanwhile"), name)
            else:
                messages.append(Outgoing(row.uid, content, row.received, row.flags))
        await asyncio.to_thread(self._write, messages)
        count, size = self.tally.of(name), sum(len(message.octets) for message in messages)
        count.messages += len(messages)
        count.octets += size
        self.watcher.advanced(name, len(messages), size)

    async def _octets(self, rows: "Sequence[_Row]") -> Sequence[_Content]:
        """Where some cannot be read (a damaged page), all others are. Raises StoreUnavailable where none can be."""
        try:
            return await self.mail.emails.octets([row.email for row in rows])
        except StoreUnavailable:
            found = [await self._one(row) for row in rows]
            if all(isinstance(each, StoreUnavailable) for each in found):
                raise
            return found

    async def _one(self, row: "_Row") -> _Content:
        try:
            [octets] = await self.mail.emails.octets([row.email])
        except StoreUnavailable as error:
            return error
        return octets

    def _write(self, messages: Sequence[Outgoing]) -> None:
        for message in messages:
            self.writer.add(message)


@dataclass(frozen=True, slots=True)
class _Row:
    uid: int
    email: EmailId
    received: Timestamp | None
    flags: Flags


def _slice(entries: Entries, start: int, received: Mapping[int, float], sets: KeywordSets) -> Iterator[_Row]:
    stop = start + _MOST
    columns = zip(entries.uids[start:stop], entries.emails[start:stop], entries.marks[start:stop], strict=True)
    for uid, email, number in columns:
        mark = Mark(number)
        moment = received.get(uid)
        flags = Flags(system_of(mark), sets.get(keywords_of(mark), NOTHING))
        yield _Row(uid, EmailId(email), None if moment is None else Timestamp(moment), flags)
