"""What a client writes in any of the forms that the grammar has is read back as the same value; and what we write is
read as the same by a client."""

import datetime
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.imap.wire import strings
from gateway.imap.wire.completion import Refusal
from gateway.imap.wire.date_time import parse_date_time
from gateway.imap.wire.flags import flag_list
from gateway.imap.wire.framing import Announced, Framer, Piece, Whole
from gateway.imap.wire.names import mailbox_name
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.sets import STAR
from gateway.mail import modified_utf7
from gateway.mail.modified_utf7 import NotModifiedUtf7
from gateway.store.flags import Flags, System
from tests.support.imap_grammar import Cursor

ATOM = "!#$&'+,-./0123456789:;<=>?@ABCXYZ^_`abcxyz|}~"
SYSTEM = {System.ANSWERED: b"\\Answered", System.SEEN: b"\\seen", System.DELETED: b"\\DELETED"}
texts = st.binary(max_size=60).filter(lambda octets: b"\0" not in octets)
names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)
ways = st.sampled_from(["quoted", "literal", "plus", "atom"])


def pieces_of(command: bytes) -> tuple[Piece, ...]:
    """As the framer cuts a command."""
    framer = Framer(1 << 20)
    framer.feed(command + b"\r\n")
    while isinstance(event := framer.next(), Announced):
        framer.keep()
    assert isinstance(event, Whole), event
    assert framer.between_commands
    return event.pieces


def written(octets: bytes, way: str, *, utf8: bool = False) -> bytes:
    """As an astring of that form, where it can have it; else as a literal."""
    if way == "atom" and octets and octets.decode("latin-1").strip(ATOM + "]") == "":
        return octets
    if way == "quoted" and not set(octets) & {10, 13} and (utf8 or octets.isascii()):
        return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return b"{%d%b}\r\n%b" % (len(octets), b"+" * (way == "plus"), octets)


def scanner(command: bytes, *, utf8: bool = False) -> Scanner:
    return Scanner(pieces_of(command), utf8=utf8)


@given(st.lists(st.tuples(texts, ways), min_size=1, max_size=6))
def test_strings(given_texts: list[tuple[bytes, str]]) -> None:
    reader = scanner(b" ".join(written(octets, way) for octets, way in given_texts))
    for number, (octets, _) in enumerate(given_texts):
        if number:
            reader.space()
        assert reader.astring() == octets
    reader.end()


@given(names, ways, st.booleans())
def test_mailbox_names(name: str, way: str, utf8: bool) -> None:
    octets = name.encode() if utf8 else modified_utf7.encode(name).encode()
    reader = scanner(written(octets, way, utf8=utf8), utf8=utf8)
    assert mailbox_name(reader) == name
    reader.end()


@given(names, st.booleans())
def test_mailbox_names_to_the_client(name: str, utf8: bool) -> None:
    cursor = Cursor(strings.mailbox(name, utf8=utf8), utf8=utf8)
    read = cursor.mailbox()
    assert cursor.over
    assert (read if utf8 else modified_utf7.decode(read)) == name


@given(st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20), max_size=20))
def test_modified_utf7_has_one_form(text: str) -> None:
    """What decodes is exactly what the name encodes to (RFC 3501 5.1.3: no superfluous shifts)."""
    try:
        name = modified_utf7.decode(text)
    except NotModifiedUtf7:
        return
    assert modified_utf7.encode(name) == text


@given(texts, st.booleans())
def test_strings_to_the_client(octets: bytes, utf8: bool) -> None:
    assume(not utf8 or octets.decode("utf-8", "ignore").encode() == octets)
    for written_so in (strings.string(octets, utf8=utf8), strings.astring(octets, utf8=utf8)):
        cursor = Cursor(written_so, utf8=utf8)
        assert cursor.astring() == octets
        assert cursor.over
    cursor = Cursor(strings.nstring(octets, utf8=utf8), utf8=utf8)
    assert cursor.nstring() == octets


