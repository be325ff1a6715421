r"""Cuts what a client sends into commands: lines, and the literals in them (RFC 9051 2.2.1, 4.3; RFC 7888).

ABNF, as read here::

    command  = piece *( literal piece ) CRLF
    literal  = ["~"] "{" number64 ["+"] "}" CRLF *OCTET

A literal is announced before its octets are there. Whoever reads the events decides what becomes of it: kept in memory,
handed on as it arrives, or refused; then what a client sends nevertheless (`+`) is read over, up to the end of its
command. A line may end in LF alone.
"""

import re
from dataclasses import dataclass
from typing import Final

_SPECIFIED: Final = re.compile(rb"(~?)\{([0-9]{1,20})(\+?)\}\Z")
_LONGEST_NUMBER: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Literal:
    """The octets of one that was kept; or nothing but its size, where somebody took them as they came."""

    size: int
    octets: bytes | None
    binary: bool = False
    """It was written `~{…}` (RFC 3516 4.4, RFC 9755)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Of a command: the text up to a literal, without what announces it; or up to the end of the command."""

    text: bytes
    literal: Literal | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """A literal comes. `Framer.keep`, `stream` or `refuse` has to be called before anything else."""

    pieces: tuple[Piece, ...]
    """The command so far; the last piece has no literal yet."""
    size: int
    binary: bool
    waits: bool
    """The client sends nothing until it is told to."""


@dataclass(frozen=True, slots=True)
class Octets:
    """Of a literal that is handed on as it arrives."""

    data: bytes
    last: bool
    """The literal ends here."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A command with all its literals."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that was read over, or is not going to come."""

    pieces: tuple[Piece, ...]
    """What is known of it: enough for its tag."""
    too_long: bool
    """It is `Limits.line` that it was refused for, not `refuse`."""


Event = Announced | Octets | Whole | Refused


class Framer:
    """Of one connection. Holds nothing between commands."""

    __slots__ = (
        "_announced",
        "_binary",
        "_buffer",
        "_discarding",
        "_left",
        "_limit",
        "_pieces",
        "_size",
        "_streaming",
        "_text",
        "_waits",
    )

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = b""
        self._pieces: tuple[Piece, ...] = ()
        self._size = 0
        """Octets of the command that are kept so far."""
        self._left = -1
        """Octets of a literal that are still to come; -1: none is announced."""
        self._announced = 0
        self._text = b""
        """What is before the literal."""
        self._binary = False
        self._waits = False
        self._streaming = False
        self._discarding: Refused | None = None

    @property
    def buffered(self) -> int:
        """Octets that arrived and were not looked at yet."""
        return len(self._buffer)

    @property
    def between_commands(self) -> bool:
        """Nothing of a command has arrived."""
        return not (self._buffer or self._pieces or self._left >= 0 or self._discarding)

    def feed(self, data: bytes) -> None:
        """More octets from the client."""
        self._buffer = self._buffer + data if self._buffer else data

    def rest(self) -> bytes:
        """Take what was not looked at yet: it is for somebody else (STARTTLS, COMPRESS)."""
        rest, self._buffer = self._buffer, b""
        return rest

    def line(self) -> bytes | None:
        """A line that is no command, without its end: what AUTHENTICATE and IDLE wait for. None: not here yet.

        Raises ValueError where it is longer than a command may be; then it is read over.
        """
        end = self._buffer.find(b"\n")
        if end < 0 and len(self._buffer) <= self._limit:
            return None
        if not 0 <= end <= self._limit:
            self._buffer = b"" if end < 0 else self._buffer[end + 1 :]
            self._discarding = None if end >= 0 else Refused((), too_long=True)
            raise ValueError(f"a line has at most {self._limit} octets")
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line.removesuffix(b"\r")

    def next(self) -> Event | None:
        """What comes next; None: more octets are needed."""
        while True:
            if self._left >= 0:
                event = self._literal()
                if event is not None or self._left >= 0:
                    return event
            end = self._buffer.find(b"\n")
            if end < 0:
                self._unfinished()
                return None
            line, self._buffer = self._buffer[:end].removesuffix(b"\r"), self._buffer[end + 1 :]
            event = self._over(line) if self._discarding is not None else self._line(line)
            if event is not None:
                return event

    def keep(self) -> None:
        """Read the announced literal into memory."""
        self._size += self._left

    def stream(self) -> None:
        """Hand on the announced literal as it arrives."""
        self._streaming = True

    def refuse(self) -> None:
        """Neither the announced literal nor the command is wanted: `Refused` follows, once it is over."""
        last = Piece(self._text)
        self._discarding = Refused((*self._pieces, last), too_long=False)

    def _unfinished(self) -> None:
        if self._discarding is not None:
            # A literal may still be announced at the end of the line.
            self._buffer = self._buffer[-64:]
        elif self._size + len(self._buffer) > self._limit:
            self._discarding = Refused((*self._pieces, Piece(self._buffer[:64])), too_long=True)
            self._buffer = self._buffer[-64:]

    def _literal(self) -> Event | None:
        """None: more octets are needed, or (`_left` is -1) it is over and there is nothing to say about it."""
        if self._discarding is not None:
            return self._skipped()
        if self._streaming:
            return self._streamed()
        if len(self._buffer) >= self._left:
            octets, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
            self._literal_ends(octets)
        return None

    def _skipped(self) -> Event | None:
        if self._waits:
            return self._refused()
        skipped = min(self._left, len(self._buffer))
        self._buffer = self._buffer[skipped:]
        self._left = self._left - skipped or -1
        return None

    def _streamed(self) -> Event | None:
        data, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
        if not data and self._left:
            return None
        self._left -= len(data)
        if not self._left:
            self._literal_ends(None)
            return Octets(data, last=True)
        return Octets(data, last=False)

    def _literal_ends(self, octets: bytes | None) -> None:
        self._pieces += (Piece(self._text, Literal(self._announced, octets, self._binary)),)
        self._left = -1

    def _line(self, line: bytes) -> Event | None:
        announced = _SPECIFIED.search(line) if line.endswith(b"}") else None
        if self._size + len(line) > self._limit:
            self._discarding = Refused((*self._pieces, Piece(line[:64])), too_long=True)
            return self._over(line)
        if announced is None or int(announced[2]) > _LONGEST_NUMBER:
            pieces, self._pieces, self._size = (*self._pieces, Piece(line)), (), 0
            return Whole(pieces)
        self._text = line[: announced.start()]
        self._size += len(line)
        self._announced = self._left = int(announced[2])
        self._binary, self._waits, self._streaming = bool(announced[1]), not announced[3], False
        return Announced((*self._pieces, Piece(self._text)), self._left, self._binary, self._waits)

    def _over(self, line: bytes) -> Event | None:
        """A line of a command that is not wanted."""
        announced = _SPECIFIED.search(line) if line.endswith(b"}") else None
        if announced is None or not announced[3] or int(announced[2]) > _LONGEST_NUMBER:
            return self._refused()
        self._left, self._waits = int(announced[2]), False
        return None

    def _refused(self) -> Refused | None:
        refused, self._discarding = self._discarding, None
        self._pieces, self._size, self._left = (), 0, -1
        return refused
