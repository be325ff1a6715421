"""Reading what lies in folders that others could write to: regular files only, and no links."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from gateway.mail.octets import WINDOW
from gateway.mail.units import Timestamp

_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
_LINKED: Final = _FLAGS & ~os.O_NOFOLLOW


class NotRegular(OSError):
    """It is a link, a folder, a pipe or a device."""


def open_regular(path: Path, *, named: bool = False) -> int:
    """A descriptor of a file. `named`: somebody asked for this very path, which may be a link. Raises OSError."""
    descriptor = os.open(path, _LINKED if named else _FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegular(0, "is no regular file", str(path))
    return descriptor


@dataclass(slots=True)
class Reading:
    """An open file. Use as a context manager. Reads raise OSError."""

    path: Path
    named: bool = False
    descriptor: int = field(init=False, default=-1)
    size: int = field(init=False, default=0)
    modified: Timestamp = field(init=False, default=Timestamp(0))

    def __enter__(self) -> Self:
        self.descriptor = open_regular(self.path, named=self.named)
        found = os.fstat(self.descriptor)
        self.size, self.modified = found.st_size, Timestamp(float(int(found.st_mtime)))
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def at(self, start: int, stop: int) -> bytes:
        """Octets of a range; fewer where the file ends before."""
        stop = min(stop, self.size)
        first = os.pread(self.descriptor, max(stop - start, 0), start)
        if len(first) == stop - start or not first:
            return first
        return first + self.at(start + len(first), stop)


def windows(reading: Reading, start: int, stop: int) -> Iterator[bytes]:
    """A range of a file, a window at a time."""
    while start < stop and (chunk := reading.at(start, min(start + WINDOW, stop))):
        yield chunk
        start += len(chunk)
