"""Searches that are meant to hurt, and the forms of their responses."""

from array import array

import pytest

from gateway.imap.wire import search_keys as keys
from gateway.imap.wire.completion import Refusal, Status
from gateway.imap.wire.framing import Framer, Piece, Whole
from gateway.imap.wire.partial import PartialRange, partial_range
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.search import MAX_KEYS, search_program, sort_program
from gateway.imap.wire.search_responses import (
    AT_A_TIME,
    as_set,
    changes,
    flat,
    head,
    head_of_mailbox,
    in_progress,
    no_update,
    runs,
    scores,
    threads,
)
from gateway.imap.wire.search_returns import Option, return_options
from gateway.imap.wire.sort import SortBy, SortKey, sort_arguments, thread_arguments
from gateway.store.flags import System


def scanner(text: bytes) -> Scanner:
    framer = Framer(1 << 20)
    framer.feed(text + b"\r\n")
    event = framer.next()
    assert isinstance(event, Whole)
    return Scanner(event.pieces, utf8=False)


def key_of(text: bytes) -> keys.Key:
    reader = scanner(text)
    program = search_program(reader)
    reader.end()
    return program.key


SEEN = keys.HasFlag(System.SEEN)


def test_or_goes_on_as_long_as_it_likes() -> None:
    many = b"OR SEEN " * (MAX_KEYS - 2) + b"SEEN"
    assert key_of(many) == keys.Or((SEEN,) * (MAX_KEYS - 1))


def test_not_is_turned_back() -> None:
    assert key_of(b"NOT " * 9_999 + b"SEEN") == keys.Not(SEEN)
    assert key_of(b"NOT " * 10_000 + b"SEEN") == SEEN


@pytest.mark.parametrize(
    "text",
    [
        b"(" * 10_000,
        b"(" * 60 + b"SEEN" + b")" * 60,
        b"FUZZY " * 10_000 + b"SEEN",
        b"OR (" * 10_000,
        b"NOT (" * 10_000 + b"SEEN" + b")" * 10_000,
        b"OR OR " * 5_000,
        b"OR NOT FUZZY " * 4_000,
        b"NOT " * 10_000,
        b"NOT",
        b"OR",
        b"OR SEEN",
        b"SEEN ",
        b" SEEN",
        b"SEEN  SEEN",
        b"(SEEN))",
        b"()",
        b"TEXT",
        b'TEXT "x',
        b'TEXT "\xfc"',
        b"TEXT NIL ()",
        b"$1",
        b"1:",
        b"1::2",
        b"1:2:3",
        b"**",
        b"0",
        b"4294967296",
        b"1," * 5,
        b"UID x",
        b"UID 0:*",
        b"KEYWORD \\Seen",
        b"KEYWORD (x)",
        b"BEFORE 32-Jan-2020",
        b"BEFORE 1-Jan-20",
        b"BEFORE 1-Jan-0000",
        b"BEFORE 001-Jan-2020",
        b'MODSEQ "/flags/\\\\Seen" 1',
        b"MODSEQ -1",
        b"CHARSET",
        b"CHARSET UTF-8",
        b"CHARSET UTF-8 ",
        b"FILTER",
        b"EMAILID " + b"M" * 256,
        b"LARGER 99999999999999999999999",
        b"YOUNGER 4294967296",
        b"\xff",
        b"",
    ],
)
def test_what_is_no_search(text: bytes) -> None:
    with pytest.raises(BadSyntax) as raised:
        key_of(text)
    assert str(raised.value).isascii()


def test_too_many_keys_are_a_limit() -> None:
    with pytest.raises(Refusal) as raised:
        key_of(b"SEEN " * MAX_KEYS + b"SEEN")
    assert raised.value.completion.code == b"LIMIT"
    assert raised.value.completion.status is Status.NO


def test_charsets() -> None:
    assert search_program(scanner(b'CHARSET "utf-8" TEXT x')).key == key_of(b"TEXT x")
    assert search_program(scanner(b"charset iso-8859-1 TEXT x")).charset == ""
    for name in (b"X-UNKNOWN", b"base64", b"rot13", b"zip", b"idna", b"unicode_escape", b"../../x", b"x" * 1000):
        program = sort_program(scanner(name + b" TEXT x"))
        assert program.charset == name.decode()


def test_octets_in_a_charset() -> None:
    piece = Piece(b"CHARSET koi8-r TEXT ", None)
    framer = Framer(1000)
    framer.feed(piece.text + b"{2+}\r\n\xc4\xc1\r\n")
    framer.next()
    framer.keep()
    event = framer.next()
    assert isinstance(event, Whole)
    assert search_program(Scanner(event.pieces, utf8=False)).key == keys.HasText(keys.FIELDS[b"TEXT"], "да")


def test_return_options() -> None:
    assert return_options(scanner(b" SEEN")) is None
    empty = return_options(scanner(b" return () SEEN"))
    assert empty is not None
    assert Option.ALL in empty
    silent = return_options(scanner(b" RETURN (SAVE) SEEN"))
    assert silent is not None
    assert silent.silent
    for bad in (b" RETURN SEEN", b" RETURN (", b" RETURN (MIN", b" RETURN (PARTIAL)", b" RETURN (MIN,MAX)"):
        with pytest.raises(BadSyntax):
            return_options(scanner(bad))


