"""An account's `mail.db` with just what the index reads of it."""

import asyncio
import os
import sqlite3
from array import array
from collections.abc import Sequence
from pathlib import Path

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.storage.migration import migrate
from gateway.store.embedded.database.schema import MIGRATIONS
from gateway.store.embedded.index.embedded import EmbeddedIndex
from gateway.store.embedded.index.follow import Added, add, complete, plan
from gateway.store.embedded.paths import AccountFolder
from gateway.store.model import ChangeKind, EmailId
from gateway.store.protocol.search import Closeness, Field, Wanted
from gateway.summary.model import SearchText

ALL = frozenset(Field)


def extract(octets: OctetSource) -> SearchText:
    subject, _, body = octets.read(0, len(octets)).decode().partition("\n")
    return SearchText(subject, "", "", "", "", "", body, "")


class MailBox:
    """Messages go in and out as the store does it."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.folder = AccountFolder(path)
        self.folder.bodies.mkdir()
        self.mail = sqlite3.connect(self.folder.database, isolation_level=None)
        self.mail.execute("PRAGMA journal_mode = WAL")
        self.mail.execute("PRAGMA synchronous = OFF")
        migrate(self.mail, MIGRATIONS)
        self.mail.execute("INSERT INTO account VALUES (1, 1, 1, 0)")
        self.index = EmbeddedIndex(self.folder, self._octets, extract)

    def put(self, *texts: str, large: bool = False) -> list[EmailId]:
        emails = [self._put(text.encode(), large=large) for text in texts]
        self._changed(ChangeKind.ARRIVED, emails)
        return emails

    def expunge(self, *emails: EmailId, purge: bool = False) -> None:
        seq = self._changed(ChangeKind.EXPUNGED, emails)
        for email in emails:
            self.mail.execute("UPDATE email SET gone = ? WHERE id = ?", (seq, email))
            if purge:
                self.mail.execute("DELETE FROM email WHERE id = ?", (email,))

    def follow(self) -> Added:
        made = plan(self.folder)
        added = add(self.folder, made.missing, extract) if made.missing else Added()
        complete(self.folder, made)
        return added

    def find(self, text: str, *, fuzzy: bool = False, fields: frozenset[Field] = ALL) -> list[int]:
        closeness = Closeness.FUZZY if fuzzy else Closeness.EXACT
        return list(asyncio.run(self.index.find(Wanted(text, fields, closeness))).emails)

    def missing(self, *emails: EmailId) -> list[EmailId]:
        return list(asyncio.run(self.index.missing(emails)))

    def segments(self) -> int:
        with sqlite3.connect(self.folder.index) as index:
            return int(index.execute("SELECT count(*) FROM segment").fetchone()[0])

    def _put(self, octets: bytes, *, large: bool) -> EmailId:
        name = os.urandom(8).hex() if large else None
        row = 1, len(octets), 0.0, 1, name
        sql = "INSERT INTO email (thread, size, received, created, file) VALUES (?, ?, ?, ?, ?)"
        email = self.mail.execute(sql, row).lastrowid
        if name is not None:
            (self.folder.bodies / name).write_bytes(octets)
        else:
            self.mail.execute("INSERT INTO body VALUES (?, ?)", (email, octets))
        return EmailId(int(email or 0))

    def _changed(self, kind: ChangeKind, emails: Sequence[EmailId]) -> int:
        self.mail.execute("UPDATE account SET seq = seq + 1")
        seq = int(self.mail.execute("SELECT seq FROM account").fetchone()[0])
        row = seq, kind.value, 1, "", array("q", emails).tobytes(), 1000.0
        self.mail.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)", row)
        return seq

    async def _octets(self, emails: Sequence[EmailId]) -> Sequence[OctetSource | None]:
        rows = [self.mail.execute("SELECT octets FROM body WHERE email = ?", (each,)).fetchone() for each in emails]
        return [MemoryOctets(row[0]) if row else None for row in rows]
