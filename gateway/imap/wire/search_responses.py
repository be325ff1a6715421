"""What searches answer: SEARCH, SORT, THREAD and ESEARCH (RFC 9051 7.3.4, RFC 3501 7.2.5, RFC 5256 4, RFC 4731 3.1).

Results may be a million numbers: they come in pieces, each made in a millisecond or two, without a line of Python for
each number where that is possible.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count
from operator import sub
from typing import Final

import orjson

from gateway.imap.wire.strings import NIL, quoted
from gateway.store.uids import Range

AT_A_TIME: Final = 16_384
"""Numbers of a piece that C alone makes."""
_RANGED: Final = 4_096
_THREADED: Final = 4_096
NOT_THERE: Final = 0
"""Stands for a message that is not there, and only begins a thread."""


def head(tag: bytes, *, uid: bool) -> bytes:
    """`ESEARCH (TAG "A285") UID`."""
    return b"ESEARCH (TAG %b)%b" % (quoted(tag), b" UID" if uid else b"")


def head_of_mailbox(tag: bytes, name: bytes, uidvalidity: int) -> bytes:
    """Likewise, with the correlators of RFC 7377 2.1; `name`: as `strings.mailbox` writes it."""
    return b"ESEARCH (TAG %b MAILBOX %b UIDVALIDITY %d) UID" % (quoted(tag), name, uidvalidity)


def flat(numbers: "array[int]") -> Iterator[bytes]:
    """` 2 84 882`, in pieces; nothing for none."""
    for low in range(0, len(numbers), AT_A_TIME):
        yield b" " + orjson.dumps(numbers[low : low + AT_A_TIME].tolist())[1:-1].replace(b",", b" ")


def runs(numbers: "array[int]") -> Iterator[list[Range]]:
    """Numbers in their order as ranges that go upwards (RFC 5267 3.2), some at a time; no range is cut."""
    carried: Range | None = None
    for low in range(0, len(numbers), _RANGED):
        found = _runs(numbers[low : low + _RANGED])
        if carried is not None:
            if found[0][0] == carried[1] + 1:
                found[0] = (carried[0], found[0][1])
            else:
                found.insert(0, carried)
        carried = found.pop()
        yield found
    if carried is not None:
        yield [carried]


def _runs(some: "array[int]") -> list[Range]:
    breaks = list(compress(count(1), map((1).__ne__, map(sub, some[1:], some))))
    starts = [some[0], *map(some.__getitem__, breaks)]
    ends = [*map(some.__getitem__, map((-1).__add__, breaks)), some[-1]]
    return list(zip(starts, ends, strict=True))


def as_set(numbers: "array[int]") -> Iterator[bytes]:
    """`2,84:90,882`, in pieces. There is one number at least."""
    begun = False
    for some in runs(numbers):
        if some:
            yield (b"," if begun else b"") + _set(some)
            begun = True


def _set(ranges: Sequence[Range]) -> bytes:
    """`2,84:90,882`."""
    return ",".join([f"{low}:{high}" if low != high else str(low) for low, high in ranges]).encode()


def scores(values: "array[int]") -> bytes:
    """RELEVANCY, `(4 99 42)` (RFC 6203 4)."""
    return b"(%b)" % b"".join(flat(values))[1:]


def in_progress(tag: bytes, done: int, goal: int) -> bytes:
    """OK [INPROGRESS …] (RFC 9585); NIL for what is not known, and for a tag that a client could take for the end."""
    state = b"%d %d" % (done, goal) if 0 <= done < goal else b"NIL NIL"
    return b"OK [INPROGRESS (%b %b)] still searching" % (NIL if b"]" in tag else quoted(tag), state)


def no_update(tag: bytes, why: bytes) -> bytes:
    """NO [NOUPDATE …] (RFC 5267 4.3.1)."""
    return b"NO [NOUPDATE %b] %b" % (quoted(tag), why)


def changes(what: bytes, pairs: Sequence[tuple[int, bytes]]) -> bytes:
    """` ADDTO (1 2731:2733)`: positions in the result, 0 for any, each with a set (RFC 5267 4.3.2)."""
    return b" %b (%b)" % (what, b" ".join([b"%d %b" % pair for pair in pairs]))


def threads(numbers: Sequence[int], depths: Sequence[int]) -> Iterator[bytes]:
    """`(2)(3 6 (4 23)(44 7 96))`, in pieces (RFC 5256 4). Each message is followed by its answers, one deeper; 0 is the
    number of a message that is not there, which only begins a thread."""
    forked = bytearray(len(depths))
    for _ in _fork(depths, forked):
        yield b""
    open_at: list[int] = []
    for low in range(0, len(depths), _THREADED):
        high = min(low + _THREADED, len(depths))
        before = (depths[low - 1], numbers[low - 1]) if low else (0, NOT_THERE)
        yield _written(zip(numbers[low:high], depths[low:high], forked[low:high], strict=True), open_at, before)
    yield b")" * len(open_at)


def _written(nodes: Iterable[tuple[int, int, int]], open_at: list[int], before: tuple[int, int]) -> bytes:
    """Nodes with whether they have siblings. `open_at`: depths of open parentheses; `before`: depth and number of the
    last one."""
    above, last = before
    parts: list[str] = []
    for number, depth, has_siblings in nodes:
        if not depth:
            closed = ")" * len(open_at)
            open_at[:] = (0,)
            parts.append(f"{closed}({number or ''}")
        else:
            if depth <= above:
                while open_at[-1] >= depth:
                    open_at.pop()
                    parts.append(")")
            space = " " if depth > above and last else ""
            if has_siblings:
                open_at.append(depth)
                parts.append(f"{space}({number}")
            else:
                parts.append(f"{space}{number}")
        above, last = depth, number
    return "".join(parts).encode()


def _fork(depths: Sequence[int], forked: bytearray) -> Iterator[None]:
    """Mark which messages have siblings, some at a time."""
    last: list[int] = []
    for at, depth in enumerate(depths):
        if not at % _THREADED:
            yield
        del last[depth + 1 :]
        if depth == len(last):
            last.append(at)
        elif depth:
            forked[at] = forked[last[depth]] = 1
            last[depth] = at
