"""What of an import is done, in a file of the account: the same command goes on where it was interrupted.

Before a batch is stored, its line is on disk, with the token under which the store takes it once only. After a crash,
batches that were begun are stored again under the same token; so nothing is stored twice, and nothing is left out.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Self

from gateway.mailbox.transfer.model import Unreadable
from gateway.storage.connection import open_lock
from gateway.storage.files import folder, sync_folder

_BEGUN: Final = "begin"
_DONE: Final = "done"
_SALT: Final = "salt"


@dataclass(frozen=True, slots=True)
class Intent:
    """One batch. Of a file of many messages from `start` to `stop`; else the files named."""

    key: str
    token: str
    count: int
    start: int = 0
    stop: int = 0
    fingerprint: str = ""
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Course:
    """What is known of one source."""

    names: set[str] = field(default_factory=set)
    offset: int = 0
    fingerprint: str = ""
    count: int = 0
    """Messages that were imported before."""
    open: dict[str, Intent] = field(default_factory=dict)
    """Begun, and not known to be done: by token."""

    def begun(self, intent: Intent) -> None:
        """It is to be stored, or was."""
        self.names.update(intent.names)
        if intent.stop > self.offset:
            self.offset, self.fingerprint = intent.stop, intent.fingerprint
        self.open[intent.token] = intent

    def done(self, token: str) -> None:
        """It was stored."""
        intent = self.open.pop(token, None)
        self.count += intent.count if intent else 0


class Journal:
    """Of one import, held by one process. As a context manager it is open from entry to exit."""

    def __init__(self, path: Path, *, anew: bool = False) -> None:
        self.path = path
        self.salt = ""
        self._anew = anew
        self._courses: dict[str, Course] = {}
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Raises Unreadable where another process has it, OSError."""
        folder(self.path.parent)
        descriptor = open_lock(self.path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise Unreadable("the same import is running already") from error
        self._file = os.fdopen(descriptor, "r+b")
        if self._anew:
            self._file.truncate()
        self._read()
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def course(self, key: str) -> Course:
        """Of a source; a new one where it was never begun."""
        return self._courses.setdefault(key, Course())

    def begin(self, intent: Intent) -> None:
        """Durable when it returns. Raises OSError."""
        self.course(intent.key).begun(intent)
        row: list[str | int] = [intent.key, intent.token, intent.count, intent.start, intent.stop, intent.fingerprint]
        self._write([_BEGUN, *row, *intent.names])
        self._sync()

    def done(self, intent: Intent) -> None:
        """Becomes durable with the next batch. Raises OSError."""
        self.course(intent.key).done(intent.token)
        self._write([_DONE, intent.key, intent.token])

    @property
    def _open(self) -> IO[bytes]:
        if self._file is None:
            raise ValueError("the journal is closed")
        return self._file

    def _read(self) -> None:
        whole = 0
        for line, row in self._rows():
            match row:
                case [str(kind), str(salt)] if kind == _SALT:
                    self.salt = salt
                case [str(kind), str(key), str(token), int(count), int(start), int(stop), str(mark), *names] if (
                    kind == _BEGUN
                ):
                    self.course(key).begun(Intent(key, token, count, start, stop, mark, tuple(map(str, names))))
                case [str(kind), str(key), str(token)] if kind == _DONE:
                    self.course(key).done(token)
                case _:
                    break
            whole += len(line)
        self._resume(whole)

    def _rows(self) -> Iterator[tuple[bytes, object]]:
        """Up to the first line that is not whole."""
        for line in self._open:
            if not line.endswith(b"\n"):
                return
            try:
                yield line, json.loads(line)
            except ValueError:
                return

    def _resume(self, whole: int) -> None:
        self._open.seek(whole)
        self._open.truncate()
        if not self.salt:
            self.salt = os.urandom(8).hex()
            self._write([_SALT, self.salt])
            self._sync()
            sync_folder(self.path.parent)

    def _write(self, row: Sequence[str | int]) -> None:
        self._open.write(json.dumps(row).encode() + b"\n")
        self._open.flush()

    def _sync(self) -> None:
        os.fdatasync(self._open.fileno())
