"""The grammar of FETCH: every item of RFC 9051 9 fetch-att and of the extensions, and what is none."""

import pytest

from gateway.imap.wire.fetch import (
    DecodedSize,
    Fact,
    Fetch,
    Modifiers,
    Octets,
    Preview,
    Section,
    Text,
    Window,
    fetch,
    parse_section,
)
from gateway.imap.wire.framing import Literal, Piece
from gateway.imap.wire.partial import PartialRange
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.sets import SequenceSet
from gateway.store.uids import UidSet


def read(text: bytes) -> Fetch:
    scanner = Scanner((Piece(b" 1 " + text),), utf8=False)
    found = fetch(scanner)
    scanner.end()
    assert found.messages == SequenceSet(UidSet(((1, 1),)))
    return found


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (b"FAST", (Fact.FLAGS, Fact.INTERNALDATE, Fact.SIZE)),
        (b"all", (Fact.FLAGS, Fact.INTERNALDATE, Fact.SIZE, Fact.ENVELOPE)),
        (b"FULL", (Fact.FLAGS, Fact.INTERNALDATE, Fact.SIZE, Fact.ENVELOPE, Fact.BODY)),
        (b"body", (Fact.BODY,)),
        (b"BODYSTRUCTURE", (Fact.BODYSTRUCTURE,)),
        (b"(uid FLAGS uid)", (Fact.UID, Fact.FLAGS)),
        (b"(MODSEQ SAVEDATE EMAILID THREADID)", (Fact.MODSEQ, Fact.SAVEDATE, Fact.EMAILID, Fact.THREADID)),
        (b"RFC822.SIZE", (Fact.SIZE,)),
        (b"RFC822", (Octets(Section(), b"RFC822"),)),
        (b"rfc822.text", (Octets(Section(text=Text.TEXT), b"RFC822.TEXT"),)),
        (b"RFC822.HEADER", (Octets(Section(text=Text.HEADER), b"RFC822.HEADER", peek=True),)),
        (b"BODY[]", (Octets(Section(), b"BODY[]"),)),
        (b"BODY.PEEK[]<7.9>", (Octets(Section(), b"BODY[]<7>", Window(7, 9), peek=True),)),
        (b"BODY[1.2.mime]", (Octets(Section((1, 2), Text.MIME), b"BODY[1.2.MIME]"),)),
        (b"BODY[3.HEADER]", (Octets(Section((3,), Text.HEADER), b"BODY[3.HEADER]"),)),
        (
            b'BODY[HEADER.FIELDS (Date "From")]',
            (Octets(Section((), Text.FIELDS, (b"Date", b"From")), b"BODY[HEADER.FIELDS (Date From)]"),),
        ),
        (
            b"body[4.header.fields.not (x-a)]<0.1>",
            (Octets(Section((4,), Text.NOT_FIELDS, (b"x-a",)), b"BODY[4.HEADER.FIELDS.NOT (x-a)]<0>", Window(0, 1)),),
        ),
        (b"BINARY[1]", (Octets(Section((1,)), b"BINARY[1]", decoded=True),)),
        (b"BINARY.PEEK[]<1.2>", (Octets(Section(), b"BINARY[]<1>", Window(1, 2), peek=True, decoded=True),)),
        (b"BINARY.SIZE[1.2]", (DecodedSize(Section((1, 2))),)),
        (b"PREVIEW", (Preview(lazy=False),)),
        (b"(PREVIEW (LAZY) UID)", (Preview(lazy=True), Fact.UID)),
        (b"(UID PREVIEW)", (Fact.UID, Preview(lazy=False))),
    ],
)
def test_items(text: bytes, items: tuple[object, ...]) -> None:
    assert read(text).items == items


