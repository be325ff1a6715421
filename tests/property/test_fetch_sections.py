"""Sections of random trees of parts against an oracle that builds the message and knows where everything is; windows
are slices of the whole; whatever a client writes is read or refused."""

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.imap.fetch.sections import Sections
from gateway.imap.wire.fetch import Section, Text, Window, fetch, parse_section
from gateway.imap.wire.framing import Piece
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.mail.octets import MemoryOctets

TEXTS = st.lists(st.sampled_from([b"line", b"", b"--", b"-- ", b"a: b"]), max_size=4).map(b"\r\n".join)


@dataclass(frozen=True)
class Leaf:
    text: bytes


@dataclass(frozen=True)
class Multipart:
    parts: "tuple[Tree, ...]"


@dataclass(frozen=True)
class Message:
    inner: "Tree"


Tree = Leaf | Multipart | Message
TREES: st.SearchStrategy[Tree] = st.recursive(
    TEXTS.map(Leaf),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Multipart(tuple(parts))), inner.map(Message)
    ),
    max_leaves=8,
)


def head(tree: Tree, depth: int) -> bytes:
    match tree:
        case Leaf():
            return b"X-Depth: %d\r\nContent-Type: text/plain\r\n\r\n" % depth
        case Multipart():
            return b"X-Depth: %d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (depth, depth)
        case Message():
            return b"X-Depth: %d\r\nContent-Type: message/rfc822\r\n\r\n" % depth


def body(tree: Tree, depth: int) -> bytes:
    match tree:
        case Leaf(text):
            return text
        case Multipart(parts):
            pieces = [b"--b%d\r\n%b%b\r\n" % (depth, head(part, depth + 1), body(part, depth + 1)) for part in parts]
            return b"preamble\r\n%b--b%d--\r\nepilogue" % (b"".join(pieces), depth)
        case Message(inner):
            return head(inner, depth + 1) + body(inner, depth + 1)


Known = tuple[Section, bytes]


def of_message(tree: Tree, number: tuple[int, ...], depth: int) -> Iterator[Known]:
    """A message with this number, or the whole one."""
    header, text = head(tree, depth), body(tree, depth)
    depth_field = header[: header.index(b"\r\n") + 2] + b"\r\n"
    yield Section(number, Text.HEADER), header
    yield Section(number, Text.TEXT), text
    yield Section(number, Text.FIELDS, (b"x-DEPTH",)), depth_field
    yield Section(number, Text.NOT_FIELDS, (b"content-type",)), depth_field
    if isinstance(tree, Multipart):
        yield from of_children(tree, number, depth)
    else:
        yield from of_part(tree, (*number, 1), depth)


def of_children(tree: Multipart, number: tuple[int, ...], depth: int) -> Iterator[Known]:
    for at, part in enumerate(tree.parts, 1):
        yield from of_part(part, (*number, at), depth + 1)


def of_part(tree: Tree, number: tuple[int, ...], depth: int) -> Iterator[Known]:
    yield Section(number), body(tree, depth)
    yield Section(number, Text.MIME), head(tree, depth)
    match tree:
        case Multipart():
            yield from of_children(tree, number, depth)
        case Message(inner):
            yield from of_message(inner, number, depth + 1)
        case Leaf():
            pass


@given(TREES)
@settings(deadline=None)
def test_all_sections_are_where_they_were_put(tree: Tree) -> None:
    whole = head(tree, 0) + body(tree, 0)
    octets = MemoryOctets(whole)
    known = dict(of_message(tree, (), 0))
    for section, expected in known.items():
        found = Sections(octets).find(section)
        assert found is not None, section
        assert bytes(found) == expected, section
        assert parse_section(section.wire()[1:-1]) == section
    numbers = {section.part for section in known}
    for number in numbers:
        for other in (*((*number, 1),), (*number[:-1], number[-1] + 1) if number else (2,)):
            if other not in numbers:
                assert Sections(octets).find(Section(other)) is None
    whole_found = Sections(octets).find(Section())
    assert whole_found is not None
    assert bytes(whole_found) == whole


@given(TREES, st.integers(0, 300), st.integers(1, 300), st.data())
@settings(deadline=None)
def test_a_window_is_a_slice_of_the_whole(tree: Tree, start: int, size: int, data: st.DataObject) -> None:
    octets = MemoryOctets(head(tree, 0) + body(tree, 0))
    section = data.draw(st.sampled_from([section for section, _ in of_message(tree, (), 0)]))
    found = Sections(octets).find(section)
    assert found is not None
    window = found.within(Window(start, size))
    assert bytes(window) == bytes(found)[start : start + size]
    assert len(window) == len(bytes(window))


WORDS = st.sampled_from(
    [
        *("BODY", "[", "]", "1", ".", "2", "HEADER", ".FIELDS", ".NOT", "(", ")", " ", "TEXT", "MIME", "<", ">", "0"),
        *(
            "BINARY",
            ".PEEK",
            ".SIZE",
            "RFC822",
            "UID",
            "FLAGS",
            "99999999999",
            "-",
            "From",
            '"',
            "\\",
            "PREVIEW",
            "LAZY",
        ),
        *("CHANGEDSINCE", "VANISHED", "PARTIAL", ":", "ALL", "\x00", "é", "{", "*", "%"),
    ]
)


@given(st.one_of(st.lists(WORDS, max_size=12).map("".join), st.text(max_size=30)))
def test_whatever_a_client_writes_is_read_or_refused(text: str) -> None:
    scanner = Scanner((Piece(b" 1 " + text.encode().replace(b"\r", b"").replace(b"\n", b"")),), utf8=False)
    try:
        found = fetch(scanner)
        scanner.end()
    except BadSyntax:
        return
    assert found.items


@given(st.one_of(st.lists(WORDS, max_size=8).map("".join), st.text(max_size=20)), st.binary(max_size=60))
def test_any_section_of_any_octets_is_found_or_not(text: str, octets: bytes) -> None:
    try:
        section = parse_section(text.encode().replace(b"\r", b"").replace(b"\n", b""))
    except BadSyntax:
        return
    found = Sections(MemoryOctets(octets)).find(section)
    assert found is None or bytes(found) in octets or section.fields
