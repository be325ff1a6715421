"""The rows of the decision table in docs/architecture.md that end in rewriting, or in the reason why not."""

import dataclasses
from pathlib import Path

import pytest

from gateway.inspect.inspector import inspect
from gateway.mail.address import parse_address
from gateway.mail.codes import (
    BAD_CONTENT,
    CONVERSION_FORBIDDEN,
    CONVERSION_IMPOSSIBLE,
    NON_ASCII_HEADER,
    EnhancedCode,
)
from gateway.mail.need import Where
from gateway.mail.octets import MemoryOctets
from gateway.rewrite.downgrade import rewrite
from gateway.rewrite.ways import BodyTarget, CannotRewrite, Change, Rewritten, Ways
from tests.support.reader import differences, parse

ALL = Ways(bodies=BodyTarget.SEVENBIT, encode_headers=True, encode_global=True, repair_raw_headers=True)
HEADERS = Ways(encode_headers=True)
REPAIR = Ways(repair_raw_headers=True)
GLOBAL = Ways(encode_global=True)
SEVENBIT = Ways(bodies=BodyTarget.SEVENBIT)
EIGHTBIT = Ways(bodies=BodyTarget.EIGHTBIT)
BREAK = dataclasses.replace(ALL, signed_may_break=True)
CORPUS = sorted(Path(__file__).parents[3].glob("tests/corpus/**/*.eml"))
ELSEWHERE = sorted(Path(__file__).parents[4].glob("shared/corpus/*/*.eml"))


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def outcome(octets: bytes, ways: Ways) -> Rewritten | CannotRewrite:
    source = MemoryOctets(octets)
    return rewrite(source, inspect(source), ways)


def changed(octets: bytes, ways: Ways) -> tuple[bytes, tuple[str, ...]]:
    result = outcome(octets, ways)
    assert isinstance(result, Rewritten)
    return bytes(result.rendition), result.changed


def refused(octets: bytes, ways: Ways) -> CannotRewrite:
    result = outcome(octets, ways)
    assert isinstance(result, CannotRewrite)
    return result


PLAIN = b"Subject: s\r\n\r\nbody\r\n"
SUBJECT = "Subject: ü\r\n\r\nbody\r\n".encode()


@pytest.mark.parametrize(
    ("octets", "ways"),
    [
        (PLAIN, ALL),
        (SUBJECT, SEVENBIT),
        (SUBJECT, REPAIR),
        (SUBJECT, Ways()),
        (b"Subject: \xfc\r\n\r\n", HEADERS),
        ("Subject: s\r\n\r\nü\r\n".encode(), HEADERS),
        ("Subject: s\r\n\r\nü\r\n".encode(), EIGHTBIT),
        (b"Subject: =?utf-8?q?=C3=BC?=\r\n\r\n", ALL),
        (b"Content-Type: message/global\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDog\r\n", ALL),
    ],
)
def test_what_needs_nothing_stays_octet_for_octet(octets: bytes, ways: Ways) -> None:
    result = outcome(octets, ways)
    assert isinstance(result, Rewritten)
    assert result.rendition.unchanged
    assert (result.changed, result.kinds) == ((), frozenset())


def test_a_utf8_header_is_encoded_and_nothing_else_touched() -> None:
    octets = b"X-A:  odd \r\n\t folding\r\n" + SUBJECT
    assert changed(octets, HEADERS) == (
        b"X-A:  odd \r\n\t folding\r\nSubject: =?utf-8?b?w7w=?=\r\n\r\nbody\r\n",
        ("header Subject to RFC 2047",),
    )


def test_blanks_before_the_colon_are_no_part_of_the_name() -> None:
    assert changed("Subject : ü\r\n\r\n".encode(), HEADERS)[0] == b"Subject: =?utf-8?b?w7w=?=\r\n\r\n"


def test_raw_octets_are_repaired() -> None:
    octets = "Subject: müßig – ".encode("cp1252") + "ä\r\n\r\n".encode()
    out, words = changed(octets, REPAIR)
    assert parse(out).text("subject") == "müßig – ä"
    assert words == ("header Subject to RFC 2047, octets that are not UTF-8 read as Windows-1252",)


