"""FETCH responses for messages of the selected mailbox: of FETCH itself, and of whatever else shows messages."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

from gateway.imap.fetch import columns
from gateway.imap.fetch.batch import Batch, Cutter, gathered
from gateway.imap.fetch.binary import UnknownEncoding
from gateway.imap.fetch.contents import WHOLE, Content, Stream, content, send
from gateway.imap.fetch.shown import NOTHING, Forms, Shown, mending
from gateway.imap.news import Column
from gateway.imap.session import UIDONLY, Session
from gateway.imap.wire.fetch import DecodedSize, Fact, Item, Octets, Preview
from gateway.mailbox.bench import at_bench
from gateway.mailbox.spans import Span
from gateway.mailbox.summaries import work_out
from gateway.mailbox.views import Views
from gateway.rewrite.surrogate import Mend
from gateway.store.model import Glance
from gateway.store.uids import UidSet

ROWS: Final = 2000
"""Messages of one batch, where nothing has to be read."""
READ_ROWS: Final = 400
"""Of one batch where their summaries or octets are."""
FIRST_ROWS: Final = 32
_TARGET: Final = 512 * 1024
"""Octets of one batch, roughly."""
_PIECE: Final = 128 * 1024
"""Octets that are written at once, roughly."""
_A_WHILE: Final = 0.05
"""Seconds of work on messages before it is others' turn."""

_FORMS: "WeakKeyDictionary[Views, Forms]" = WeakKeyDictionary()
"""Of each worker."""


@dataclass(slots=True)
class Outcome:
    """What came of it, beside the responses."""

    downgraded: list[int] = field(default_factory=list)
    """UIDs of messages of which something was shown in another form (RFC 6858 3)."""
    gone: bool = False
    """Some are expunged, and their octets are gone for good (RFC 2180 4.1)."""
    unreadable: bool = False
    """Some could not be read."""
    unknown_encoding: bool = False
    """What BINARY asked for of some could not be decoded."""


async def respond(
    session: Session, places: Sequence[Span], items: Sequence[Item], changed: UidSet | None = None
) -> Outcome:
    """Writes a response for each of these positions, which the session counts. To be called inside `pinned`.

    \\Seen stays as it is. `changed`: of these, flags are told in any case. Raises StoreUnavailable, ConnectionError.
    """
    return await _Responding(session, items, changed or UidSet()).run(places)


