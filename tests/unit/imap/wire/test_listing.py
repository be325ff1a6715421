"""LIST: arguments and responses (RFC 9051 6.3.9, RFC 5258)."""

import pytest

from gateway.imap.wire.completion import Refusal
from gateway.imap.wire.framing import Piece
from gateway.imap.wire.listing import MAX_PATTERNS, Listing, Row, Select, Wanted, list_arguments, lsub_arguments
from gateway.imap.wire.patterns import LONGEST, pattern
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.status import Item


def read(text: bytes, *, utf8: bool = False) -> Listing:
    scanner = Scanner((Piece(text),), utf8=utf8)
    listing = list_arguments(scanner)
    scanner.end()
    return listing


@pytest.mark.parametrize("text", [b' "" *', b' "" "*"', b' "" [%]', b" a/ %", b' "a b" c', b' inbox ""'])
def test_the_basic_syntax(text: bytes) -> None:
    assert not read(text).extended


@pytest.mark.parametrize(
    "text",
    [b' () "" *', b' "" (*)', b' "" * RETURN ()', b' (REMOTE subscribed) "" (a "b") return (children STATUS (SIZE))'],
)
def test_the_extended_syntax(text: bytes) -> None:
    assert read(text).extended


def test_options() -> None:
    listing = read(
        b' (SUBSCRIBED REMOTE RECURSIVEMATCH subscribed SPECIAL-USE) "" *'
        b" RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES messages UNSEEN) MYRIGHTS SPECIAL-USE"
        b" METADATA (/PRIVATE/a /shared/b))"
    )
    assert listing.select == {Select.SUBSCRIBED, Select.REMOTE, Select.RECURSIVEMATCH, Select.SPECIAL_USE}
    assert listing.criteria == {Select.SUBSCRIBED, Select.SPECIAL_USE}
    status = frozenset({Item.MESSAGES, Item.UNSEEN})
    assert listing.wanted == Wanted(subscribed=True, myrights=True, status=status, metadata=("/private/a", "/shared/b"))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b' ""',
        b' "" ()',
        b' "" * RETURN',
        b' "" * RETURN(',
        b' "" * SUBSCRIBED',
        b' (RECURSIVEMATCH) "" *',
        b' (RECURSIVEMATCH REMOTE) "" *',
        b' (X) "" *',
        b' (SUBSCRIBED "" *',
        b' "" * RETURN (X)',
        b' "" * RETURN (METADATA ())',
        b' "" * RETURN (METADATA (comment))',
        b' "" * RETURN (STATUS ())',
        b' "" * RETURN (STATUS (FROBS))',
        b' "" a b',
        b' "" "\xc3\xa4"',
        b' "" \xc3\xa4',
        b" (",
        b' ((SUBSCRIBED)) "" *',
    ],
)
def test_what_is_no_list(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(text)


def test_too_many_patterns() -> None:
    many = b" ".join(b"a%d" % number for number in range(MAX_PATTERNS + 1))
    with pytest.raises(Refusal, match=f"{MAX_PATTERNS} patterns"):
        read(b' "" (%b)' % many)
    same = b" ".join([b"a"] * 1000)
    assert len(read(b' "" (%b)' % same).patterns) == 1


def test_nothing_asks_for_the_separator() -> None:
    assert read(b' "" ""').root
    assert not read(b' "" ("")').root
    assert read(b' "" ("")').patterns == ()
    assert lsub_arguments(Scanner((Piece(b' "" ""'),), utf8=False)).root


@pytest.mark.parametrize(
    ("reference", "text"), [(b"", b"a&b"), (b"&", b"*"), (b"", b"&AOQ*"), (b"", b"a" * (LONGEST + 1))]
)
def test_patterns_that_no_name_fits(reference: bytes, text: bytes) -> None:
    assert pattern(reference, text, utf8_names=False) is None


@pytest.mark.parametrize(
    ("reference", "text", "utf8", "fits"),
    [
        (b"", b"R&-D*", False, "R&D/x"),
        (b"&AOQ-", b"%&APY-", False, "ä ö"),
        (b"R&-D/", b"%", False, "R&D/ä"),
        (b"R&D/", b"%", True, "R&D/ä"),
        (b"", "a\u0308%".encode(), True, "ä!"),
        (b"in", b"BOX/%", False, "INBOX/x"),
        (b"a*b/", b"%", False, "a*b/c"),
    ],
)
def test_patterns_that_a_name_fits(reference: bytes, text: bytes, utf8: bool, fits: str) -> None:
    found = pattern(reference, text, utf8_names=utf8)
    assert found is not None
    assert found.matches(fits)


def test_a_reference_has_no_wildcards() -> None:
    found = pattern(b"a*b/", b"%", utf8_names=False)
    assert found is not None
    assert not found.matches("axb/c")


@pytest.mark.parametrize(
    ("row", "wire"),
    [
        (Row("INBOX"), b'LIST () "/" INBOX'),
        (Row("a", (b"\\HasChildren", b"\\Subscribed")), b'LIST (\\HasChildren \\Subscribed) "/" "a"'),
        (Row("foo", childinfo=(Select.SUBSCRIBED,)), b'LIST () "/" "foo" ("CHILDINFO" ("SUBSCRIBED"))'),
        (Row("Neu ä", oldname="R&D"), b'LIST () "/" "Neu &AOQ-" ("OLDNAME" ("R&-D"))'),
        (
            Row("a", childinfo=(Select.SPECIAL_USE, Select.SUBSCRIBED), oldname="b"),
            b'LIST () "/" "a" ("CHILDINFO" ("SPECIAL-USE" "SUBSCRIBED") "OLDNAME" ("b"))',
        ),
        (Row('q"\\'), b'LIST () "/" "q\\"\\\\"'),
        (Row(""), b'LIST () "/" ""'),
    ],
)
def test_responses(row: Row, wire: bytes) -> None:
    assert row.wire(utf8=False) == wire


def test_responses_in_utf8() -> None:
    assert Row("R&D ä").wire(utf8=True) == 'LIST () "/" "R&D ä"'.encode()