def test_a_signature_over_a_header_that_has_no_ascii_form_is_left_out() -> None:
    octets = crlf("DKIM-Signature: v=1; i=ü\nSubject: s\n\n")
    assert changed(octets, HEADERS) == (b"Subject: s\r\n\r\n", ("header DKIM-Signature left out",))


def test_an_alias_stands_in_for_a_utf8_localpart() -> None:
    octets = crlf("From: Jörg <jörg@bücher.example>\n\n")
    aliases = {parse_address("jörg@bücher.example").key: parse_address("joerg@b.example")}
    out, words = changed(octets, dataclasses.replace(HEADERS, aliases=aliases))
    assert out == b"From: =?utf-8?b?SsO2cmc=?= <joerg@b.example>\r\n\r\n"
    assert words == ("header From to RFC 2047 and ASCII alias",)


@pytest.mark.parametrize(
    ("header", "status", "field"),
    [
        ("From: jörg@bücher.example", NON_ASCII_HEADER, "From"),
        ("Message-ID: <ü@b>", NON_ASCII_HEADER, "Message-ID"),
        ("References: <ü@b>", NON_ASCII_HEADER, "References"),
        ("Content-ID: <ü@b>", NON_ASCII_HEADER, "Content-ID"),
        ("Grüße: x", BAD_CONTENT, None),
    ],
)
def test_a_header_without_ascii_form_says_where(header: str, status: EnhancedCode, field: str | None) -> None:
    result = refused(crlf(f"Subject: s\n{header}\n\n"), ALL)
    assert (result.status, result.where.where, result.where.field) == (status, Where.HEADER, field)
    assert 12 <= result.where.start < result.where.stop
    assert field is None or field in result.why


def test_a_boundary_that_is_not_ascii_cannot_be_changed() -> None:
    assert (
        refused(crlf("Content-Type: multipart/mixed; boundary=ü\n\n--ü\n\nx\n--ü--\n"), ALL).status == NON_ASCII_HEADER
    )
    coded = crlf("Content-Type: multipart/mixed; boundary*=utf-8''%C3%BC\n\n--ü\nX: ü\n\nx\n--ü--\n")
    assert "boundary" in refused(coded, HEADERS).why


def test_a_message_without_mime_is_given_it() -> None:
    out, words = changed(crlf("Subject: s\n\nGrüße und viel Text dazu\n"), SEVENBIT)
    assert out == (
        b"Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe und viel Text dazu\r\n"
    )
    assert words == ("body to quoted-printable",)


def test_8bit_text_of_no_known_charset_is_called_so() -> None:
    out, _ = changed(b"\r\nGr\xfc\xdfe und viel Text dazu\r\n", SEVENBIT)
    assert b"Content-Type: text/plain; charset=unknown-8bit\r\n" in out


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/plain", b"text/plain;\r\n charset=utf-8\r\n"),
        ("text/plain; format=flowed;", b"text/plain; format=flowed;\r\n charset=utf-8\r\n"),
        ("text/plain; charset=us-ascii", b"text/plain; charset=us-ascii\r\n"),
        ("text/plain; charset*=''utf-8", b"text/plain; charset*=''utf-8\r\n"),
        ("text/html", b"text/html\r\n"),
    ],
)
def test_a_charset_is_declared_only_where_there_is_none(content_type: str, expected: bytes) -> None:
    octets = crlf(f"MIME-Version: 1.0\nContent-Type: {content_type}\n\nGrüße und viel Text\n")
    out, _ = changed(octets, SEVENBIT)
    assert out.startswith(b"MIME-Version: 1.0\r\nContent-Type: " + expected + b"Content-Transfer-Encoding: quoted-")


@pytest.mark.parametrize(
    ("kind", "body", "encoding"),
    [
        ("text/plain; charset=utf-8", "mostly ASCII, but for one ü\n", "quoted-printable"),
        ("text/plain; charset=utf-8", "障害が発生しました\n", "base64"),
        ("text/plain; charset=utf-8", "one ü and NUL \0 in ASCII text\n", "base64"),
        ("text/html; charset=utf-8", "ASCII in a long line " * 100 + "\n", "quoted-printable"),
        ("application/json", '{"mostly ASCII, but for one": "ü"}\n', "base64"),
    ],
)
def test_the_encoding_fits_the_content(kind: str, body: str, encoding: str) -> None:
    octets = crlf(f"Content-Type: {kind}\n\n{body}")
    out, words = changed(octets, SEVENBIT)
    assert words == (f"body to {encoding}",)
    assert out.endswith(b"\r\n")
    assert parse(out).content == parse(octets).content


