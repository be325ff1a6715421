from gateway.mail.octets import MemoryOctets
from gateway.mime.header import HeaderBlock, header_block, header_fields, header_span
from gateway.mime.structure import Bounds, Field, Span

BOUNDS = Bounds()


def block(data: bytes, bounds: Bounds = BOUNDS) -> HeaderBlock:
    return header_block(MemoryOctets(data), bounds)


def texts(data: bytes, bounds: Bounds = BOUNDS) -> list[tuple[str, bytes]]:
    return [(f.name, data[f.value.start : f.value.stop]) for f in header_fields(MemoryOctets(data), bounds)]


def test_a_header_ends_before_the_empty_line() -> None:
    assert header_span(MemoryOctets(b"A: 1\r\n\r\nbody"), 0, 12) == (Span(0, 6), 8)


def test_a_header_may_be_empty() -> None:
    assert header_span(MemoryOctets(b"xx\r\nbody\r\n\r\n"), 2, 12) == (Span(2, 2), 4)


def test_without_an_empty_line_all_is_header() -> None:
    assert header_span(MemoryOctets(b"A: 1\r\nB: 2"), 0, 10) == (Span(0, 10), 10)


def test_an_empty_line_beyond_the_part_is_not_its_own() -> None:
    assert header_span(MemoryOctets(b"A: 1\r\n\r\nbody"), 0, 6) == (Span(0, 6), 6)


def test_a_field_has_the_offsets_of_its_name_value_and_end() -> None:
    assert header_fields(MemoryOctets(b"A: 1\r\nBcd :x\r\n y\r\n\r\nz")) == (
        Field("A", 0, Span(2, 4), 6, ascii=True),
        Field("Bcd", 6, Span(11, 16), 18, ascii=True),
    )


def test_a_field_cut_short_ends_where_the_message_ends() -> None:
    assert header_fields(MemoryOctets(b"A: 1")) == (Field("A", 0, Span(2, 4), 4, ascii=True),)


def test_an_empty_value_lies_after_the_colon() -> None:
    assert header_fields(MemoryOctets(b"A:\r\n\r\n")) == (Field("A", 0, Span(2, 2), 4, ascii=True),)


def test_octets_over_127_are_noted_in_names_and_values() -> None:
    fields = header_fields(MemoryOctets(b"A: 1\r\nB: \xe9\r\n\xe9: 1\r\n\r\n"))
    assert [(f.name, f.ascii) for f in fields] == [("A", True), ("B", False), ("é", False)]


def test_garbage_lines_are_no_fields() -> None:
    assert texts(b" fold first: x\r\nno colon\r\nwith blank: x\r\n: none\r\nA: 1\r\n\r\n") == [("A", b" 1")]


def test_bounds_limit_the_fields_and_the_octets() -> None:
    assert texts(b"A: 1\r\nB: 2\r\n\r\n", Bounds(fields=1)) == [("A", b" 1")]
    assert texts(b"A: 1\r\nB: 2\r\n\r\n", Bounds(header_octets=6)) == [("A", b" 1")]


def test_look_ups_ignore_case_and_stop_at_the_body() -> None:
    found = block(b"MESSAGE-id: <1@a>\r\nDate: now\r\n\r\nX-Body: yes\r\n")
    assert found.first("Message-ID") == b"<1@a>"
    assert found.first("date") == b"now"
    assert found.first("X-Body") is None
    assert found.first("Dat") is None


def test_the_first_of_several_counts_and_folds_stay() -> None:
    found = block(b"Received: a\r\n\tb\r\nReceived : c\r\nReceivedish: d\r\nX: Received: e\r\n\r\n")
    assert found.first("Received") == b"a\r\n\tb"
    assert found.count("Received") == 2


def test_size_and_count_of_fields() -> None:
    found = block(b"A: 1\r\n 2\r\nB: 3\r\n\t4\r\n\r\nbody\r\n")
    assert (found.size, found.field_count()) == (20, 2)


def test_an_empty_header_has_neither_size_nor_fields() -> None:
    assert (block(b"\r\nA: 1\r\n\r\n").size, block(b"\r\nA: 1").field_count(), block(b"").first("A")) == (0, 0, None)


def test_a_header_is_looked_at_as_far_as_bounds_say() -> None:
    assert block(b"A: 1\r\n" * 100, Bounds(header_octets=12)).count("A") == 2
