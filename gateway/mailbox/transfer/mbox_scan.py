"""Where the messages of an mbox begin and end. The file is read by windows, whatever its size."""

import re
from dataclasses import dataclass
from typing import Final

from gateway.mailbox.transfer.fields import MAX_HEADER, Bookkeeping, header_end, take_out
from gateway.mailbox.transfer.files import Reading
from gateway.mailbox.transfer.from_line import MAX_LINE, begins_message

_WINDOW: Final = 2 * 1024 * 1024
_AHEAD: Final = 2 * MAX_LINE
_USUAL_HEADER: Final = 8 * 1024
_BLANK_BEFORE: Final = (b"\n\n", b"\n\r\n")
_AFTER_BODY: Final = re.compile(rb"(?:\r?\n){0,2}(?:\Z|(?=From ))")
_ENDS: Final = (b"\r\n", b"\n")


@dataclass(frozen=True, slots=True)
class Extent:
    """One message in the file."""

    line: bytes
    """The separator before it."""
    start: int
    """Behind the separator."""
    stop: int
    next: int
    """Where the next separator begins, or the end of the file."""
    header: bytes
    """As it is to be, without the fields of mbox programs; what follows it begins at `body`."""
    body: int
    known: Bookkeeping
    measured: bool
    """Content-Length said where it ends: then nothing in it is quoted."""


class Scanner:
    """Goes through one file once."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._buffer = b""
        self._base = 0

    def at(self, start: int, length: int) -> bytes:
        """Octets from the window, which moves on where it has to."""
        at = start - self._base
        if at < 0 or at + length > len(self._buffer):
            self._move(start, length)
            at = 0
        return self._buffer[at : at + length]

    def _move(self, start: int, length: int) -> None:
        self._base = start
        self._buffer = self.reading.at(start, start + max(length, _WINDOW))

    def first(self, start: int) -> int:
        """The first separator from `start` on, where blank lines may come before it; -1: something else is there."""
        head = self.at(start, _AHEAD)
        skipped = len(head) - len(head.lstrip(b"\r\n"))
        if skipped == len(head):
            return self.reading.size
        return start + skipped if head.startswith(b"From ", skipped) else -1

    def extent(self, at: int) -> Extent:
        """The message whose separator is at `at`."""
        line, newline, _ = self.at(at, MAX_LINE).partition(b"\n")
        start = min(at + len(line) + len(newline), self.reading.size)
        header, known, body = self._header(start)
        end = self._measured(start + body, known)
        if end is not None:
            following = self.first(end)
            return Extent(line, start, end, following, header, start + body, known, measured=True)
        following = self.separator(start)
        stop = self._before_blank(start, following)
        if start + body > stop:
            header, known = take_out(self.at(start, stop - start))
            body = stop - start
        return Extent(line, start, stop, following, header, start + body, known, measured=False)

    def _header(self, start: int) -> tuple[bytes, Bookkeeping, int]:
        """The header, what was in it, and how long it is in the file."""
        data = self.at(start, _USUAL_HEADER)
        end = header_end(data)
        if end == len(data) == _USUAL_HEADER:
            data = self.at(start, min(self.separator(start) - start, MAX_HEADER))
            end = header_end(data)
        if end == len(data) == MAX_HEADER:
            end = data.rfind(b"\n") + 1
        header, known = take_out(data[:end])
        return header, known, end

    def _measured(self, body: int, known: Bookkeeping) -> int | None:
        """Where the message ends, if its Content-Length fits: what follows is a separator, or nothing."""
        if known.length is None:
            return None
        blank = next((end for end in _ENDS if self.at(body, 2).startswith(end)), b"")
        end = body + len(blank) + known.length
        if end > self.reading.size:
            return None
        tail = self.at(end, _AHEAD)
        found = _AFTER_BODY.match(tail)
        if not found or (end + len(tail) < self.reading.size and found.end() == len(tail)):
            return None
        return end if self._plausible(tail[found.end() :]) else None

    @staticmethod
    def _plausible(tail: bytes) -> bool:
        line, _, after = tail.partition(b"\n")
        return not tail or begins_message(line, after, blank_before=True)

    def separator(self, start: int) -> int:
        """Where the next message begins, for a message that starts at `start`; the end of the file if nowhere."""
        at = start - 1
        while at + 1 < self.reading.size:
            self.at(at, _AHEAD)
            base, buffer = self._base, self._buffer
            found = buffer.find(b"\nFrom ", at - base)
            last = base + len(buffer) >= self.reading.size
            if found < 0 or (not last and found + _AHEAD > len(buffer)):
                if last:
                    break
                at = max(at + 1, base + (found if found >= 0 else len(buffer) - 5))
                self._move(at, _AHEAD)
                continue
            at = base + found
            if self._is_separator(at + 1, start):
                return at + 1
            at += 1
        return self.reading.size

    def _is_separator(self, at: int, start: int) -> bool:
        window = self.at(at, _AHEAD)
        end = window.find(b"\n", 0, MAX_LINE)
        if end < 0 and at + len(window) < self.reading.size:
            return False
        line, after = (window[:end], window[end + 1 :]) if end >= 0 else (window, b"")
        before = self._tail(start, at)
        blank = at - start <= len(before) <= 2 and before in (b"", *_ENDS)
        return begins_message(line, after, blank_before=blank or before.endswith(_BLANK_BEFORE))

    def _tail(self, start: int, stop: int) -> bytes:
        """The last octets before an offset, but none before `start`."""
        first = max(start, stop - 3) - self._base
        if first < 0 or stop - self._base > len(self._buffer):
            return self.reading.at(max(start, stop - 3), stop)
        return self._buffer[first : stop - self._base]

    def _before_blank(self, start: int, stop: int) -> int:
        """`stop`, but before the blank line that mbox has between messages."""
        tail = self._tail(start, stop)
        if tail.endswith(b"\n\r\n") or tail == b"\r\n":
            return stop - 2
        return stop - 1 if tail.endswith(b"\n\n") or tail == b"\n" else stop
