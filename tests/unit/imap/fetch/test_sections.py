"""Sections of the message of RFC 9051 6.4.5.1, of messages inside messages, and of what is broken."""

import pytest

from gateway.imap.fetch.sections import Sections
from gateway.imap.wire.fetch import Section, Text, Window, parse_section
from gateway.mail.octets import MemoryOctets


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def multipart(kind: str, boundary: str, *parts: str) -> str:
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\npreamble\n{body}--{boundary}--\n"


INNER_3 = "Subject: three\n" + multipart(
    "mixed", "c", "Content-Type: text/plain\n\n3.1", "Content-Type: application/octet-stream\n\n3.2"
)
ALTERNATIVE = multipart("alternative", "f", "\n4.2.2.1", "Content-Type: text/richtext\n\n4.2.2.2")
INNER_42 = "Subject: four two\n" + multipart("mixed", "e", "Content-Type: text/plain\n\n4.2.1", ALTERNATIVE)
FOUR = multipart("mixed", "d", "Content-Type: image/gif\n\n4.1", f"Content-Type: message/rfc822\n\n{INNER_42}")
COMPLEX = "Subject: s\nFrom: a@b.example\n" + multipart(
    "mixed",
    "a",
    "Content-Type: text/plain\nX-One: 1\n\n1",
    "Content-Type: application/octet-stream\n\n2",
    f"Content-Type: message/rfc822\n\n{INNER_3}",
    FOUR,
)


def section(message: str, name: str) -> str | None:
    found = Sections(MemoryOctets(crlf(message))).find(parse_section(name.encode()))
    if found is None:
        return None
    octets = bytes(found)
    assert len(octets) == len(found)
    assert b"".join(found.chunks()) == octets
    return octets.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", COMPLEX),
        ("HEADER", COMPLEX.partition("\n\n")[0] + "\n\n"),
        ("TEXT", COMPLEX.partition("\n\n")[2]),
        ("HEADER.FIELDS (FROM X-Nothing)", "From: a@b.example\n\n"),
        ("HEADER.FIELDS.NOT (content-type from)", "Subject: s\n\n"),
        ("HEADER.FIELDS (nothing)", "\n"),
        ("1", "1"),
        ("1.MIME", "Content-Type: text/plain\nX-One: 1\n\n"),
        ("2", "2"),
        ("3", INNER_3),
        ("3.MIME", "Content-Type: message/rfc822\n\n"),
        ("3.HEADER", INNER_3.partition("\n\n")[0] + "\n\n"),
        ("3.TEXT", INNER_3.partition("\n\n")[2]),
        ("3.HEADER.FIELDS (subject)", "Subject: three\n\n"),
        ("3.HEADER.FIELDS.NOT (content-type)", "Subject: three\n\n"),
        ("3.1", "3.1"),
        ("3.2", "3.2"),
        ("4", FOUR.partition("\n\n")[2]),
        ("4.MIME", FOUR.partition("\n\n")[0] + "\n\n"),
        ("4.1", "4.1"),
        ("4.1.MIME", "Content-Type: image/gif\n\n"),
        ("4.2", INNER_42),
        ("4.2.HEADER", INNER_42.partition("\n\n")[0] + "\n\n"),
        ("4.2.TEXT", INNER_42.partition("\n\n")[2]),
        ("4.2.1", "4.2.1"),
        ("4.2.2", ALTERNATIVE.partition("\n\n")[2]),
        ("4.2.2.1", "4.2.2.1"),
        ("4.2.2.1.MIME", "\n"),
        ("4.2.2.2", "4.2.2.2"),
        ("5", None),
        ("1.1", None),
        ("1.HEADER", None),
        ("1.TEXT", None),
        ("4.HEADER", None),
        ("4.2.2.HEADER", None),
        ("4.2.3", None),
        ("3.1.HEADER", None),
        ("4294967295", None),
    ],
)
def test_the_message_of_the_rfc(name: str, text: str | None) -> None:
    assert section(COMPLEX, name) == text


SINGLE = "Subject: s\nContent-Type: text/plain\n\nbody\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1", "body\n"),
        ("1.MIME", "Subject: s\nContent-Type: text/plain\n\n"),
        ("TEXT", "body\n"),
        ("1.TEXT", None),
        ("1.HEADER", None),
        ("2", None),
        ("1.1", None),
    ],
)
def test_a_message_of_one_part(name: str, text: str | None) -> None:
    assert section(SINGLE, name) == text