@pytest.mark.parametrize(
    ("text", "modifiers"),
    [
        (b"FLAGS (CHANGEDSINCE 12345)", Modifiers(changed_since=12345)),
        (b"FAST (changedsince 1 vanished)", Modifiers(changed_since=1, vanished=True)),
        (b"(UID) (PARTIAL -1:-30 CHANGEDSINCE 98305)", Modifiers(98305, partial=PartialRange(1, 30, from_end=True))),
        (b"(UID) (CHANGEDSINCE 98305 PARTIAL -30:-1)", Modifiers(98305, partial=PartialRange(30, 1, from_end=True))),
        (b"UID (PARTIAL 500:400)", Modifiers(partial=PartialRange(500, 400))),
        (b"PREVIEW (LAZY) (PARTIAL 1:1)", Modifiers(partial=PartialRange(1, 1))),
    ],
)
def test_modifiers(text: bytes, modifiers: Modifiers) -> None:
    assert read(text).modifiers == modifiers


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"()",
        b"(FLAGS",
        b"(FLAGS)x",
        b"(FLAGS  UID)",
        b"(ALL)",
        b"FLAGS UID",
        b"FLAGSX",
        b"NOTHING",
        b"BODY[",
        b"BODY[0]",
        b"BODY[1.]",
        b"BODY[.1]",
        b"BODY[01x]",
        b"BODY[4294967296]",
        b"BODY[MIME]",
        b"BODY[HEADER.1]",
        b"BODY[TEXT.1]",
        b"BODY[HEADER.FIELDS]",
        b"BODY[HEADER.FIELDS ()]",
        b"BODY[HEADER.FIELDS (From)",
        b"BODY[]<>",
        b"BODY[]<0>",
        b"BODY[]<0.0>",
        b"BODY[]<-1.1>",
        b"BODY[]<0.9223372036854775808>",
        b"BODY.PEEK",
        b"BODY.PEEK[1]<1.1",
        b"BINARY",
        b"BINARY[1.TEXT]",
        b"BINARY[1.]",
        b"BINARY.SIZE[1]<0.1>",
        b"PREVIEW (SLOW)",
        b"PREVIEW (LAZY",
        b"FLAGS ()",
        b"FLAGS (NONE)",
        b"FLAGS (CHANGEDSINCE)",
        b"FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 1)",
        b"FLAGS (PARTIAL 1)",
        b"FLAGS (PARTIAL 0:1)",
        b"FLAGS (PARTIAL -1:1)",
        b"FLAGS (PARTIAL 1:*)",
        b"FLAGS (PARTIAL 1:2 PARTIAL 1:2)",
    ],
)
def test_no_items(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(text)


@pytest.mark.parametrize("name", [b"", b"a b", b"a:b"])
def test_names_of_fields_are_any_strings(name: bytes) -> None:
    [wanted] = fetch(Scanner((Piece(b' 1 BODY[HEADER.FIELDS ("%b")]' % name),), utf8=False)).items
    assert isinstance(wanted, Octets)
    assert wanted.section == Section((), Text.FIELDS, (name,))


def test_names_of_fields_may_be_literals() -> None:
    pieces = (Piece(b" 1 BODY[HEADER.FIELDS (", Literal(4, b"From", binary=False)), Piece(b" To)]"))
    scanner = Scanner(pieces, utf8=False)
    (item,) = fetch(scanner).items
    scanner.end()
    assert item == Octets(Section((), Text.FIELDS, (b"From", b"To")), b"BODY[HEADER.FIELDS (From To)]")


def test_names_that_are_no_atoms_come_back_quoted() -> None:
    assert Section((), Text.FIELDS, (b'a"b', b"nil")).wire() == b'[HEADER.FIELDS ("a\\"b" "nil")]'


def test_thousands_of_part_numbers_are_no_trouble() -> None:
    (item,) = read(b"BODY[" + b".".join([b"1"] * 20_000) + b"]").items
    assert isinstance(item, Octets)
    assert len(item.section.part) == 20_000


@pytest.mark.parametrize("text", [b"", b"1.2", b"1.MIME", b"HEADER", b"2.HEADER.FIELDS (To)", b"TEXT"])
def test_a_section_alone(text: bytes) -> None:
    assert parse_section(text).wire() == b"[" + text + b"]"


@pytest.mark.parametrize("text", [b"1 ", b"MIME", b"HEADER.FIELDS", b"1.2.3.X", b"]"])
def test_no_section(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        parse_section(text)
