"""Tokens of commands (RFC 9051 9)."""

from collections.abc import Callable

import pytest

from gateway.imap.wire.framing import Framer, Whole
from gateway.imap.wire.scanner import MAX_NESTING, NUMBER_32, NUMBER_64, BadSyntax, Scanner
from gateway.imap.wire.sets import SAVED, STAR, SequenceSet
from gateway.store.uids import UidSet


def scanner(text: bytes, *, utf8: bool = False) -> Scanner:
    """Over what a client sent, its literals in `{n+}` form."""
    framer = Framer(100_000)
    framer.feed(text + b"\r\n")
    while True:
        event = framer.next()
        if isinstance(event, Whole):
            return Scanner(event.pieces, utf8=utf8)
        framer.keep()


def alone(scan: Scanner, token: Callable[[], object]) -> object:
    """A token, with nothing behind it."""
    read = token()
    scan.end()
    return read


def listed(text: bytes) -> tuple[str, ...]:
    scan = scanner(text)
    return scan.listed(scan.atom, empty=True)


@pytest.mark.parametrize(
    ("text", "string"),
    [
        (b"INBOX", b"INBOX"),
        (b"a]b", b"a]b"),
        (b'"a b"', b"a b"),
        (b'""', b""),
        (rb'"a\"b\\c"', b'a"b\\c'),
        (b"{5+}\r\na\r\nb ", b"a\r\nb "),
        (b"{0+}\r\n", b""),
        (b"{3+}\r\n\xff\xfe\xfd", b"\xff\xfe\xfd"),
        (b"NIL", b"NIL"),
    ],
)
def test_astring(text: bytes, string: bytes) -> None:
    scan = scanner(text)
    assert scan.astring() == string
    scan.end()


@pytest.mark.parametrize(
    "text", [b"", b" a", b"(a)", b'"a', b'"a\\b"', b"a*", b"\xe9", b"%", b"{", b"a\\b", b'"\x00"', b"{1+}\r\n\x00"]
)
def test_what_is_no_astring(text: bytes) -> None:
    scan = scanner(text)
    with pytest.raises(BadSyntax):
        alone(scan, scan.astring)


def test_utf8_in_quotes_is_for_whoever_enabled_it() -> None:
    text = '"jörg"'.encode()
    assert scanner(text, utf8=True).astring() == "jörg".encode()
    with pytest.raises(BadSyntax, match="ENABLE UTF8=ACCEPT"):
        scanner(text).astring()


def test_a_string_that_is_no_utf8_is_refused_where_text_is_wanted() -> None:
    with pytest.raises(BadSyntax, match="no UTF-8 at octet 2"):
        scanner(b"{3+}\r\na\xe9b").text("a name")


@pytest.mark.parametrize(("text", "value"), [(b"0", 0), (b"4294967295", NUMBER_32), (b"007", 7)])
def test_number(text: bytes, value: int) -> None:
    assert scanner(text).number() == value


@pytest.mark.parametrize("text", [b"4294967296", b"-1", b"", b"x", b"99999999999999999999"])
def test_what_is_no_number(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        scanner(text).number()


def test_numbers_of_63_bits() -> None:
    assert scanner(b"9223372036854775807").number64() == NUMBER_64
    with pytest.raises(BadSyntax, match="at most"):
        scanner(b"9223372036854775808").number64()


def test_nz_number() -> None:
    with pytest.raises(BadSyntax, match="cannot be 0"):
        scanner(b"0").nz_number()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"1", SequenceSet(UidSet(((1, 1),)))),
        (b"5:2,*", SequenceSet(UidSet(((2, 5),)), (STAR, STAR))),
        (b"7:*,*:9,8:*,4,5:5,3", SequenceSet(UidSet(((3, 5),)), (7, 9))),
        (b"*:4294967295", SequenceSet(ends=(NUMBER_32, NUMBER_32))),
        (b"$", SAVED),
    ],
)
def test_sequence_set(text: bytes, value: SequenceSet) -> None:
    assert scanner(text).sequence_set() == value


@pytest.mark.parametrize(
    "text", [b"", b"0", b"1,", b",1", b"1::2", b"1:2:3", b"**", b"4294967296", b"01", b"1,02", b"1:03", b"1*", b"1:2:*"]
)
def test_what_is_no_sequence_set(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        scanner(text).sequence_set()


@pytest.mark.parametrize("flag", [b"\\Seen", b"$Forwarded", b"a-b", b"\\X-Other"])
def test_flag(flag: bytes) -> None:
    assert scanner(flag).flag() == flag.decode()


@pytest.mark.parametrize("flag", [b"\\*", b"\\", b"a\\b", b'"a"', b"(a)", b"a]", b"\xff"])
def test_what_is_no_flag(flag: bytes) -> None:
    scan = scanner(flag)
    with pytest.raises(BadSyntax):
        alone(scan, scan.flag)


def test_lists() -> None:
    assert listed(b"(a b c)") == ("a", "b", "c")
    assert listed(b"()") == ()
    for bad in (b"(a  b)", b"( a)", b"(a ", b"(a", b"a)"):
        with pytest.raises(BadSyntax):
            listed(bad)


def test_parentheses_are_only_so_deep() -> None:
    scan = scanner(b"(" * (MAX_NESTING + 1))
    for _ in range(MAX_NESTING):
        scan.open()
    with pytest.raises(BadSyntax, match=f"no more than {MAX_NESTING}"):
        scan.open()


def test_a_list_that_is_over_is_not_counted() -> None:
    scan = scanner(b"()" * (MAX_NESTING + 9))
    for _ in range(MAX_NESTING + 9):
        assert scan.listed(scan.atom, empty=True) == ()
    scan.end()


def test_words_are_whole_and_in_any_case() -> None:
    scan = scanner(b"Return (x)")
    assert not scan.word(b"RET")
    assert scan.word(b"RETURN")
    assert scan.skip(b" (X")


@pytest.mark.parametrize(
    ("text", "read", "said"),
    [
        (b"ab", Scanner.number, "expected a number at octet 1 of the command, where there is 'ab'"),
        (b"", Scanner.space, "expected a space at octet 1 of the command, where there is its end"),
        (
            b"{1+}\r\nx",
            lambda scan: scan.atom(),
            "expected an atom at octet 1 of the command, where there is a literal",
        ),
        (
            b"{1+}\r\nx y",
            lambda scan: (scan.literal(), scan.number()),
            "expected a number at octet 1 behind literal 1 of the command, where there is ' y'",
        ),
        (
            b"\xff\x01'",
            lambda scan: scan.atom(),
            """expected an atom at octet 1 of the command, where there is "\\xff\\x01'\"""",
        ),
    ],
)
def test_it_says_where(text: bytes, read: Callable[[Scanner], object], said: str) -> None:
    with pytest.raises(BadSyntax) as error:
        read(scanner(text))
    assert str(error.value) == said
    assert said.isascii()


def test_nothing_may_be_left() -> None:
    scan = scanner(b"a {2+}\r\nxx")
    scan.atom()
    with pytest.raises(BadSyntax, match="the end of the command"):
        scan.end()
    scan.space()
    assert scan.at_literal
    scan.literal()
    scan.end()
