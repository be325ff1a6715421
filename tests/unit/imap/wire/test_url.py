"""IMAP URLs: the examples of RFC 5092, RFC 4467 and RFC 5524, and what is none."""

import pytest

from gateway.imap.wire.url import LONGEST, BadUrl, ImapUrl, Server, UrlAccess, UrlPart, Verifier, Who
from gateway.mail.units import Timestamp
from tests.support.imap_urls import written

TOKEN = "91354a473744909de610943775f92038"


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        (
            b"imap://minbari.example.org/gray-council;UIDVALIDITY=385759045/;UID=20/;PARTIAL=0.1024",
            ImapUrl(Server("minbari.example.org"), "gray-council", 385759045, None, UrlPart(20, None, (0, 1024))),
        ),
        (
            b"imap://psicorp.example.org/~peter/%E6%97%A5%E6%9C%AC%E8%AA%9E/%E5%8F%B0%E5%8C%97",
            ImapUrl(Server("psicorp.example.org"), "~peter/日本語/台北"),
        ),
        (
            b"imap://;AUTH=GSSAPI@minbari.example.org/gray-council/;uid=20/;section=1.2",
            ImapUrl(Server("minbari.example.org", None, "GSSAPI"), "gray-council", None, None, UrlPart(20, b"1.2")),
        ),
        (
            b"imap://;AUTH=*@minbari.example.org/gray%20council?SUBJECT%20shadows",
            ImapUrl(Server("minbari.example.org", None, "*"), "gray council", None, b"SUBJECT shadows"),
        ),
        (
            b"imap://john;AUTH=*@minbari.example.org/babylon5/personel?charset%20UTF-8%20SUBJECT%20%7B14+%7D%0D%0A%D0%98",
            ImapUrl(
                Server("minbari.example.org", "john", "*"),
                "babylon5/personel",
                None,
                b"charset UTF-8 SUBJECT {14+}\r\n\xd0\x98",
            ),
        ),
        (b"imap://michael@example.org/INBOX", ImapUrl(Server("example.org", "michael"), "INBOX")),
        (b"imap://example.org", ImapUrl(Server("example.org"))),
        (b"IMAP://example.org:143/", ImapUrl(Server("example.org:143"))),
        (b"//example.org/a", ImapUrl(Server("example.org"), "a")),
        (b"/foo/;UID=20/..", ImapUrl(None, "foo")),
        (b"/a/./b/../c", ImapUrl(None, "a/c")),
        (b"/%2E%2E/b", ImapUrl(None, "../b")),
        (
            f"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred:internal:{TOKEN}".encode(),
            ImapUrl(
                Server("example.com", "joe"),
                "INBOX",
                None,
                None,
                UrlPart(20, b"1.2", None, None, UrlAccess(Who.SUBMIT, "fred"), Verifier("INTERNAL", TOKEN)),
            ),
        ),
        (
            b"/INBOX/;uid=20;EXPIRE=2006-05-01T10:00:00.5-01:30;URLAUTH=anonymous",
            ImapUrl(
                None,
                "INBOX",
                None,
                None,
                UrlPart(20, None, None, Timestamp(1146483000.5), UrlAccess(Who.ANONYMOUS)),
            ),
        ),
    ],
)
def test_meaning(url: bytes, meant: ImapUrl) -> None:
    assert ImapUrl.parse(url) == meant
    assert ImapUrl.parse(written(meant)) == meant


@pytest.mark.parametrize(
    "url",
    [
        b"",
        b"/",
        b"INBOX/;UID=1",
        b";UID=1",
        b"http://example.org/INBOX",
        b"imap://ex ample/INBOX",
        b"imap://@example.org/INBOX",
        b"/INBOX/;UID=0",
        b"/INBOX/;UID=4294967296",
        b"/INBOX;UIDVALIDITY=4294967296",
        b"/INBOX/;UID=1/;PARTIAL=1.0",
        b"/INBOX/;UID=1/;PARTIAL=-1",
        b"/INBOX/;UID=1/;SECTION=",
        b"/INBOX/;SECTION=1",
        b"/INBOX/;UID=1;URLAUTH=nobody",
        b"/INBOX/;UID=1;URLAUTH=user+",
        b"/INBOX/;UID=1;URLAUTH=authuser:internal:12",
        b"/INBOX/;UID=1;EXPIRE=yesterday;URLAUTH=authuser",
        b"/INBOX/;UID=1;EXPIRE=2020-02-30T00:00:00Z;URLAUTH=authuser",
        b"/INBOX/;UID=1;EXPIRE=2020-02-20T00:00:00+99:00;URLAUTH=authuser",
        b"/INBOX;URLAUTH=authuser",
        b"/%FF",
        b"/a%00b",
        b"/a%zz",
        b"/\xc3\xa4",
        b"/" + b"a" * LONGEST,
    ],
)
def test_what_is_none(url: bytes) -> None:
    with pytest.raises(BadUrl):
        ImapUrl.parse(url)


def test_a_user_with_an_at_sign_as_clients_write_it() -> None:
    """`@` has to be written %40; nothing else can be meant."""
    url = ImapUrl.parse(b"imap://al@home.example/INBOX/;UID=1;URLAUTH=user+al@home.example")
    assert url.part is not None
    assert url.part.access == UrlAccess(Who.USER, "al@home.example")
