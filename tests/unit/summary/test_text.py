import time
from base64 import b64encode

from gateway.mail.octets import MemoryOctets
from gateway.summary.model import SearchText
from gateway.summary.people import addresses
from gateway.summary.text import search_text
from tests.unit.summary.samples import message

_BODY = """
--b
Content-Type: text/plain; charset=utf-8

東京サーバの障害
--b
Content-Type: text/html; charset=utf-8

<p>Stra&szlig;e
--b
Content-Type: application/pdf; name*=utf-8''%C3%BC.pdf

secret
--b
Content-Type: message/rfc822

Subject: =?utf-8?q?inn=C3=A9r?=

inner text
--b--
"""


def _text(header: str, body: str = "x\n", limit: int = 100_000) -> SearchText:
    return search_text(MemoryOctets(message(header, body)), limit=limit)


def test_headers() -> None:
    found = _text(
        "From: =?utf-8?q?J=C3=B6rg?= <j@xn--bcher-kva.example>\nTo: Al <a@x.test>, b@bücher.example\n"
        "Cc: Team: c@x.test;\nBcc: d@x.test\nSubject: =?utf-8?b?6Zqc5a6z?= a\u0308\nX-Note: =?utf-8?q?=C3=BC?="
    )
    assert found.sender == "Jörg j@xn--bcher-kva.example j@bücher.example"
    assert found.to == "Al a@x.test\nb@bücher.example b@xn--bcher-kva.example"
    assert (found.cc, found.bcc) == ("Team\nc@x.test", "d@x.test")
    assert (found.subject, found.headers) == ("障害 ä", "X-Note: ü")


def test_bodies_and_names() -> None:
    found = _text("Content-Type: multipart/mixed; boundary=b", _BODY)
    assert found.body == "東京サーバの障害\nStraße\ninnér\ninner text"
    assert found.attachments == "ü.pdf"


def test_accents_without_end_cost_no_more_than_letters() -> None:
    began = time.process_time()
    _text("Subject: x\n", "a" + "\u0301\u0327\u0316" * 100_000)
    assert time.process_time() - began < 5


def test_it_is_bounded() -> None:
    found = _text("Subject: x", "word " * 10_000, limit=100)
    assert len(found.body) == 98
    assert _text(f"X: {'y' * 200}", "z", limit=100).headers == ""


def test_an_encoded_message_inside_is_read() -> None:
    inner = b64encode(b"Subject: inner\r\n\r\nhello\r\n").decode()
    found = _text("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64", inner)
    assert found.body == "inner\nhello\n"


def test_people() -> None:
    """RFC 8621 4.1.2.4."""
    value = (
        b'"  James Smythe" <james@example.com>, Friends:\r\n'
        b" jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?= <john@example.com>;"
    )
    assert addresses(value) == (
        (None, (("James Smythe", "james@example.com"),)),
        ("Friends", (("", "jane@example.com"), ("John Smîth", "john@example.com"))),
    )
