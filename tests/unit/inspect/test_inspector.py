import pytest

from gateway.inspect.inspector import examine, inspect
from gateway.mail.envelope import Body
from gateway.mail.need import Finding, Where
from gateway.mail.octets import MemoryOctets
from gateway.mime.structure import Bounds


def octets(text: str) -> MemoryOctets:
    return MemoryOctets(text.replace("\n", "\r\n").encode())


def test_plain_mail_is_settled_without_a_scan() -> None:
    found = inspect(octets("Subject: x\n\nhello\n"))
    assert found.plain
    assert (found.scan, found.size, found.body) == (None, 21, Body.SEVENBIT)


def test_examine_always_scans() -> None:
    found = examine(octets("Content-Type: multipart/mixed\n\nhello\n"))
    assert found.scan is not None
    assert [finding.why for finding in found.malformed] == ["a multipart without a boundary parameter"]


def test_a_finding_spans_the_octets_from_the_first_to_the_last_over_127() -> None:
    found = inspect(octets("X: a\nSubject: a é b ü c\n\nhello\n"))
    assert found.headers == (Finding(Where.HEADER, "", "Subject", 17, 24, "UTF-8 in a header field"),)


def test_a_field_of_both_is_raw() -> None:
    found = inspect(MemoryOctets(b"Subject: \xc3\xa9 \xe9\r\n\r\n"))
    assert (found.headers, len(found.raw_headers)) == ((), 1)


def test_a_name_and_a_value_are_told_apart() -> None:
    found = inspect(MemoryOctets(b"X-\xe9: \xc3\xa9\r\n\r\n"))
    assert [(f.field, f.start, f.stop) for f in found.headers] == [(None, 5, 7)]
    assert [(f.field, f.start, f.stop) for f in found.raw_headers] == [(None, 0, 3)]
    assert found.malformed == found.raw_headers


def test_body_findings_say_which_leaf() -> None:
    found = inspect(octets("Content-Type: multipart/mixed; boundary=b\n\nü\n--b\n\nx\n--b\n\nü\n--b--\nü\n"))
    assert [(f.part, f.why) for f in found.body_findings] == [
        ("", "octets over 127"),
        ("", "octets over 127"),
        ("2", "octets over 127"),
    ]
    assert found.body is Body.EIGHTBITMIME
    assert found.headers == ()


def test_binary_says_more_than_8bit() -> None:
    found = inspect(
        MemoryOctets(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\na\0b\r\n--b\r\n\r\n\xe9\r\n--b--")
    )
    assert found.body is Body.BINARYMIME
    assert [(f.part, f.why) for f in found.body_findings] == [("1", "NUL"), ("2", "octets over 127")]


@pytest.mark.parametrize("odd", [b"\0", b"\r", b"\n"])
def test_what_no_header_may_hold_makes_the_message_binary(odd: bytes) -> None:
    found = inspect(MemoryOctets(b"Subject: a" + odd + b"b\r\n\r\nx"))
    assert found.body is Body.BINARYMIME
    assert [f.where for f in found.body_findings] == [Where.HEADER]


def test_a_long_header_line_is_malformed_but_needs_nothing() -> None:
    found = inspect(MemoryOctets(b"X: " + b"y" * 1000 + b"\r\n\r\nx"))
    assert (found.body, found.headers, len(found.malformed)) == (Body.SEVENBIT, (), 1)


@pytest.mark.parametrize("subtype", ["global-headers", "global-delivery-status", "global-disposition-notification"])
@pytest.mark.parametrize(("encoding", "count"), [("8bit", 1), ("quoted-printable", 0)])
def test_bodies_that_are_headers_count_as_nested_ones(subtype: str, encoding: str, count: int) -> None:
    body = "ü" if encoding == "8bit" else "=C3=BC"
    found = examine(octets(f"Content-Type: message/{subtype}\nContent-Transfer-Encoding: {encoding}\n\nTo: {body}\n"))
    assert [f.where for f in found.headers] == [Where.NESTED_HEADER] * count


def test_utf8_in_a_plain_delivery_status_is_body() -> None:
    found = inspect(octets("Content-Type: message/delivery-status\n\nDiagnostic-Code: smtp; ü\n"))
    assert (found.headers, found.body) == ((), Body.EIGHTBITMIME)


def test_bounds_reach_the_scanner() -> None:
    found = inspect(octets("A: 1\nB: 2\n\nü"), Bounds(fields=1))
    assert [f.where for f in found.headers] == [Where.UNPARSEABLE]


def test_reasons_are_ascii() -> None:
    found = inspect(octets("Content-Type: a/b; ü=1; ü=2\nÜ: x\nÜ\n\nü"))
    assert "".join(f.why + (f.field or "") for f in (*found.headers, *found.raw_headers, *found.malformed)).isascii()
