"""What is returned of the message, and in which encoding."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from typing_extensions import override

from gateway.mail.octets import MemoryOctets
from gateway.report.build import build, build_as
from gateway.report.request import Form
from gateway.report.returned_part import HEADER_LIMIT
from tests.unit.report.samples import ORIGINAL, ReadPart, read, request

UTF8_HEADER = "Subject: Grüße\r\n\r\nHello\r\n".encode()
UTF8_BODY = "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n".encode()
LATIN1_HEADER = "Subject: Grüße\r\n\r\nHello\r\n".encode("latin-1")
LONG_LINE = b"Subject: x\r\n\r\n" + b"y" * 2000 + b"\r\n"
NUL = b"Subject: x\r\n\r\na\0b\r\n"
BARE = b"Subject: x\r\n\r\na\nb\rc\r\n"


class ReadSoFar(MemoryOctets):
    """Octets that know how far they were looked at."""

    furthest = 0

    @override
    def read(self, start: int, stop: int) -> bytes:
        return super().read(start, self._seen(stop))

    @override
    def find(self, needle: bytes, start: int, stop: int) -> int:
        found = super().find(needle, start, stop)
        self._seen(stop if found < 0 else found + len(needle))
        return found

    @override
    def isascii(self, start: int, stop: int) -> bool:
        return super().isascii(start, self._seen(stop))

    @override
    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        return super().chunks(start, self._seen(stop))

    def _seen(self, stop: int) -> int:
        type(self).furthest = max(self.furthest, min(stop, len(self)))
        return stop


def returned(octets: bytes, limit: int = 1024 * 1024) -> ReadPart:
    report = build(request(octets=octets, limit=limit)).octets
    assert report.isascii()
    assert max(map(len, report.split(b"\r\n"))) <= 998
    return read(report).parts[2]


def test_seven_bit_is_returned_as_it_is() -> None:
    part = returned(ORIGINAL)
    assert (part.type, part.octets) == ("message/rfc822", ORIGINAL)


@pytest.mark.parametrize("octets", [UTF8_HEADER, UTF8_BODY, LONG_LINE, NUL, BARE])
def test_anything_else_is_encoded_as_message_global(octets: bytes) -> None:
    part = returned(octets)
    assert part.type == "message/global"
    assert part.header["Content-Transfer-Encoding"] in ("quoted-printable", "base64")
    assert part.octets.removesuffix(b"\r\n") == octets.removesuffix(b"\r\n")


def test_a_header_in_no_known_charset_is_returned_as_text() -> None:
    part = returned(LATIN1_HEADER)
    assert part.type == "text/rfc822-headers"
    assert part.octets.rstrip() == LATIN1_HEADER.partition(b"\r\n\r\n")[0]


def test_over_the_limit_only_the_header_is_returned() -> None:
    assert returned(ORIGINAL, limit=len(ORIGINAL)).type == "message/rfc822"
    assert returned(ORIGINAL, limit=len(ORIGINAL) - 1).type == "text/rfc822-headers"
    part = returned(UTF8_HEADER, limit=len(UTF8_HEADER))
    assert part.type == "message/global-headers"
    assert part.octets.rstrip() == UTF8_HEADER.partition(b"\r\n\r\n")[0]


def test_a_message_over_the_limit_is_read_no_further_than_its_header() -> None:
    octets = ReadSoFar(b"Subject: x\r\n\r\n" + b"y\r\n" * 1_000_000)
    build(replace(request(limit=1000), octets=octets))
    assert octets.furthest <= HEADER_LIMIT + 4


def test_the_header_is_bounded_at_the_end_of_a_line() -> None:
    part = returned(b"X-A: b\r\n" * 100_000, limit=10)
    assert len(part.octets) <= HEADER_LIMIT + 2
    assert set(part.octets.strip().split(b"\r\n")) == {b"X-A: b"}


@pytest.mark.parametrize("octets", [b"", b"\r\n", b"\r\nbody only\r\n", b"no header at all"])
def test_odd_messages_are_returned_too(octets: bytes) -> None:
    assert returned(octets).octets.strip() == octets.strip()


def test_a_utf8_report_returns_utf8_unencoded() -> None:
    part = read(build_as(request(octets=UTF8_HEADER), Form.UTF8).octets).parts[2]
    assert part.header["Content-Transfer-Encoding"] == "8bit"
    assert (part.type, part.octets) == ("message/global", UTF8_HEADER)


def test_a_boundary_that_is_in_the_message_is_not_taken() -> None:
    octets = b"Subject: x\r\n\r\n--=_01REPORT000000\r\n--=_01REPORT000000_--\r\n"
    assert returned(octets).octets == octets
