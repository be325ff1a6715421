"""Names of mailboxes and patterns: what LIST shows can be named again, patterns mean what regular expressions do."""

import re
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.imap.wire import strings
from gateway.imap.wire.completion import Refusal
from gateway.imap.wire.framing import Literal, Piece
from gateway.imap.wire.listing import Listing, list_arguments
from gateway.imap.wire.names import mailbox_name
from gateway.imap.wire.patterns import Pattern, pattern
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.mail import modified_utf7
from gateway.mail.modified_utf7 import NotModifiedUtf7
from gateway.mail.normal_form import normal
from gateway.store.errors import NotPossible
from gateway.store.names import INBOX, levels_of, name_of

ODD = st.text(st.sampled_from('ab&-/%*"\\ äößИ日😀\u0301,+'), max_size=20)
NAMES = st.one_of(ODD, st.text(max_size=30))
LETTERS = "abI%*/"
PATTERNS = st.text(st.sampled_from(LETTERS + "nBoX"), max_size=12)
SHORT = st.one_of(
    st.text(st.sampled_from("abI/x"), max_size=10),
    st.sampled_from(["INBOX", "INBOX/a", "INBOX/INBOX", "INBOXa", "Inbox"]),
)


@given(st.text())
def test_modified_utf7_has_one_form(text: str) -> None:
    try:
        name = modified_utf7.decode(text)
    except NotModifiedUtf7:
        return
    assert text.isascii()
    assert modified_utf7.encode(name) == text


@given(st.text(st.sampled_from("&-,+/ABCDEQUO a~\t"), max_size=16))
@example("&AOQ-&AOQ-")
@example("&-&AOQ-")
def test_what_is_taken_is_what_would_be_written(text: str) -> None:
    try:
        name = modified_utf7.decode(text)
    except NotModifiedUtf7:
        assert modified_utf7.encode(modified_utf7.decode_any(text)) != text
        return
    assert modified_utf7.encode(name) == text


def _read(octets: bytes, *, utf8: bool) -> str:
    """A name as it stands in a response, given to a command."""
    announced = re.fullmatch(rb"\{(\d+)\}\r\n(.*)", octets, re.DOTALL)
    if announced is None:
        scanner = Scanner((Piece(octets),), utf8=utf8)
    else:
        scanner = Scanner((Piece(b"", Literal(int(announced[1]), announced[2])), Piece(b"")), utf8=utf8)
    name = mailbox_name(scanner)
    scanner.end()
    return name


@given(NAMES, st.booleans())
def test_what_is_listed_can_be_named(name: str, utf8: bool) -> None:
    try:
        kept = name_of(levels_of(name))
    except NotPossible:
        return
    shown = strings.mailbox(kept, utf8=utf8)
    assert utf8 or shown.isascii()
    assert _read(shown, utf8=utf8) == kept


@given(st.binary(max_size=40), st.booleans())
def test_any_octets_are_a_name_or_refused(octets: bytes, utf8: bool) -> None:
    pieces = Piece(b"", Literal(len(octets), octets)), Piece(b"")
    try:
        name = mailbox_name(Scanner(pieces, utf8=utf8))
    except (BadSyntax, Refusal):
        return
    assert _read(strings.string(name.encode(), utf8=True), utf8=True) == name


def _oracle(text: str) -> "re.Pattern[str]":
    parts = [".*" if letter == "*" else "[^/]*" if letter == "%" else re.escape(letter) for letter in text]
    return re.compile("".join(parts), re.DOTALL)


def _expected(text: str, name: str) -> bool:
    if name != INBOX and not name.startswith(INBOX + "/"):
        return _oracle(text).fullmatch(name) is not None
    cases = ("".join(letters) for letters in product(*((letter, letter.lower()) for letter in INBOX)))
    return any(_oracle(text).fullmatch(case + name[len(INBOX) :]) for case in cases)


@given(PATTERNS, SHORT)
@example("*%", "a/b")
@example("%*a", "b/a")
@example("%%", "ab")
@example("inb%", "INBOX")
@example("", "")
def test_patterns_mean_what_regular_expressions_do(text: str, name: str) -> None:
    found = pattern(b"", text.encode(), utf8_names=True)
    assert found is not None
    assert found.matches(name) == _expected(text, name)


@given(PATTERNS, SHORT, SHORT)
def test_what_cannot_be_below_is_not(text: str, root: str, name: str) -> None:
    found = pattern(b"", text.encode(), utf8_names=True)
    assert found is not None
    if found.matches(f"{root}/{name}") and not f"{root}/{name}".startswith(INBOX):
        assert found.may_match_below(f"{root}/")


@given(NAMES, st.booleans())
def test_a_name_is_a_pattern_of_itself(name: str, utf8: bool) -> None:
    if re.search(r"[%*\ud800-\udfff]", name):
        return
    octets = name.encode() if utf8 else modified_utf7.encode(name).encode()
    found = pattern(b"", octets, utf8_names=utf8)
    assert found is not None
    assert found.matches(normal("NFC", name)) or len(name) > 250


@given(st.binary(max_size=80), st.booleans())
@example(b' (SUBSCRIBED) "" (a b) RETURN (STATUS (MESSAGES) METADATA (/private/x))', False)
def test_any_octets_are_a_list_or_an_error(octets: bytes, utf8: bool) -> None:
    try:
        listing = list_arguments(Scanner((Piece(octets),), utf8=utf8))
    except (BadSyntax, Refusal):
        return
    assert isinstance(listing, Listing)


def test_hostile_patterns_end() -> None:
    """A regular expression would still be at it when the universe is cold."""
    hostile = Pattern(tuple(["a", "*", "a", "%"] * 500 + ["b"]))
    assert not hostile.matches("a" * 5000)