NESTED = f"Content-Type: message/rfc822\n\nContent-Type: message/global\nX: 1\n\n{SINGLE}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1", NESTED.partition("\n\n")[2]),
        ("1.HEADER", "Content-Type: message/global\nX: 1\n\n"),
        ("1.TEXT", SINGLE),
        ("1.1", SINGLE),
        ("1.1.MIME", "Content-Type: message/global\nX: 1\n\n"),
        ("1.1.HEADER", "Subject: s\nContent-Type: text/plain\n\n"),
        ("1.1.HEADER.FIELDS (subject)", "Subject: s\n\n"),
        ("1.1.TEXT", "body\n"),
        ("1.1.1", "body\n"),
        ("1.1.1.HEADER", None),
        ("1.1.1.1", None),
        ("1.2", None),
    ],
)
def test_messages_that_are_messages(name: str, text: str | None) -> None:
    assert section(NESTED, name) == text


ENCODED = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogcwo=\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1", "U3ViamVjdDogcwo=\n"),
        ("1.HEADER", ""),
        ("1.HEADER.FIELDS (subject)", ""),
        ("1.TEXT", "U3ViamVjdDogcwo=\n"),
        ("1.1", "U3ViamVjdDogcwo=\n"),
        ("1.1.MIME", ""),
        ("1.1.1", None),
        ("1.1.TEXT", None),
    ],
)
def test_an_encoded_message_inside_is_one_text(name: str, text: str | None) -> None:
    assert section(ENCODED, name) == text


def test_headers_without_an_end() -> None:
    for name in ("", "HEADER", "HEADER.FIELDS.NOT (x)", "HEADER.FIELDS (subject)"):
        assert section("Subject: s", name) == "Subject: s"
    assert section("Subject: s", "TEXT") == ""
    assert section("\nbody", "HEADER") == "\n"
    assert section("", "HEADER.FIELDS (subject)") == ""


def test_garbage_is_in_the_header_but_no_field() -> None:
    message = "Subject: s\nno field\nFrom: a\n\n"
    assert section(message, "HEADER.FIELDS (subject from no)") == "Subject: s\nFrom: a\n\n"
    assert section(message, "HEADER.FIELDS.NOT (subject)") == "no field\nFrom: a\n\n"


def test_folded_and_repeated_fields() -> None:
    message = "To: a,\n b\nReceived: 1\nto : c\n\n"
    assert section(message, "HEADER.FIELDS (TO)") == "To: a,\n b\nto : c\n\n"


@pytest.mark.parametrize("start", range(8))
@pytest.mark.parametrize("size", [1, 2, 3, 100, (1 << 63) - 1])
def test_windows_of_fields_go_over_gaps(start: int, size: int) -> None:
    octets = MemoryOctets(b"A: 1\r\nB: 2\r\nA: 3\r\n\r\n")
    whole = Sections(octets).find(parse_section(b"HEADER.FIELDS (a)"))
    assert whole is not None
    assert bytes(whole.within(Window(start, size))) == b"A: 1\r\nA: 3\r\n\r\n"[start : start + size]


def test_a_window_over_the_end_is_empty() -> None:
    whole = Sections(MemoryOctets(b"abc")).find(Section())
    assert whole is not None
    assert bytes(whole.within(Window(3, 1))) == bytes(whole.within(Window(1 << 62, 1 << 62))) == b""


def test_numbers_without_end_cost_nothing() -> None:
    assert Sections(MemoryOctets(crlf(SINGLE))).find(Section((1,) * 50_000)) is None
    deep = "Content-Type: message/rfc822\n\n" * 500
    assert Sections(MemoryOctets(crlf(deep))).find(Section((1,) * 50_000)) is None


@pytest.mark.parametrize(
    "header",
    [
        "From: a\nTo: b\nX-From: c\n from: d\nFROM :e\nFrom\t: f\n\tg\nFromage: h\nno field\nfrom: i",
        "\nFrom: body",
        " From: folded first\nFrom: b\n\n",
        "From:\n\n",
        "from: a\rfrom: b\nX: \rFrom: c\n\n",
    ],
)
def test_few_names_are_found_as_many_are(header: str) -> None:
    octets = MemoryOctets(crlf(header))
    many = tuple(f"x-nothing-{n}".encode() for n in range(100))
    for text in (Text.FIELDS, Text.NOT_FIELDS):
        few = Sections(octets).find(Section((), text, (b"From",)))
        all_of_them = Sections(octets).find(Section((), text, (b"From", *many)))
        assert few is not None
        assert all_of_them is not None
        assert bytes(few) == bytes(all_of_them)
