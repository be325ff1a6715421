from dataclasses import replace

import pytest

from gateway.mail.address import parse_address
from gateway.mail.domain import parse_domain
from gateway.mail.envelope import Recipient
from gateway.mail.message import QueueId
from gateway.mail.origin import Origin, Tls
from gateway.mail.units import Timestamp
from gateway.rewrite.date_time import date_time
from gateway.rewrite.trace import Stamp, missing_fields, protocol, received

STAMP = Stamp(parse_domain("bücher.example"), QueueId("0123456789abcd"), Timestamp(1_700_000_000.9))
CLIENT = Origin("mx", "192.0.2.1", "client.example")
TLS = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")
DATE = b"Tue, 14 Nov 2023 22:13:20 +0000"


def to(address: str) -> Stamp:
    return STAMP._replace(recipient=Recipient(parse_address(address)))


def test_all_clauses() -> None:
    told = replace(CLIENT, name="host.example", tls=TLS)
    assert received(told, to("al@bücher.example")) == (
        b"Received: from client.example (host.example [192.0.2.1])\r\n"
        b"\tby xn--bcher-kva.example with ESMTPS (TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n"
        b"\tid 0123456789abcd for <al@xn--bcher-kva.example>;\r\n"
        b"\t" + DATE + b"\r\n"
    )


@pytest.mark.parametrize("priority", [-9, 0, 9])
def test_a_priority_is_a_clause(priority: int) -> None:
    """RFC 6710 4.1 and 7."""
    field = received(CLIENT, to("al@b.example")._replace(priority=priority))
    assert f" for <al@b.example>\r\n\tPRIORITY {priority};\r\n\t".encode() + DATE in field


def test_mail_made_here_comes_from_nowhere() -> None:
    expected = b"Received: by xn--bcher-kva.example\r\n\tid 0123456789abcd;\r\n\t" + DATE + b"\r\n"
    assert received(Origin("sendmail", ""), STAMP) == expected


@pytest.mark.parametrize("address", ["jörg@bücher.example", '"a b"@' + "x" * 60 + ".example"])
def test_the_for_clause_is_ascii_and_short_lines_are_kept(address: str) -> None:
    field = received(CLIENT, to(address))
    assert field.isascii()
    assert (b"for <" in field) == address.isascii()
    assert b"\r\n\tfor <" in field or not address.isascii()


def test_a_path_too_long_for_a_line_is_not_told() -> None:
    assert b" for " not in received(CLIENT, to("a" * 400 + "@b.example"))


@pytest.mark.parametrize("helo", ["", "a b", "x\r\nSubject: y", "müller", "(", "a" * 5000, "-"])
def test_a_strange_helo_is_made_safe(helo: str) -> None:
    field = received(replace(CLIENT, helo=helo), STAMP)
    assert field.startswith(b"Received: from [192.0.2.1] ([192.0.2.1]) (helo=")
    assert field.isascii()
    assert field.count(b"\r\n") == 4
    assert max(map(len, field.split(b"\r\n"))) < 400


def test_an_ipv6_client() -> None:
    field = received(Origin("mx", "2001:db8::1", "[IPv6:2001:db8::1]"), STAMP)
    assert field.startswith(b"Received: from [IPv6:2001:db8::1] ([IPv6:2001:db8::1])\r\n")


SECURE = replace(CLIENT, tls=TLS)
KNOWN = replace(CLIENT, authenticated="a@b.example")
BOTH = replace(SECURE, authenticated="a@b.example")


@pytest.mark.parametrize(
    ("client", "asked", "keyword"),
    [
        (replace(CLIENT, extended=False), "", "SMTP"),
        (CLIENT, "", "ESMTP"),
        (SECURE, "", "ESMTPS"),
        (KNOWN, "", "ESMTPA"),
        (BOTH, "", "ESMTPSA"),
        (replace(CLIENT, lmtp=True), "", "LMTP"),
        (replace(BOTH, lmtp=True), "", "LMTPSA"),
        (CLIENT, "UTF8", "UTF8SMTP"),
        (SECURE, "UTF8", "UTF8SMTPS"),
        (KNOWN, "UTF8", "UTF8SMTPA"),
        (BOTH, "UTF8", "UTF8SMTPSA"),
        (replace(SECURE, lmtp=True), "UTF8", "UTF8LMTPS"),
    ],
)
def test_protocol_keywords(client: Origin, asked: str, keyword: str) -> None:
    assert protocol(client, asked) == keyword


def test_the_keyword_says_what_the_client_asked_for() -> None:
    assert b" with UTF8SMTP\r\n" in received(CLIENT, STAMP._replace(smtputf8=True))


def test_missing_fields_are_made() -> None:
    assert missing_fields({"date", "message-id"}, STAMP) == b""
    assert missing_fields({"message-id"}, STAMP) == b"Date: " + DATE + b"\r\n"
    assert missing_fields({"date"}, STAMP) == b"Message-ID: <0123456789abcd@xn--bcher-kva.example>\r\n"
    assert missing_fields((), STAMP).count(b"\r\n") == 2


@pytest.mark.parametrize(
    ("at", "text"),
    [(0, "Thu, 1 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000")],
)
def test_dates(at: int, text: str) -> None:
    assert date_time(Timestamp(at)) == text
