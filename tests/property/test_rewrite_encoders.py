"""Whatever the text: ASCII in short lines comes out, and an independent reader finds the same text in it."""

import base64
import quopri
import re
from email import message_from_string
from email.header import decode_header
from email.utils import collapse_rfc2231_value, getaddresses

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.address import parse_address
from gateway.mime.tokens import tokens
from gateway.rewrite.encoded_word import Place, encoded_words
from gateway.rewrite.folding import NoAsciiForm
from gateway.rewrite.header_edits import BadField, field_line
from gateway.rewrite.header_field import ascii_field
from gateway.rewrite.transfer_encoding import Coding, coded

NAMES = st.sampled_from(["Subject", "X-Report", "Comments", "A", "X-" + "a" * 60])
PRINTABLE = st.characters(min_codepoint=33, exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"))
WORDS = st.one_of(
    st.text(PRINTABLE, min_size=1, max_size=90).filter(lambda text: "=?" not in text and "\\" not in text),
    st.sampled_from(
        ["=?utf-8?q?=C3=A4?=", "=?ISO-8859-1?Q?a?=", "Zażółć", "障害が発生しました", "alert", "[FIRING:1]"]
    ),
)
BLANKS = st.sampled_from([" ", "  ", "\t", "\r\n ", "\r\n\t"])
STRUCTURED = st.text(st.sampled_from("aÄ障 \t\"\\()<>@,;:.[]=?*'%0123utf-8qb"), max_size=60)
ADDRESSES = st.sampled_from(["a@b.example", "joerg@bücher.example", "x.y@xn--bcher-kva.example"])
DISPLAYED = st.text(PRINTABLE | st.just(" "), min_size=1, max_size=60).filter(lambda text: "=?" not in text)


def decoded(text: str) -> str:
    """As `decode_header` reads it, unfolded."""
    pieces = decode_header(re.sub(r"\r\n(?=[ \t])", "", text))
    return "".join(p if isinstance(p, str) else p.decode(charset or "raw-unicode-escape") for p, charset in pieces)


def assert_lines(name: str, value: str) -> None:
    assert value.isascii()
    for line in f"{name}:{value}".split("\r\n"):
        assert "=?utf-8?" not in line or len(line) <= 76


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.sampled_from(Place))
def test_encoded_words_are_short_whole_and_say_the_text(text: str, place: Place) -> None:
    words = encoded_words(text, place, first=40)
    assert len(words[0]) <= 40
    assert all(len(word) <= 75 and word.isascii() for word in words)
    singly = [decode_header(word) for word in words]
    assert all(charset == "utf-8" for ((_, charset),) in singly)
    assert "".join(octets.decode("utf-8") for ((octets, _),) in singly) == text


@given(NAMES, st.lists(st.tuples(BLANKS, WORDS), min_size=1, max_size=12))
def test_unstructured_text_reads_the_same(name: str, words: list[tuple[str, str]]) -> None:
    value = "".join(blank + text for blank, text in words)
    form = ascii_field(name, value, {}).value
    assert form is not None
    assert_lines(name, form)
    assert decoded(form).strip() == decoded(value).strip()


@given(st.lists(st.tuples(DISPLAYED, ADDRESSES), min_size=1, max_size=5), st.sampled_from([",", ", ", ",\r\n "]))
def test_names_and_addresses_read_the_same(people: list[tuple[str, str]], comma: str) -> None:
    quoted = [(re.sub(r'(["\\])', r"\\\1", name), address) for name, address in people]
    value = " " + comma.join(f'"{name}" <{address}>' for name, address in quoted)
    form = ascii_field("To", value, {}).value
    assert form is not None
    assert_lines("To", form)
    read = [(decoded(name), address) for name, address in getaddresses([form.replace("\r\n", "")])]
    assert [name for name, _ in read] == [name for name, _ in people]
    assert [address for _, address in read] == [parse_address(address).wire for _, address in people]


@given(st.text(PRINTABLE | st.just(" "), min_size=1, max_size=120), st.sampled_from(['"', ""]))
def test_file_names_read_the_same(filename: str, quote: str) -> None:
    filename = "ü" + (re.sub(r"[^\w. ]", "", filename) if not quote else filename)
    written = re.sub(r'(["\\])', r"\\\1", filename)
    form = ascii_field("Content-Disposition", f" attachment; filename={quote}{written}{quote}; size=5", {}).value
    assert form is not None
    assert form.isascii()
    assert all(len(line) <= 76 for line in f"Content-Disposition:{form}".split("\r\n"))
    read = message_from_string(f"Content-Disposition:{form}\n\n").get_param("filename", header="content-disposition")
    assert isinstance(read, tuple)
    assert collapse_rfc2231_value(read) == filename.rstrip(" " if not quote else "")


@given(st.sampled_from(["From", "Content-Type", "Received", "Date", "Message-ID", "List-Post", "List-Id"]), STRUCTURED)
def test_any_structured_value_has_an_ascii_form_or_says_why(name: str, value: str) -> None:
    try:
        form = ascii_field(name, value, {}).value
    except NoAsciiForm:
        return
    assert form is None or form.isascii()
    assert form is None or not re.search(r"\r\n(?![ \t])", form)


@given(STRUCTURED)
def test_tokens_join_to_the_value(value: str) -> None:
    assert "".join(token.text for token in tokens(value)) == value


@given(st.text(), st.text())
def test_no_field_is_injected(name: str, value: str) -> None:
    try:
        line = field_line(name, value)
    except BadField:
        return
    assert line.isascii()
    assert line.endswith(b"\r\n")
    assert not re.search(rb"[\r\n](?![ \t\n])", line[:-2])


def pieces(octets: bytes, sizes: list[int]) -> list[bytes]:
    found, at = [], 0
    for size in sizes:
        found.append(octets[at : at + size])
        at += size
    return [*found, octets[at:]]


SIZES = st.lists(st.integers(0, 100), max_size=20)
TEXTS = st.lists(
    st.binary(max_size=30).map(lambda line: line.translate(None, b"\r\n\0")) | st.sampled_from([b"--b" * 60, b"."]),
    max_size=20,
).map(b"\r\n".join)


@given(st.binary(max_size=2000), SIZES)
def test_base64_is_in_lines_of_76_and_gives_the_octets_back(octets: bytes, sizes: list[int]) -> None:
    text = b"".join(coded(pieces(octets, sizes), Coding.BASE64))
    assert base64.b64decode(text) == octets
    assert all(len(line) == 76 for line in text.split(b"\r\n")[:-1])


@given(TEXTS, SIZES)
def test_quoted_printable_is_in_short_lines_and_gives_the_octets_back(octets: bytes, sizes: list[int]) -> None:
    text = b"".join(coded(pieces(octets, sizes), Coding.QUOTED_PRINTABLE))
    assert text.isascii()
    assert quopri.decodestring(text) == octets
    assert all(len(line) <= 76 for line in text.split(b"\r\n"))
    assert text.replace(b"=\r\n-", b"").count(b"\r\n-") == (b"\r\n" + octets).count(b"\r\n-") - octets.startswith(b"-")
