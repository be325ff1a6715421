import pytest

from gateway.mail.octets import MemoryOctets
from gateway.mime.structure import Span
from gateway.summary.opening import opened_at_once


def test_a_message_of_one_part_is_opened_at_once() -> None:
    octets = b"Subject: a\r\n b\r\nX :\rc\r\nCONTENT-type: text/html\r\n\r\n<p>"
    found = opened_at_once(MemoryOctets(octets))
    assert found
    assert found.fields == [(b"Subject", b" a\r\n b"), (b"X", b"\rc"), (b"CONTENT-type", b" text/html")]
    assert found.raw == octets[: -len("\r\n<p>")]
    assert (found.root.content_type.full, found.root.body) == ("text/html", Span(len(octets) - 3, len(octets)))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"Subject: a",
        b"Subject: a\r\n",
        b"\r\nSubject: a\r\n\r\n",
        b" Subject: a\r\n\r\n",
        b"Subject: a\r\nno field\r\n\r\n",
        b"no field: b\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        b"Content-Type: MULTIPART / mixed; boundary=b\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\n\r\n",
        b"Content-Disposition: attachment\r\n\r\n",
        b"Subject: " + b"a" * 40_000 + b"\r\n\r\n",
    ],
)
def test_others_are_for_the_scanner(octets: bytes) -> None:
    assert opened_at_once(MemoryOctets(octets)) is None
