"""Any octets have a structure whose offsets lie in one another, at a cost linear in their number."""

from collections.abc import Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mime.header import header_block, header_fields
from gateway.mime.scan import scan
from gateway.mime.structure import Bounds, Part, Span

LINES = st.sampled_from(
    [
        b"",
        b"x",
        b"gr\xc3\xbc\xc3\x9fe",
        b"caf\xe9",
        b" folded",
        b"Subject: \xc3\xa4",
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/digest; boundary="bc"',
        b"Content-Type: message/rfc822",
        b"Content-Type: message/global",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: binary",
        b"--b",
        b"--b--",
        b"--bc",
        b"--bc--",
        b"--b x",
        b"no field",
        b"a\nb",
        b"a\rb",
        b"\0",
    ]
)
MESSAGES = st.lists(LINES, max_size=30).map(b"\r\n".join) | st.binary(max_size=200)
BOUNDS = st.builds(
    Bounds,
    depth=st.integers(0, 5),
    parts=st.integers(0, 8),
    fields=st.integers(0, 20),
    header_octets=st.integers(0, 200),
)


class CountedOctets(OctetSource):
    """Octets that count how many of them were looked at."""

    def __init__(self, data: bytes) -> None:
        self.octets = MemoryOctets(data)
        self.looked_at = 0

    @override
    def __len__(self) -> int:
        return len(self.octets)

    @override
    def read(self, start: int, stop: int) -> bytes:
        data = self.octets.read(start, stop)
        self.looked_at += len(data)
        return data

    @override
    def find(self, needle: bytes, start: int, stop: int) -> int:
        found = self.octets.find(needle, start, stop)
        self.looked_at += (found + len(needle) if found >= 0 else stop) - start
        return found

    @override
    def isascii(self, start: int, stop: int) -> bool:
        self.looked_at += stop - start
        return self.octets.isascii(start, stop)

    @override
    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        self.looked_at += stop - start
        return self.octets.chunks(start, stop)


def all_parts(part: Part) -> Iterator[Part]:
    yield part
    for child in part.children:
        yield from all_parts(child)


def lies_in(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start <= inner.stop <= outer.stop


@given(MESSAGES, BOUNDS)
def test_offsets_lie_in_one_another(data: bytes, bounds: Bounds) -> None:
    result = scan(MemoryOctets(data), bounds)
    whole = Span(0, len(data))
    for part in all_parts(result.root):
        assert lies_in(part.header, whole)
        assert lies_in(part.body, whole)
        assert part.header.stop <= part.body.start
        assert part.depth <= bounds.depth
        at = part.header.start
        for field in part.fields:
            assert at <= field.start < field.value.start <= field.value.stop <= field.stop <= part.header.stop
            at = field.stop
        at = part.body.start
        for child in part.children:
            assert at <= child.header.start <= child.body.stop <= part.body.stop
            at = child.body.stop
    assert all(lies_in(malformed.span, whole) for malformed in result.malformed)


@given(MESSAGES, BOUNDS)
def test_what_is_made_is_bounded(data: bytes, bounds: Bounds) -> None:
    parts = list(all_parts(scan(MemoryOctets(data), bounds).root))
    assert sum(len(part.fields) for part in parts) <= bounds.fields


@given(st.lists(LINES, min_size=1, max_size=12).map(b"\r\n".join))
@settings(max_examples=20)
@example(b"--b x")
@example(b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b x")
def test_the_cost_grows_with_the_octets_and_the_depth(body: bytes) -> None:
    bounds = Bounds(depth=5)
    data = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + (body + b"\r\n") * 1000
    octets = CountedOctets(data)
    scan(octets, bounds)
    a_delimiter_read = 300
    assert octets.looked_at <= (bounds.depth + 1) * (6 * len(data) + a_delimiter_read * data.count(b"\n--b"))


@given(MESSAGES)
def test_both_ways_to_read_a_header_agree(data: bytes) -> None:
    octets = MemoryOctets(data)
    block = header_block(octets)
    fields = header_fields(octets)
    for name in ("Subject", "Content-Type"):
        values = [data[f.value.start : f.value.stop] for f in fields if f.name.lower() == name.lower()]
        assert block.count(name) == len(values)
        assert block.first(name) == (values[0].strip() if values else None)