class _Responding:
    def __init__(self, session: Session, items: Sequence[Item], changed: UidSet) -> None:
        self._session = session
        self._facts = [item for item in items if isinstance(item, Fact | Preview)]
        self._contents = [item for item in items if isinstance(item, Octets | DecodedSize)]
        self._changed = changed
        self._reads = bool(self._contents) or any(
            item in columns.OF_EMAILS or isinstance(item, Preview) for item in self._facts
        )
        self._described = any(item in columns.DESCRIBED or isinstance(item, Preview) for item in self._facts)
        self._of_form = bool(self._contents) or any(item in columns.OF_FORM for item in self._facts)
        self._lazy = not self._of_form and all(item.lazy for item in self._facts if isinstance(item, Preview))
        self._downgrades = bool(self._contents) or any(
            item in columns.OF_FORM and item is not Fact.SIZE for item in self._facts
        )
        self._outcome = Outcome()

    async def run(self, places: Sequence[Span]) -> Outcome:
        session = self._session
        rest = Cutter(places)
        rows = FIRST_ROWS if self._reads else ROWS
        while rest:
            batch = gathered(session.mailbox.view, rest.take(rows))
            if self._reads:
                batch = await self._read(batch)
            written = await self._write(batch) if len(batch) else 0
            if self._reads and written:
                rows = max(1, min(READ_ROWS, 2 * rows, rows * _TARGET // written + 1))
            await session.output.breathe()
        return self._outcome

    # What is read

    async def _read(self, batch: Batch) -> Batch:
        emails = await self._glance(batch)
        known = [row for row, email in enumerate(emails) if email is not None]
        self._outcome.gone = self._outcome.gone or len(known) < len(batch)
        ready = [row for row in known if self._lazy or self._is_ready(emails[row])]
        self._outcome.unreadable = self._outcome.unreadable or len(ready) < len(known)
        found = batch if len(ready) == len(batch) else batch.only(ready)
        found.emails = [email for row in ready if (email := emails[row]) is not None]
        return await self._shown(found) if self._of_form else found

    async def _glance(self, batch: Batch) -> Sequence[Glance | None]:
        """With summaries, but for what cannot be read, and for lazy previews."""
        mail = self._session.mailbox.located.mail
        emails = await mail.emails.glance(batch.ids, described=self._described)
        missing = [email.id for email in emails if email is not None and email.odd is None]
        if not missing or self._lazy:
            return emails
        for email in missing:
            with suppress(OSError):
                await work_out(mail, [email])
            await self._session.output.breathe()
        return await mail.emails.glance(batch.ids, described=self._described)

    def _is_ready(self, email: Glance | None) -> bool:
        return email is not None and email.odd is not None

    async def _shown(self, batch: Batch) -> Batch:
        """With octets where they are shown, or where the form that is shown has to be made first."""
        utf8 = self._session.utf8
        mends = [mending(email.odd, utf8=utf8) if email.odd else NOTHING for email in batch.emails]
        if self._downgrades:
            pairs = zip(batch.uids, mends, strict=True)
            self._outcome.downgraded += [uid for uid, mend in pairs if Mend.HEADERS in mend]
        needed = [row for row, mend in enumerate(mends) if mend or self._contents]
        shown: list[Shown | None] = [None] * len(batch)
        batch.shown = shown
        if not needed:
            return batch
        mail = self._session.mailbox.located.mail
        sources = await mail.emails.octets([batch.ids[row] for row in needed])
        forms = self._forms()
        for row, source in zip(needed, sources, strict=True):
            if source is not None:
                shown[row] = forms.shown(mail.account, batch.ids[row], source, mends[row])
        return await self._prepared(batch, needed, mends)

    async def _prepared(self, batch: Batch, needed: Sequence[int], mends: Sequence[Mend]) -> Batch:
        """Without rows whose octets are not there; the others have been put into their forms."""
        account = self._session.mailbox.located.mail.account
        odd = [row for row in needed if mends[row] and batch.shown[row] is not None]
        failed: set[int] = set()
        while odd:
            done, unread = await at_bench(account, partial(self._prepare, batch, odd))
            failed.update(unread)
            odd = odd[done:]
            await self._session.output.breathe()
        gone = {row for row in needed if batch.shown[row] is None}
        self._outcome.gone = self._outcome.gone or bool(gone)
        self._outcome.unreadable = self._outcome.unreadable or bool(failed)
        if not gone and not failed:
            return batch
        kept = [row for row in range(len(batch)) if row not in gone and row not in failed]
        found = batch.only(kept)
        found.emails = [batch.emails[row] for row in kept]
        found.shown = [batch.shown[row] for row in kept]
        return found

    def _prepare(self, batch: Batch, rows: Sequence[int]) -> tuple[int, list[int]]:
        """In a thread, for a while: how many of them are done, and which of those cannot be read."""
        described = any(item in columns.DESCRIBED for item in self._facts)
        failed: list[int] = []
        until = time.monotonic() + _A_WHILE
        for at, row in enumerate(rows, 1):
            shown = batch.shown[row]
            try:
                if shown is not None and described:
                    shown.describe()
                elif shown is not None:
                    len(shown.octets)
            except OSError:
                failed.append(row)
            if time.monotonic() > until:
                return at, failed
        return len(rows), failed

    def _forms(self) -> Forms:
        return _FORMS.setdefault(self._session.service.views, Forms())

    # What is written

    async def _write(self, batch: Batch) -> int:
        """How many octets."""
        found = [await columns.column(self._session, batch, item) for item in self._facts]
        extra = await self._extra(batch)
        if not self._contents:
            return await self._rows(batch, found, extra)
        heads = _formatted(len(batch), b" ".join([form for form, _ in found]), [values for _, values in found])
        size = 0
        for row in range(len(batch)):
            size += await self._row(batch, row, heads[row], extra[row] if extra else b"")
            await self._session.output.breathe()
        return size

    async def _rows(self, batch: Batch, found: Sequence[Column], extra: Sequence[bytes]) -> int:
        """As many at a time as are not too large."""
        forms = [form for form, _ in found]
        values: list[Sequence[bytes] | Sequence[int]] = [self._numbers(batch), *(column for _, column in found)]
        line = b"* %d " + self._name() + b" (" + b" ".join(forms)
        if extra:
            line += b"%b"
            values.append(extra)
        size, step = 0, self._step(batch)
        for start in range(0, len(batch), step):
            some = [column[start : start + step] for column in values]
            octets = _joined(len(some[0]), line + b")\r\n", some)
            self._session.output.write(octets)
            size += len(octets)
            await self._session.output.breathe()
        return size

    def _step(self, batch: Batch) -> int:
        """How many rows are written at once: what is told of a message may be as large as itself."""
        if not self._described:
            return len(batch)
        return max(1, _PIECE // max(1, *(len(each.structure) + len(each.envelope) for each in batch.emails)))

    async def _row(self, batch: Batch, row: int, head: bytes, extra: bytes) -> int:
        """One by itself: what it has is asked for first, so that a response is whole or not there at all."""
        contents = await self._contents_of(batch.shown[row])
        if contents is None or not (head or contents or extra):
            return 0
        output = self._session.output
        output.write(b"* %d %b (%b" % (self._numbers(batch)[row], self._name(), head))
        size, blank = len(head), b" " if head else b""
        for each in contents:
            output.write(blank)
            blank = b" "
            if isinstance(each, Stream):
                await send(output, each)
                size += each.size
            else:
                output.write(each)
                size += len(each)
        output.write(extra.removeprefix(b" " if not head and not contents else b"") + b")\r\n")
        return size

    async def _contents_of(self, shown: Shown | None) -> list[Content] | None:
        """None: it cannot be read."""
        if shown is None:
            return None
        found: list[Content] = []
        room = WHOLE
        for item in self._contents:
            try:
                each = await content(shown, item, room)
            except UnknownEncoding:
                self._outcome.unknown_encoding = True
            except OSError:
                self._outcome.unreadable = True
                return None
            else:
                room -= len(each) if isinstance(each, bytes) else 0
                found.append(each)
        return found

    async def _extra(self, batch: Batch) -> list[bytes]:
        """Flags of messages where they have changed, and what RFC 7162 3.2.4 adds; empty where nobody is to be told."""
        asked = set(self._facts)
        flags = Fact.FLAGS not in asked
        uid = self._session.condstore and Fact.UID not in asked and UIDONLY not in self._session.enabled
        modseq = self._session.condstore and Fact.MODSEQ not in asked
        if not self._changed or not (flags or uid or modseq):
            return []
        written = await columns.flags(self._session, batch)
        return [
            b"".join(
                (
                    b" UID %d" % batch.uids[row] if uid else b"",
                    b" FLAGS (%b)" % written[row] if flags else b"",
                    b" MODSEQ (%d)" % batch.modseqs[row] if modseq else b"",
                )
            )
            if batch.uids[row] in self._changed
            else b""
            for row in range(len(batch))
        ]

    def _numbers(self, batch: Batch) -> Sequence[int]:
        return batch.uids if UIDONLY in self._session.enabled else batch.numbers

    def _name(self) -> bytes:
        return b"UIDFETCH" if UIDONLY in self._session.enabled else b"FETCH"


def _joined(rows: int, line: bytes, values: Sequence[Sequence[bytes] | Sequence[int]]) -> bytes:
    """A line for each row: written all at one time, which takes a tenth of the time that it takes one by one."""
    width = len(values)
    flat: list[bytes | int] = [0] * (rows * width)
    for at, column in enumerate(values):
        flat[at::width] = column
    return line * rows % tuple(flat)


def _formatted(rows: int, line: bytes, values: Sequence[Sequence[bytes] | Sequence[int]]) -> list[bytes]:
    if not values:
        return [b""] * rows
    return [line % row for row in zip(*values, strict=True)]
