"""GETMETADATA and SETMETADATA (RFC 5464 5), names of entries (3.2)."""

import pytest

from gateway.imap.wire.entries import MAX_ENTRIES
from gateway.imap.wire.framing import Literal, Piece
from gateway.imap.wire.metadata import (
    Depth,
    Getting,
    Setting,
    getmetadata_arguments,
    metadata,
    setmetadata_arguments,
)
from gateway.imap.wire.scanner import BadSyntax, Scanner


def _get(text: bytes) -> Getting:
    scanner = Scanner((Piece(text),), utf8=False)
    found = getmetadata_arguments(scanner)
    scanner.end()
    return found


def _set(*pieces: Piece) -> Setting:
    scanner = Scanner(pieces, utf8=False)
    found = setmetadata_arguments(scanner)
    scanner.end()
    return found


@pytest.mark.parametrize(
    ("text", "getting"),
    [
        (b' "" /shared/comment', Getting("", ("/shared/comment",))),
        (b" INBOX (/private/A /shared/b /private/a)", Getting("INBOX", ("/private/a", "/shared/b"))),
        (b" INBOX /private/a /shared/b", Getting("INBOX", ("/private/a", "/shared/b"))),
        (b" (DEPTH infinity) INBOX /private", Getting("INBOX", ("/private",), Depth.INFINITY)),
        (b" INBOX (MAXSIZE 10 depth 1) (/private/a)", Getting("INBOX", ("/private/a",), Depth.ONE, 10)),
        (b' INBOX "/private/a b(\\"c\\")"', Getting("INBOX", ('/private/a b("c")',))),
    ],
)
def test_what_is_asked_for(text: bytes, getting: Getting) -> None:
    assert _get(text) == getting


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" INBOX",
        b" INBOX ()",
        b" INBOX comment",
        b" INBOX /comment",
        b" INBOX /privates/a",
        b" INBOX /private//a",
        b" INBOX /private/a/",
        b' INBOX "/private/a*"',
        b' INBOX "/private/%"',
        b' INBOX "/private/\t"',
        b" (DEPTH 2) INBOX /private/a",
        b" (MAXSIZE x) INBOX /private/a",
        b" (MAXSIZE 1 INBOX /private/a",
        b" (DEPTH 1) (DEPTH 1) INBOX /private/a",
        b" INBOX (" + b" ".join(b"/private/%d" % number for number in range(MAX_ENTRIES + 1)) + b")",
    ],
)
def test_what_is_no_question(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        _get(text)


def test_values() -> None:
    pieces = (
        Piece(b' INBOX (/private/a "x" /shared/b NIL /private/vendor/x/C ', Literal(3, b"a\0b", binary=True)),
        Piece(b" /private/d ", Literal(2, b"\xc3\xa4")),
        Piece(b")"),
    )
    values = {"/private/a": b"x", "/shared/b": None, "/private/vendor/x/c": b"a\0b", "/private/d": b"\xc3\xa4"}
    assert _set(*pieces) == Setting("INBOX", values)


@pytest.mark.parametrize(
    "pieces",
    [
        (Piece(b" INBOX"),),
        (Piece(b" INBOX ()"),),
        (Piece(b" INBOX (/private/a)"),),
        (Piece(b" INBOX (/private/a b)"),),
        (Piece(b" INBOX /private/a NIL"),),
        (Piece(b" INBOX (/private NIL)"),),
        (Piece(b" INBOX (/shared/vendor/x NIL)"),),
        (Piece(b" INBOX (/private/a NIL /PRIVATE/A NIL)"),),
        (Piece(b" INBOX (/private/a ", Literal(3, b"a\0b")), Piece(b")")),
        (Piece(b" INBOX (/private/a ", Literal(3, None)), Piece(b")")),
    ],
)
def test_what_sets_nothing(pieces: tuple[Piece, ...]) -> None:
    with pytest.raises(BadSyntax):
        _set(*pieces)


@pytest.mark.parametrize(
    ("depth", "reached"),
    [
        (Depth.ZERO, {"/private/a"}),
        (Depth.ONE, {"/private/a", "/private/a/b"}),
        (Depth.INFINITY, {"/private/a", "/private/a/b", "/private/a/b/c"}),
    ],
)
def test_depth(depth: Depth, reached: set[str]) -> None:
    entries = ["/private/a", "/private/a/b", "/private/a/b/c", "/private/ab", "/private", "/private/c"]
    assert {entry for entry in entries if depth.reaches("/private/a", entry)} == reached


@pytest.mark.parametrize(
    ("value", "utf8", "wire"),
    [
        (None, False, b"NIL"),
        (b"", False, b'""'),
        (b'a "b"', False, b'"a \\"b\\""'),
        ("ä".encode(), False, b"{2}\r\n\xc3\xa4"),
        ("ä".encode(), True, '"ä"'.encode()),
        (b"\xff", True, b"{1}\r\n\xff"),
        (b"a\r\nb", True, b"{4}\r\na\r\nb"),
        (b"a\0b", False, b"~{3}\r\na\0b"),
    ],
)
def test_responses(value: bytes | None, utf8: bool, wire: bytes) -> None:
    assert metadata(b"INBOX", {"/private/a b": value}, utf8=utf8) == b'METADATA INBOX ("/private/a b" %b)' % wire