@pytest.mark.parametrize(
    ("text", "count", "wanted"),
    [
        (b"1:2", 5, (0, 2)),
        (b"2:1", 5, (0, 2)),
        (b"4:9", 5, (3, 5)),
        (b"6:9", 5, (5, 5)),
        (b"-1:-2", 5, (3, 5)),
        (b"-2:-1", 5, (3, 5)),
        (b"-4:-9", 5, (0, 2)),
        (b"-6:-9", 5, (0, 0)),
        (b"1:4294967295", 0, (0, 0)),
    ],
)
def test_partial_ranges(text: bytes, count: int, wanted: tuple[int, int]) -> None:
    assert partial_range(scanner(text)).of(count) == wanted


def test_partial_ranges_as_they_are_answered() -> None:
    assert PartialRange(5, 3).wire == b"3:5"
    assert PartialRange(1, 3, from_end=True).wire == b"-1:-3"


def test_sort_and_thread_arguments() -> None:
    arguments = sort_arguments(scanner(b" (REVERSE DATE displayto) UTF-8 ALL"))
    assert arguments.criteria == (SortBy(SortKey.DATE, reverse=True), SortBy(SortKey.DISPLAY_TO))
    assert thread_arguments(scanner(b" refs UTF-8 ALL")).program.key == keys.All()
    with pytest.raises(BadSyntax):
        sort_arguments(scanner(b" (" + b" ".join([b"DATE"] * 100) + b") UTF-8 ALL"))


# Responses


def numbers(*values: int) -> "array[int]":
    return array("I", values)


def test_flat_numbers() -> None:
    assert b"".join(flat(numbers())) == b""
    assert b"".join(flat(numbers(7, 1, 4294967295))) == b" 7 1 4294967295"
    many = array("I", range(1, 3 * AT_A_TIME))
    assert b"".join(flat(many)).split() == [b"%d" % number for number in many]


def test_ranges() -> None:
    assert b"".join(as_set(numbers(5))) == b"5"
    assert b"".join(as_set(numbers(5, 6, 7, 9))) == b"5:7,9"
    assert b"".join(as_set(numbers(5, 3, 2, 1))) == b"5,3,2,1"
    assert b"".join(as_set(array("I", range(2, 5 * AT_A_TIME)))) == b"2:%d" % (5 * AT_A_TIME - 1)
    assert list(runs(numbers())) == []
    odd = array("I", range(1, 4 * AT_A_TIME, 2))
    assert b"".join(as_set(odd)).split(b",") == [b"%d" % number for number in odd]


def test_other_parts_of_responses() -> None:
    assert head(b"A1", uid=True) == b'ESEARCH (TAG "A1") UID'
    assert head(b"A1", uid=False) == b'ESEARCH (TAG "A1")'
    assert head_of_mailbox(b"A1", b"INBOX", 7) == b'ESEARCH (TAG "A1" MAILBOX INBOX UIDVALIDITY 7) UID'
    assert scores(numbers(4, 99, 42)) == b"(4 99 42)"
    assert changes(b"ADDTO", [(1, b"2733"), (1, b"2731:2732")]) == b" ADDTO (1 2733 1 2731:2732)"
    assert no_update(b"B02", b"too many") == b'NO [NOUPDATE "B02"] too many'
    assert in_progress(b"A1", 12, 45).startswith(b'OK [INPROGRESS ("A1" 12 45)] ')
    assert in_progress(b"A1", 45, 45).startswith(b'OK [INPROGRESS ("A1" NIL NIL)] ')
    assert in_progress(b"A]1", 0, 45).startswith(b"OK [INPROGRESS (NIL 0 45)] ")


@pytest.mark.parametrize(
    ("tree", "depths", "wanted"),
    [
        ((), (), b""),
        ((1,), (0,), b"(1)"),
        # The examples of RFC 5256 4
        ((2, 3, 6, 4, 23, 44, 7, 96), (0, 0, 1, 2, 3, 2, 3, 4), b"(2)(3 6 (4 23)(44 7 96))"),
        ((0, 3, 5), (0, 1, 1), b"((3)(5))"),
        ((1, 2, 3, 4, 5), (0, 1, 2, 1, 0), b"(1 (2 3)(4))(5)"),
        ((0, 1, 2, 3, 4), (0, 1, 2, 2, 1), b"((1 (2)(3))(4))"),
        ((1, 2, 3, 4, 5, 6), (0, 1, 2, 3, 3, 1), b"(1 (2 3 (4)(5))(6))"),
    ],
)
def test_threads(tree: tuple[int, ...], depths: tuple[int, ...], wanted: bytes) -> None:
    assert b"".join(threads(tree, depths)) == wanted


def test_one_thread_as_deep_as_there_are_messages() -> None:
    size = 50_000
    written = b"".join(threads(range(1, size + 1), range(size)))
    assert written == b"(%b)" % b" ".join(b"%d" % number for number in range(1, size + 1))


def test_pieces_do_not_grow_with_what_was_found() -> None:
    for made in (flat, as_set):
        sizes = [max(map(len, made(array("I", range(1, 2 * count, 2))))) for count in (100_000, 200_000)]
        assert sizes[1] <= sizes[0] * 1.2
