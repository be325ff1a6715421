"""What is read from somebody else's files, and what is said of what is left out."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from gateway.mail.units import Timestamp
from gateway.store.flags import Flags
from gateway.store.model import SpecialUse

IN_MEMORY = 1024 * 1024
"""Octets of a message from which on it is read in pieces."""


class Unreadable(Exception):
    """A source cannot be read, or is nothing that is known here; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is not imported, and why. `offset` None: the file as a whole."""

    file: str
    offset: int | None
    why: str


class Large(Protocol):
    """A message that is not held in memory. Its file has to be open yet."""

    def chunks(self) -> Iterator[bytes]:
        """Its octets, from the beginning. Raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it was found, with CRLF. A large one can be read until the next piece is asked for."""

    content: "bytes | Large"
    received: Timestamp
    flags: Flags
    mark: str
    """What to note of it: the name of its file, or the offset in it at which reading goes on."""
    read: int
    """Octets of the source that it took."""
    refused: int = 0
    """Keywords that no mailbox can have."""


Piece = Letter | Skipped


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a source is to be read. Of a file with many messages: from `start` to `stop`. Of a folder of files: what
    is not `done`, or `only` these."""

    start: int = 0
    stop: int | None = None
    done: AbstractSet[str] = frozenset()
    only: AbstractSet[str] | None = None

    def wants(self, name: str) -> bool:
        """Whether a file of a folder is to be read."""
        return name not in self.done if self.only is None else name in self.only


@dataclass(frozen=True, slots=True)
class Wish:
    """What a mailbox shall be like, where the source says so."""

    special_use: SpecialUse | None = None
    subscribed: bool = False


class Source(Protocol):
    """A mailbox in somebody else's files."""

    @property
    def name(self) -> str:
        """What the mailbox is called, with `/` between the levels."""
        ...

    @property
    def key(self) -> str:
        """Names it among all sources of this import; it stays the same when the command is given again."""
        ...

    @property
    def wish(self) -> Wish:
        """What else is said of it."""
        ...

    @property
    def sequential(self) -> bool:
        """One file of many messages, whose marks are offsets; else a file for each, whose marks are names."""
        ...

    def size(self) -> int:
        """Octets to be read, for the progress bar. Raises OSError."""
        ...

    def fingerprint(self, start: int) -> str:
        """Of what lies before an offset: another one means that the file was rewritten. Empty for folders. Raises
        OSError."""
        ...

    def pieces(self, wanted: Wanted) -> Iterator[Piece]:
        """Messages in the same order at each time. Raises Unreadable, OSError."""
        ...