def test_bare_line_ends_survive_in_base64() -> None:
    octets = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na\nb\rc\r\n"
    out, _ = changed(octets, EIGHTBIT)
    assert parse(out).content == b"a\nb\rc\r\n"


def test_declared_binary_is_relabelled_when_its_octets_allow_it() -> None:
    octets = crlf("MIME-Version: 1.0\nContent-Transfer-Encoding: binary\n\nü\n")
    out, words = changed(octets, EIGHTBIT)
    assert out == octets.replace(b"binary", b"8bit")
    assert words == ("the message relabelled 8bit",)


def test_multiparts_around_are_relabelled_never_encoded() -> None:
    octets = crlf(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: 8bit\n\n"
        "--a\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        "nur ü hier\n--a--\n"
    )
    out, words = changed(octets, SEVENBIT)
    assert out == octets.replace(b"8bit\r\n\r\n--a", b"7bit\r\n\r\n--a").replace(
        b"8bit\r\n\r\nMIME", b"7bit\r\n\r\nMIME"
    ).replace(b"8bit\r\n\r\nnur", b"quoted-printable\r\n\r\nnur").replace("ü".encode(), b"=C3=BC")
    assert words == ("body of part 1 to quoted-printable", "part 1 relabelled 7bit", "the message relabelled 7bit")


def test_text_outside_of_all_parts_is_masked() -> None:
    octets = crlf("Content-Type: multipart/mixed; boundary=a\n\nPräambel\n--a\n\nx\n--a--\nNachsätze\n")
    out, words = changed(octets, SEVENBIT)
    assert out == octets.replace("ä".encode(), b"??")
    assert words == ("text outside the parts masked",) * 2
    assert refused(octets.replace(b"tze", b"tze\n"), EIGHTBIT).status == CONVERSION_IMPOSSIBLE


FORWARDED = crlf(
    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n"
    "--a\nContent-Type: message/rfc822\n\nSubject: Grüße\n\nall ASCII in the body of it\n--a--\n"
)


def test_a_message_inside_with_utf8_headers_becomes_message_global() -> None:
    out, words = changed(FORWARDED, HEADERS)
    assert (
        b"Content-Type: message/global\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nSubject: Gr=C3=BC" in out
    )
    assert words == ("part 1 relabelled message/global", "body of part 1 to quoted-printable")
    assert differences(parse(FORWARDED), parse(out)) == []
    assert changed(FORWARDED, GLOBAL) == (FORWARDED, ())


def test_a_digest_is_relabelled_too() -> None:
    octets = crlf("Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: Grüße an alle\n\nall ASCII\n--a--\n")
    out, _ = changed(octets, HEADERS)
    assert b"--a\r\nContent-Type: message/global\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nSubject" in out


def test_raw_octets_in_a_message_inside_are_repaired_in_place() -> None:
    octets = FORWARDED.replace("Grüße".encode(), b"Gr\xfc\xdfe")
    out, words = changed(octets, ALL)
    assert b"message/rfc822\r\n\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?=\r\n" in out
    assert words == ("header Subject of part 1 to RFC 2047, octets that are not UTF-8 read as Windows-1252",)


def test_message_global_is_encoded_whoever_asks() -> None:
    octets = FORWARDED.replace(b"rfc822", b"global")
    for ways in (GLOBAL, HEADERS, ALL):
        out, words = changed(octets, ways)
        assert words == ("body of part 1 to quoted-printable",)
        assert differences(parse(octets), parse(out)) == []


@pytest.mark.parametrize("subtype", ["global-headers", "global-delivery-status", "global-disposition-notification"])
def test_the_kin_of_message_global_too(subtype: str) -> None:
    octets = crlf(f"MIME-Version: 1.0\nContent-Type: message/{subtype}\n\nSubject: Grüße und ASCII\n")
    assert changed(octets, GLOBAL)[1] == ("body to quoted-printable",)


