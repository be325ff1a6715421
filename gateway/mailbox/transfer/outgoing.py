"""What is exported, and what takes it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.mail.octets import OctetSource
from gateway.mail.units import Timestamp
from gateway.mailbox.transfer.newlines import aligned, to_lf
from gateway.store.flags import Flags
from gateway.store.model import Mailbox


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message."""

    uid: int
    octets: OctetSource
    received: Timestamp
    flags: Flags


class Writer(Protocol):
    """Writes an export. Its methods block, and raise OSError."""

    def begin(self, mailbox: Mailbox, keywords: Sequence[str]) -> None:
        """What is added from now on lies in this mailbox. `keywords`: all that are in use there."""
        ...

    def add(self, message: Outgoing) -> None:
        """In the order of the UIDs."""
        ...

    def finish(self) -> None:
        """All was added."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A message as a Unix file has it: with LF where that can be undone, else as it is."""

    pieces: Callable[[], Iterable[bytes]]
    length: int
    newline: bytes
    """What ends its lines."""
    ended: bool
    """Whether its last line has an end."""


def text_of(octets: OctetSource) -> Text:
    """Reads a large message twice, but never holds it."""
    pieces = list(_raw(octets)) if len(octets) <= 1024 * 1024 else None
    plain = all(to_lf(piece) is not None for piece in pieces or _raw(octets))

    def read() -> Iterator[bytes]:
        for piece in pieces or _raw(octets):
            yield piece.replace(b"\r\n", b"\n") if plain else piece

    length, last = 0, b""
    for piece in read():
        length, last = length + len(piece), piece[-1:]
    return Text(read, length, b"\n" if plain else b"\r\n", last == b"\n")


def _raw(octets: OctetSource) -> Iterator[bytes]:
    return aligned(octets.chunks(0, len(octets)))
