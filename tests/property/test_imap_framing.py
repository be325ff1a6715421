"""The framer: any chunking of the same octets gives the same events; arbitrary octets give events, and are bounded."""

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.imap.wire.framing import Announced, Event, Framer, Octets, Refused

LIMIT = 300
PIECES = st.sampled_from(
    [
        b"a NOOP\r\n",
        b"b LOGIN {3}\r\nabc {2+}\r\nxy\r\n",
        b"c APPEND x {20}\r\n" + b"m" * 20 + b"\r\n",
        b"d APPEND x ~{5+}\r\n\0\r\n\0a {0}\r\n\r\n",
        b"e X {99999999999999999999}\r\n",
        b"f X {99999999999999999999+}\r\n",
        b"g X {500+}\r\n" + b"y" * 500 + b" z\r\n",
        b"h " + b"l" * 400 + b"\r\n",
        b"i " + b"l" * 400 + b" {4+}\r\nabcd {3}\r\n",
        b"\r\n",
        b"\n",
        b"j {",
        b"}\r\n",
        b"{1+}\r\n",
        b"\0",
        b"k " + b"l" * 298 + b"\r\n",
        b"k " + b"l" * 299 + b"\r\n",
        b"n {3+}\r\nabc " + b"l" * 290 + b"\r\n",
    ]
)
STREAMS = st.lists(PIECES | st.binary(max_size=40), max_size=8).map(b"".join)


def events(chunks: list[bytes], *, streamed: bool) -> list[Event]:
    """What becomes of them, where literals over 10 octets are handed on or refused; the octets of one are joined."""
    framer, found = Framer(LIMIT), list[Event]()
    for chunk in chunks:
        framer.feed(chunk)
        while (event := framer.next()) is not None:
            if isinstance(event, Announced):
                decide(framer, event, streamed=streamed)
            add(found, event)
            assert framer.buffered <= len(chunk) + LIMIT + 100
            if isinstance(event, Refused) and event.hopeless:
                return found
    return found


def decide(framer: Framer, event: Announced, *, streamed: bool) -> None:
    if event.size <= 10:
        framer.keep()
    elif streamed:
        framer.stream()
    else:
        framer.refuse()


def add(found: list[Event], event: Event) -> None:
    last = found[-1] if found else None
    if isinstance(event, Octets) and isinstance(last, Octets) and not last.last:
        found[-1] = Octets(last.data + event.data, event.last)
    else:
        found.append(event)


@given(STREAMS, st.lists(st.integers(1, 30), min_size=1, max_size=20), st.booleans())
@example(b"h " + b"l" * 400 + b" {4+}\r\nabcd\r\na NOOP\r\n", [1], False)
@example(b"c APPEND x {20}\r\n" + b"m" * 20 + b"\r\n", [7], True)
def test_any_chunking_gives_the_same_events(stream: bytes, sizes: list[int], streamed: bool) -> None:
    chunks, at = list[bytes](), 0
    while at < len(stream):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(stream[at : at + size])
        at += size
    assert events(chunks, streamed=streamed) == events([stream], streamed=streamed)


@given(STREAMS, st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_lines_that_are_no_commands_come_whole_or_are_read_over(stream: bytes, sizes: list[int]) -> None:
    def lines(chunks: list[bytes]) -> list[bytes | None]:
        framer, found = Framer(50), list[bytes | None]()
        for chunk in chunks:
            framer.feed(chunk)
            while True:
                try:
                    line = framer.line()
                except ValueError:
                    found.append(None)
                    continue
                if line is None:
                    break
                found.append(line)
        return found

    chunks = [stream[at : at + sizes[0]] for at in range(0, len(stream), sizes[0])]
    expected = [None if len(each) > 50 else each.removesuffix(b"\r") for each in stream.split(b"\n")[:-1]]
    found = lines(chunks)
    assert found[: len(expected)] == expected
    assert set(found[len(expected) :]) <= {None}