def test_8_bits_in_a_delivery_status_make_it_global() -> None:
    octets = crlf("MIME-Version: 1.0\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nX: Grüße\n")
    assert changed(octets, SEVENBIT)[1] == (
        "the message relabelled message/global-delivery-status",
        "body to quoted-printable",
    )
    assert refused(octets.replace("ü".encode(), b"\xfc"), SEVENBIT).status == CONVERSION_IMPOSSIBLE


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Type: message/partial; id=a; number=1", "\n\nü"),
        ("Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode", "ü"),
        ("Content-Type: text/plain\nContent-Transfer-Encoding: 7bits", "ü"),
    ],
)
def test_what_may_not_be_encoded_is_impossible(head: str, body: str) -> None:
    result = refused(crlf(f"{head}\n\n{body}\n"), SEVENBIT)
    assert result.status == CONVERSION_IMPOSSIBLE
    assert result.where.stop > result.where.start


def test_a_header_like_body_that_may_not_be_encoded_is_impossible_whatever_the_hop_takes() -> None:
    octets = crlf("Content-Type: message/external-body; access-type=x\n\nSubject: ü\n\n")
    assert refused(octets, HEADERS).status == CONVERSION_IMPOSSIBLE


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        ("quoted-printable", "=C3=BC and ü\n", "ü and ü\r\n"),
        ("base64", "YWJh" * 500 + "\n", None),
    ],
)
def test_encoded_bodies_are_mended_never_encoded_twice(encoding: str, body: str, content: str | None) -> None:
    octets = crlf(f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n{body}")
    out, words = changed(octets, SEVENBIT)
    assert words == (f"body to mended {encoding}",)
    assert parse(out).content == (content.encode() if content else parse(octets).content)
    assert inspect(MemoryOctets(out)).plain


SIGNED = crlf(
    "MIME-Version: 1.0\nSubject: ü\nContent-Type: multipart/signed; boundary=a\n\n"
    "--a\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: inline; filename=ü\n\nGrüße\n"
    "--a\nContent-Type: application/pgp-signature; name=ü\n\nx\n--a--\n"
)


def test_a_signature_is_broken_only_where_that_is_allowed() -> None:
    header = refused(SIGNED, HEADERS)
    assert (header.status, header.where.where, header.where.part) == (NON_ASCII_HEADER, Where.PART_HEADER, "1")
    assert refused(SIGNED, SEVENBIT).status == CONVERSION_FORBIDDEN
    out, _ = changed(SIGNED, BREAK)
    assert inspect(MemoryOctets(out)).plain
    assert differences(parse(SIGNED), parse(out)) == []


def test_around_a_signed_part_all_may_be_changed() -> None:
    octets = SIGNED.replace("; filename=ü".encode(), b"").replace("Grüße".encode(), b"all ASCII")
    out, words = changed(octets, ALL)
    assert words == ("header Subject to RFC 2047", "header Content-Type of part 2 to RFC 2231")
    signed = octets[octets.index(b"--a") : octets.index(b"--a\r\nContent-Type: application")]
    assert signed in out


def test_what_cannot_be_read_with_certainty_is_not_touched() -> None:
    octets = crlf("Content-Type: multipart/mixed\n\n--a\nSubject: ü\n\nü\n--a--\n")
    result = refused(octets, ALL)
    assert (result.status, result.where.where) == (NON_ASCII_HEADER, Where.UNPARSEABLE)


def test_kinds_are_told_for_counting() -> None:
    result = outcome(FORWARDED.replace(b"Content-Type: multipart", "X-A: ü\r\nContent-Type: multipart".encode()), ALL)
    assert isinstance(result, Rewritten)
    assert result.kinds == {Change.HEADER, Change.RELABELLED, Change.QUOTED_PRINTABLE}


@pytest.mark.parametrize("path", [*CORPUS, *ELSEWHERE], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_corpus_is_plain_afterwards_or_there_is_a_reason(path: Path) -> None:
    octets = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    result = outcome(octets, BREAK)
    if isinstance(result, CannotRewrite):
        assert result.status in {NON_ASCII_HEADER, BAD_CONTENT, CONVERSION_IMPOSSIBLE}
        return
    out = bytes(result.rendition)
    found = inspect(MemoryOctets(out))
    assert found.headers + found.raw_headers + found.body_findings == ()
    if result.changed:
        assert [each for each in differences(parse(octets), parse(out)) if "ASCII octets" not in each] == []
    else:
        assert out == octets
