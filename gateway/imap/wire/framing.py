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

_SPECIFIED: Final = re.compile(rb"(~?)\{([0-9]{1,40})(\+?)\}\Z")
LONGEST_NUMBER: Final = (1 << 63) - 1
MOST_READ_OVER: Final = 256 * 1024 * 1024
"""Octets of a literal that nobody wants and that the client sends all the same; for a longer one, the connection ends
(RFC 7888 4)."""
_NAMED: Final = 256
"""Octets that are kept of a line which is too long: enough for its tag and the name of its command."""
_ENDS: Final = 64
"""Octets at the end of a line that can announce a literal."""
_PAID: Final = 256
"""Octets of text that do not count where they introduce a literal that is streamed."""


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

    text: bytes
    """How it began: enough for its tag and the name of its command."""
    too_long: bool
    """It is `Framer.limit` that it was refused for, not `refuse`."""
    hopeless: bool = False
    """What follows cannot be read over: the connection has to end."""


Event = Announced | Octets | Whole | Refused


class Framer:
    """Of one connection. Holds nothing between commands."""

    __slots__ = (
        "_announced",
        "_at",
        "_binary",
        "_buffer",
        "_discarding",
        "_left",
        "_over_line",
        "_pieces",
        "_size",
        "_streaming",
        "_text",
        "_waits",
        "limit",
    )

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """Octets of a command, with the literals that are kept. May change between commands."""
        self._buffer = b""
        self._at = 0
        """What is before is done with."""
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
        self._over_line = False
        """The rest of a line that was too long for `line` is read over."""

    @property
    def buffered(self) -> int:
        """Octets that arrived and were not looked at yet."""
        return len(self._buffer) - self._at

    @property
    def between_commands(self) -> bool:
        """Nothing of a command has arrived."""
        return not (self.buffered or self._pieces or self._left >= 0 or self._discarding)

    def feed(self, data: bytes) -> None:
        """More octets from the client."""
        self._buffer = self._buffer[self._at :] + data if self._buffer else data
        self._at = 0

    def rest(self) -> bytes:
        """Take what was not looked at yet: it is for somebody else (COMPRESS)."""
        return self._taken(self.buffered)

    def line(self) -> bytes | None:
        """A line that is no command, without its end: what AUTHENTICATE and IDLE wait for. None: not here yet.

        Raises ValueError where it is longer than a command may be; then it is read over.
        """
        if not self._read_over_line():
            return None
        end = self._buffer.find(b"\n", self._at)
        length = (end if end >= 0 else len(self._buffer)) - self._at
        if length > self.limit:
            self._over_line = True
            self._read_over_line()
            raise ValueError(f"a line has at most {self.limit} octets")
        return self._next_line()

    def next(self) -> Event | None:
        """What comes next; None: more octets are needed."""
        while self._read_over_line():
            if self._left >= 0:
                event = self._literal()
                if event is not None or self._left >= 0:
                    return event
            line = self._next_line()
            if line is None:
                self._unfinished()
                return None
            event = self._over(line) if self._discarding is not None else self._line(line)
            if event is not None:
                return event
        return None

    def keep(self) -> None:
        """Read the announced literal into memory."""
        self._size += self._left

    def stream(self) -> None:
        """Hand on the announced literal as it arrives. Of the text before it, so much is paid for: a command of many
        messages is longer than others (RFC 3502)."""
        self._streaming = True
        self._size = max(0, self._size - _PAID)

    def refuse(self) -> None:
        """Neither the announced literal nor the command is wanted: `Refused` follows, once it is over."""
        self._discarding = self._given_up(self._text, too_long=False)

    def _taken(self, size: int) -> bytes:
        """So many octets from the front."""
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        if self._at == len(self._buffer):
            self._buffer, self._at = b"", 0
        return data

    def _next_line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._at)
        return None if end < 0 else self._taken(end + 1 - self._at)[:-1].removesuffix(b"\r")

    def _read_over_line(self) -> bool:
        """Whether nothing is to be read over any more."""
        if self._over_line:
            end = self._buffer.find(b"\n", self._at)
            self._taken(end + 1 - self._at if end >= 0 else self.buffered)
            self._over_line = end < 0
        return not self._over_line

    def _unfinished(self) -> None:
        if self._discarding is None:
            # The last octet may be the CR of its end.
            if self._size + self.buffered <= self.limit + 1:
                return
            self._discarding = self._given_up(self._buffer[self._at : self._at + _NAMED])
        # A literal may still be announced at the end of the line.
        self._taken(max(0, self.buffered - _ENDS))

    def _given_up(self, text: bytes, *, too_long: bool = True) -> Refused:
        first = self._pieces[0].text if self._pieces else text
        return Refused(first[:_NAMED], too_long)

    def _literal(self) -> Event | None:
        """None: more octets are needed, or (`_left` is -1) it is over and there is nothing to say about it."""
        if self._discarding is not None:
            return self._skipped()
        if self._streaming:
            return self._streamed()
        if self.buffered >= self._left:
            self._literal_ends(self._taken(self._left))
        return None

    def _skipped(self) -> Event | None:
        if self._waits:
            return self._refused()
        if self._left > MOST_READ_OVER:
            return self._refused(hopeless=True)
        self._left = self._left - len(self._taken(self._left)) or -1
        return None

    def _streamed(self) -> Event | None:
        data = self._taken(self._left)
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
        announced = _SPECIFIED.search(line, max(0, len(line) - _ENDS)) if line.endswith(b"}") else None
        if self._size + len(line) > self.limit:
            self._discarding = self._given_up(line)
            return self._over(line)
        if announced is None:
            pieces, self._pieces, self._size = (*self._pieces, Piece(line)), (), 0
            return Whole(pieces)
        size = int(announced[2])
        if size > LONGEST_NUMBER:
            self._discarding = self._given_up(line)
            return self._over(line)
        self._text = line[: announced.start()]
        self._size += len(line)
        self._announced = self._left = size
        self._binary, self._waits, self._streaming = bool(announced[1]), not announced[3], False
        return Announced((*self._pieces, Piece(self._text)), self._left, self._binary, self._waits)

    def _over(self, line: bytes) -> Event | None:
        """A line of a command that is not wanted."""
        announced = _SPECIFIED.search(line, max(0, len(line) - _ENDS)) if line.endswith(b"}") else None
        if announced is None or not announced[3]:
            return self._refused()
        self._left, self._waits = int(announced[2]), False
        return None

    def _refused(self, *, hopeless: bool = False) -> Refused | None:
        refused, self._discarding = self._discarding, None
        self._pieces, self._size, self._left = (), 0, -1
        return Refused(refused.text, refused.too_long, hopeless) if refused is not None else None
