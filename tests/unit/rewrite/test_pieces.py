from collections.abc import Iterator
from dataclasses import dataclass

from typing_extensions import override

from gateway.mail.octets import WINDOW, MemoryOctets, OctetSource
from gateway.rewrite.pieces import Copy, Edit, Encode, Literal, Rendition, edited, whole
from gateway.rewrite.transfer_encoding import Coding

SOURCE = MemoryOctets(b"0123456789")


@dataclass(frozen=True, slots=True)
class Endless(OctetSource):
    """A large run of one line after another, made as it is read."""

    size: int

    @override
    def __len__(self) -> int:
        return self.size

    @override
    def read(self, start: int, stop: int) -> bytes:
        line = b"Gr\xfc\xdfe an alle, die dies lesen, und an alle anderen auch.\r\n"
        first = start // len(line)
        lines = line * ((stop - start) // len(line) + 2)
        return lines[start - first * len(line) :][: min(stop, self.size) - start]

    @override
    def find(self, needle: bytes, start: int, stop: int) -> int:
        found = self.read(start, min(stop, start + WINDOW)).find(needle)
        return found if found < 0 else start + found

    @override
    def isascii(self, start: int, stop: int) -> bool:
        return False

    @override
    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        return (self.read(at, min(at + WINDOW, stop)) for at in range(start, stop, WINDOW))


def test_edits_replace_insert_and_remove() -> None:
    edits = [Edit(8, 10), Edit(0, 0, (Literal(b"<"),)), Edit(2, 4, (Literal(b"--"),)), Edit(4, 4, (Literal(b"!"),))]
    assert bytes(edited(SOURCE, edits)) == b"<01--!4567"


def test_insertions_at_one_place_keep_their_order() -> None:
    assert bytes(edited(SOURCE, [Edit(1, 1, (Literal(b"a"),)), Edit(1, 1, (Literal(b"b"),))])) == b"0ab123456789"


def test_without_edits_it_is_the_source() -> None:
    assert edited(SOURCE, []) == whole(SOURCE)
    assert whole(SOURCE).unchanged
    assert not edited(SOURCE, [Edit(0, 1)]).unchanged


def test_everything_can_be_removed() -> None:
    assert list(edited(SOURCE, [Edit(0, 10)]).chunks()) == []


def test_pieces_of_all_kinds_are_rendered_in_order() -> None:
    rendition = Rendition(SOURCE, (Copy(5, 7), Literal(b"|"), Encode(0, 3, Coding.BASE64)))
    assert bytes(rendition) == b"56|MDEy"


def test_a_large_message_is_rendered_in_pieces_of_a_bounded_size() -> None:
    source = Endless(3_000_000)
    for coding in Coding:
        sizes = [len(chunk) for chunk in Rendition(source, (Encode(0, len(source), coding),)).chunks()]
        assert sum(sizes) > 2_000_000
        assert 0 < max(sizes) <= 4 * WINDOW
