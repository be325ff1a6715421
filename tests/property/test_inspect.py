"""No octet over 127 is ever missed, and none in a header taken for body: compared with Python's own reader of mail."""

import email
from email.message import Message

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.inspect.inspector import examine, inspect
from gateway.inspect.result import Inspection
from gateway.inspect.traits import Traits, survey
from gateway.mail.envelope import Body
from gateway.mail.octets import MemoryOctets
from tests.property.test_mime_scan import LINES, MESSAGES

ASCII_LINES = LINES.filter(bytes.isascii)
ODD_LINES = st.sampled_from(
    [b"Subject: \xc3\xa4", b"caf\xe9", b" folded \xc3\xa4", b"Content-Type: \xc3\xa4/x", b"\xc3\xa4: x"]
)
ONE_ODD_LINE = st.tuples(st.lists(ASCII_LINES, max_size=20), ODD_LINES, st.lists(ASCII_LINES, max_size=5)).map(
    lambda parts: b"\r\n".join((*parts[0], parts[1], *parts[2]))
)


def python_sees_a_header(data: bytes) -> bool:
    """Whether Python's reader has an octet over 127 in any header, in any part."""
    message = email.message_from_bytes(data)
    return any(has_odd_header(part) for part in message.walk())


def has_odd_header(part: Message) -> bool:
    return any(not (name + str(value)).isascii() for name, value in part.items())


def covered(found: Inspection) -> set[int]:
    findings = (*found.headers, *found.raw_headers, *found.body_findings)
    return {at for finding in findings for at in range(finding.start, finding.stop)}


@given(ONE_ODD_LINE)
@example(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\na\n--b\r\nSubject: \xc3\xa4")
@example(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n--b\r\nSubject: \xc3\xa4")
@example(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nSubject: \xc3\xa4\r\n\r\n")
def test_what_another_reader_takes_for_a_header_is_told_as_one(data: bytes) -> None:
    found = inspect(MemoryOctets(data))
    assert found.headers or found.raw_headers or not python_sees_a_header(data)


@given(MESSAGES)
def test_every_octet_over_127_is_told(data: bytes) -> None:
    assert covered(examine(MemoryOctets(data))).issuperset(at for at, octet in enumerate(data) if octet > 127)


@given(MESSAGES)
def test_all_before_the_first_empty_line_is_header(data: bytes) -> None:
    header = b"" if data.startswith(b"\r\n") else data.partition(b"\r\n\r\n")[0]
    found = inspect(MemoryOctets(data))
    in_headers = {at for f in (*found.headers, *found.raw_headers) for at in range(f.start, f.stop)}
    assert in_headers.issuperset(at for at, octet in enumerate(header) if octet > 127)


@given(MESSAGES)
def test_what_no_line_may_hold_makes_it_binary(data: bytes) -> None:
    octets = MemoryOctets(data)
    illegal = survey(octets, 0, len(data)) & (Traits.NUL | Traits.BARE_NEWLINE)
    assert not illegal or inspect(octets).body is Body.BINARYMIME


@given(MESSAGES)
def test_the_quick_way_and_the_thorough_one_agree(data: bytes) -> None:
    quick, thorough = inspect(MemoryOctets(data)), examine(MemoryOctets(data))
    assert (quick.body, quick.headers, quick.body_findings, quick.raw_headers) == (
        thorough.body,
        thorough.headers,
        thorough.body_findings,
        thorough.raw_headers,
    )


@given(st.lists(st.sampled_from([b"x", b"\r", b"\n", b"\r\n", b"\0", b"\xc3"]), max_size=40).map(b"".join))
def test_newlines_alone_are_seen_as_a_naive_reader_sees_them(data: bytes) -> None:
    bare = data.replace(b"\r\n", b"")
    assert (Traits.BARE_NEWLINE in survey(MemoryOctets(data), 0, len(data))) is (b"\r" in bare or b"\n" in bare)
