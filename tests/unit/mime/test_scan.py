import pytest

from gateway.mail.octets import MemoryOctets
from gateway.mime.scan import scan
from gateway.mime.structure import Bounds, Kind, Part, Scan, Span

BOUNDS = Bounds()


def read(text: str, bounds: Bounds = BOUNDS) -> Scan:
    return scan(MemoryOctets(text.replace("\n", "\r\n").encode()), bounds)


def outline(part: Part) -> object:
    """Number and kind, with the children's outlines."""
    label = f"{part.number}:{part.kind.name.lower()}:{part.content_type.full}"
    return [label, *map(outline, part.children)] if part.children else label


def whys(result: Scan) -> list[tuple[str, str, bool]]:
    return [(m.part, m.why, m.header_unsure) for m in result.malformed]


def test_a_message_without_mime_is_one_leaf() -> None:
    result = read("Subject: x\n\nbody\n")
    root = result.root
    assert outline(root) == ":leaf:text/plain"
    assert (root.header, root.body, root.encoding, root.depth) == (Span(0, 12), Span(14, 20), "7bit", 0)
    assert result.malformed == ()


def test_parts_have_imap_numbers() -> None:
    result = read(
        "Content-Type: multipart/mixed; boundary=o\n\n--o\n\none\n--o\nContent-Type: message/rfc822\n\n"
        "Content-Type: multipart/alternative; boundary=i\n\n--i\n\na\n"
        "--i\nContent-Type: text/html\n\nb\n--i--\n\n--o--\n"
    )
    assert outline(result.root) == [
        ":multipart:multipart/mixed",
        "1:leaf:text/plain",
        [
            "2:message:message/rfc822",
            ["2:multipart:multipart/alternative", "2.1:leaf:text/plain", "2.2:leaf:text/html"],
        ],
    ]
    assert result.malformed == ()


def test_a_message_that_is_a_message_is_part_one() -> None:
    nested = "Content-Type: message/rfc822\n\n" * 2 + "Subject: x\n\nx"
    assert outline(read(nested).root) == [
        ":message:message/rfc822",
        ["1:message:message/rfc822", "1.1:leaf:text/plain"],
    ]


def test_parts_of_a_digest_are_messages_by_default() -> None:
    result = read(
        "Content-Type: multipart/digest; boundary=o\n\n--o\n\nSubject: x\n\nx\n"
        "--o\nContent-Type: text/plain\n\nx\n--o--"
    )
    assert outline(result.root) == [
        ":multipart:multipart/digest",
        ["1:message:message/rfc822", "1:leaf:text/plain"],
        "2:leaf:text/plain",
    ]


@pytest.mark.parametrize(
    ("type_", "encoding", "kind"),
    [
        ("message/global", "8bit", Kind.MESSAGE),
        ("message/global", "Base64", Kind.LEAF),
        ("message/rfc822", "quoted-printable", Kind.LEAF),
        ("message/rfc822", "x-unknown", Kind.MESSAGE),
        ("message/delivery-status", "7bit", Kind.LEAF),
        ("text/rfc822-headers", "7bit", Kind.LEAF),
    ],
)
def test_inner_messages_are_read_where_their_octets_stand(type_: str, encoding: str, kind: Kind) -> None:
    result = read(f"Content-Type: {type_}\nContent-Transfer-Encoding: {encoding}\n\nSubject: x\n\nx")
    assert result.root.kind is kind


def test_the_outer_delimiter_ends_inner_parts() -> None:
    result = read(
        "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=oi\n\n--oi\n\nx\n"
        "--o\n\ny\n--o--\n"
    )
    assert outline(result.root) == [
        ":multipart:multipart/mixed",
        ["1:multipart:multipart/mixed", "1.1:leaf:text/plain"],
        "2:leaf:text/plain",
    ]
    assert whys(result) == [("1", "a multipart without its closing delimiter", False)]


def test_a_part_without_an_empty_line_is_all_header() -> None:
    part = read("Content-Type: multipart/mixed; boundary=o\n\n--o\nX: 1\n--o--").root.children[0]
    assert [field.name for field in part.fields] == ["X"]
    assert (part.header.stop, part.fields[0].stop, part.body) == (54, 54, Span(54, 54))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Content-Type: multipart/mixed\n\nü", "a multipart without a boundary parameter"),
        ("Content-Type: multipart/mixed; boundary=o\n\nü", "a multipart without parts"),
        ("Content-Type: multipart\n\nü", "a Content-Type without type and subtype"),
        ("Content-Type: a/b; x=1; x=2\n\nü", "the Content-Type has two parameters 'x'"),
        ("Content-Type: a/b\nContent-Type: a/c\n\nü", "more than one Content-Type field"),
        ("nonsense ü\n\n", "a line that is no header field"),
        (
            "Content-Type: message/global\nContent-Transfer-Encoding: base64\n\nü",
            "octets over 127 in an encoded message",
        ),
    ],
)
def test_where_readers_may_differ_octets_over_127_make_it_unsure(text: str, why: str) -> None:
    assert (why, True) in [(m.why, m.header_unsure) for m in read(text).malformed]
    assert True not in [m.header_unsure for m in read(text.replace("ü", "u")).malformed]


def test_two_encodings_are_told() -> None:
    result = read("Content-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: base64\n\nx")
    assert (result.root.encoding, whys(result)) == (
        "8bit",
        [("", "more than one Content-Transfer-Encoding field", False)],
    )


def test_nesting_is_bounded() -> None:
    result = read("Content-Type: message/rfc822\n\n" * 5 + "Subject: ü\n\nx", Bounds(depth=3))
    part, depth = result.root, 0
    while part.children:
        part, depth = part.children[0], depth + 1
    assert (depth, part.depth, part.kind) == (3, 3, Kind.LEAF)
    assert whys(result) == [("1.1.1", "nested more than 3 deep", True)]


def test_the_number_of_parts_is_bounded_over_the_whole_message() -> None:
    inner = "Content-Type: multipart/mixed; boundary=i\n\n" + "--i\n\nx\n" * 4 + "--i--\n"
    result = read("Content-Type: multipart/mixed; boundary=o\n\n" + f"--o\n{inner}" * 3 + "--o--\nü", Bounds(parts=8))
    made = [part for part in result.root.children for _ in (part, *part.children)]
    assert len(made) <= 10
    assert "too many parts, or lines that look like delimiters" in [m.why for m in result.malformed]


def test_the_number_of_fields_is_bounded() -> None:
    result = read("A: 1\nB: 2\nC: ü\n\nü", Bounds(fields=2))
    assert [field.name for field in result.root.fields] == ["A", "B"]
    assert [(m.span, m.why, m.header_unsure) for m in result.malformed] == [
        (Span(12, 23), "a header too long, or of too many fields", True)
    ]


def test_the_length_of_a_header_is_bounded() -> None:
    result = read("A: 1\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--", Bounds(header_octets=20))
    assert (result.root.kind, result.root.header, result.root.body.start) == (Kind.LEAF, Span(0, 49), 51)
    assert [(m.span.start, m.header_unsure) for m in result.malformed] == [(20, False)]