ends = st.one_of(st.integers(1, 12), st.integers(1, (1 << 32) - 1), st.just(STAR))
pairs = st.lists(st.tuples(ends, st.none() | ends), min_size=1, max_size=8)


def end(number: int) -> str:
    return "*" if number == STAR else str(number)


@given(pairs, st.integers(0, 20))
def test_sets(given_pairs: list[tuple[int, int | None]], highest: int) -> None:
    text = ",".join(end(low) if high is None else f"{end(low)}:{end(high)}" for low, high in given_pairs)
    reader = scanner(text.encode())
    read = reader.sequence_set()
    reader.end()
    wanted = set[int]()
    for low, high in given_pairs:
        first, last = (highest if each == STAR else each for each in (low, low if high is None else high))
        wanted |= {each for each in range(1, highest + 1) if min(first, last) <= each <= max(first, last)}
    assert {each for each in range(1, highest + 1) if each in read.upto(highest)} == wanted


@given(st.text("0123456789:,*$", max_size=12))
def test_what_is_no_set_is_refused(text: str) -> None:
    reader = scanner(text.encode())
    try:
        read = reader.sequence_set()
        reader.end()
    except BadSyntax:
        return
    assert read.saved == (text == "$")
    assert read.saved or all(0 < each <= STAR for pair in (*read.numbers.ranges, read.ends) for each in pair)


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
moments = st.integers(-62_000_000_000, 253_000_000_000)
"""Seconds: from the year 5 to the year 9987."""
zones = st.integers(-14 * 60, 14 * 60)


@given(moments, zones, st.booleans())
def test_dates(moment: int, zone: int, capitals: bool) -> None:
    known = (EPOCH + datetime.timedelta(seconds=moment)).astimezone(datetime.timezone(datetime.timedelta(minutes=zone)))
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][known.month - 1]
    clock = f"{known.hour:02}:{known.minute:02}:{known.second:02}"
    offset = f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02}{abs(zone) % 60:02}"
    text = f"{known.day:2}-{month.upper() if capitals else month}-{known.year:04} {clock} {offset}"
    assert parse_date_time(text.encode()) == float(moment)


keywords = st.text(st.sampled_from(ATOM), min_size=1, max_size=10)


@given(st.sets(st.sampled_from(sorted(SYSTEM))), st.lists(keywords, unique_by=str.lower, max_size=5))
def test_flags(system: set[System], words: list[str]) -> None:
    listed = [*(SYSTEM[each] for each in system), *(word.encode() for word in words)]
    reader = scanner(b"(" + b" ".join(listed) + b")")
    total = System(0)
    for each in system:
        total |= each
    assert flag_list(reader) == Flags(total, frozenset(words))
    reader.end()


TOKENS: tuple[Callable[[Scanner], object], ...] = (
    Scanner.astring,
    Scanner.nstring,
    Scanner.atom,
    Scanner.flag,
    Scanner.sequence_set,
    Scanner.list_mailbox,
    Scanner.number64,
    Scanner.any_literal,
    mailbox_name,
    flag_list,
)


def refused(token: Callable[[Scanner], object], reader: Scanner) -> str:
    """Why; empty: it was read."""
    try:
        token(reader)
    except BadSyntax as error:
        return str(error)
    except Refusal as refusal:
        return refusal.completion.text
    return ""


@pytest.mark.parametrize("utf8", [False, True])
@given(st.binary(max_size=80))
def test_arbitrary_octets_are_read_or_refused(utf8: bool, octets: bytes) -> None:
    """By every token, and with a reason that can be sent."""
    framer = Framer(1 << 10)
    framer.feed(octets.replace(b"\n", b"") + b"\r\n")
    while isinstance(event := framer.next(), Announced):
        framer.keep()
    if not isinstance(event, Whole):
        return
    for token in TOKENS:
        why = refused(token, Scanner(event.pieces, utf8=utf8))
        assert why.isascii()
        assert why.isprintable()
