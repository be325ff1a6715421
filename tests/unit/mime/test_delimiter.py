import pytest

from gateway.mail.octets import MemoryOctets
from gateway.mime.delimiter import MAX_PADDING, Division, divide
from gateway.mime.structure import Span


def cut(body: bytes, boundary: bytes = b"b", limit: int = 100) -> Division:
    """Divide a body that follows an empty line."""
    return divide(MemoryOctets(b"\r\n" + body), Span(2, len(body) + 2), boundary, limit)


def parts(body: bytes, boundary: bytes = b"b") -> list[bytes]:
    whole = b"\r\n" + body
    return [whole[span.start : span.stop] for span in cut(body, boundary).parts]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n", [b"one", b"two"]),
        (b"preamble\r\n--b\r\none\r\n--b--\r\nepilogue\r\n--b\r\nno\r\n", [b"one"]),
        (b"--b \t\r\none\r\n--b--\t \r\n", [b"one"]),
        (b"--b\r\none\r\n\r\n--b--", [b"one\r\n"]),
        (b"--b\r\n--b\r\n\r\n--b--", [b"", b""]),
        (b"--b\r\none", [b"one"]),
        (b"--b", [b""]),
        (b"--b--\r\n", []),
        (b"--bc\r\nno\r\n", []),
        (b"--B\r\nno\r\n", []),
        (b" --b\r\nno\r\n", []),
        (b"--b--x\r\nno", []),
        (b"", []),
    ],
)
def test_a_body_is_cut_at_its_delimiters(body: bytes, expected: list[bytes]) -> None:
    assert parts(body) == expected


def test_a_boundary_may_end_in_hyphens() -> None:
    assert parts(b"--b--\r\none\r\n--b----\r\n", b"b--") == [b"one"]


@pytest.mark.parametrize(("body", "closed"), [(b"--b\r\n--b--", True), (b"--b\r\nx", False), (b"x", False)])
def test_the_closing_delimiter_is_noticed(body: bytes, closed: bool) -> None:
    assert cut(body).closed is closed


@pytest.mark.parametrize("line", [b"--bc", b"--b--x", b"--b x", b"--b" + b" " * MAX_PADDING])
def test_a_line_that_only_begins_like_a_delimiter_may_begin_a_header_elsewhere(line: bytes) -> None:
    body = line + b"\r\nSubject: \xc3\xa9\r\n\r\nx"
    assert cut(body).unsure == (Span(2, 2 + body.index(b"\r\n\r\n")),)


def test_so_may_one_after_a_bare_lf() -> None:
    assert cut(b"x\n--b\r\nSubject: \xc3\xa9\r\n\r\nx").unsure == (Span(4, 20),)


def test_ascii_after_such_a_line_is_nothing_to_tell() -> None:
    assert cut(b"--bc\r\nSubject: e\r\n\r\n\xc3\xa9").unsure == ()


def test_each_octet_after_such_lines_is_told_once() -> None:
    assert len(cut(b"--bc\r\n" * 50 + b"\xe9").unsure) == 1


def test_reading_stops_at_the_limit() -> None:
    division = cut(b"--b\r\n" * 5, limit=3)
    assert (len(division.parts), division.rest, division.lines) == (3, 16, 3)


def test_what_is_under_the_limit_is_read_wholly() -> None:
    assert cut(b"--b\r\n" * 2 + b"--b--", limit=3).rest is None
