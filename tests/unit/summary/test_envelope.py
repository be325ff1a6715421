import pytest

from gateway.mail.octets import MemoryOctets
from gateway.summary.work import summarize
from tests.support.imap_form import Form, read_form
from tests.unit.summary.samples import envelope, summary

_TERRY: Form = [[b"Terry Gray", None, b"gray", b"cac.washington.edu"]]


def test_the_example_of_the_rfc() -> None:
    """RFC 9051 8."""
    found = summary(
        """
Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
From: Terry Gray <gray@cac.washington.edu>
Subject: IMAP4rev2 WG mtg summary and minutes
To: imap@cac.washington.edu
cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
Message-Id: <B27397-0100000@cac.washington.edu>
MIME-Version: 1.0
Content-Type: TEXT/PLAIN; CHARSET=US-ASCII
"""
    )
    assert found.envelope == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes"'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu"))'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu"))'
        b' ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL'
        b' "<B27397-0100000@cac.washington.edu>")'
    )


def test_what_is_absent_is_nil_and_what_is_empty_is_empty() -> None:
    assert envelope("X: y") == [None] * 10
    assert envelope("Date:\nSubject: \nFrom:\nIn-Reply-To:\nMessage-ID:\nTo:") == [b"", b"", *[None] * 6, b"", b""]


def test_an_empty_sender_is_who_the_message_is_from() -> None:
    found = envelope("From: Terry Gray <gray@cac.washington.edu>\nSender:\nReply-To: ,")
    assert found[2:5] == [_TERRY, _TERRY, _TERRY]


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("undisclosed-recipients:;", [[None, None, b"undisclosed-recipients", None], [None] * 4]),
        (
            "A Group:Ed <joe@where.test>,john@one.test;, x@y.test",
            [
                [None, None, b"A Group", None],
                [b"Ed", None, b"joe", b"where.test"],
                [None, None, b"john", b"one.test"],
                [None] * 4,
                [None, None, b"x", b"y.test"],
            ],
        ),
        ("Mary <@a.test,@b.test:mary@c.test>", [[b"Mary", b"@a.test,@b.test", b"mary", b"c.test"]]),
        ('"a \\"b\\" \\\\c" <"d e"@f.test>', [[b'a "b" \\c', None, b"d e", b"f.test"]]),
        ("root", [[None, None, b"root", b""]]),
        ("<>", [[None, None, b"", b""]]),
        ("al@a.test (Al)", [[b"Al", None, b"al", b"a.test"]]),
        ("=?utf-8?q?J=C3=B6rg?= <j@a.test>", [[b"=?utf-8?q?J=C3=B6rg?=", None, b"j", b"a.test"]]),
        ("Jörg <jörg@bücher.test>", [["Jörg".encode(), None, "jörg".encode(), "bücher.test".encode()]]),
        ("Al\n <a@a.test>,\n\tBo <b@a.test>", [[b"Al", None, b"a", b"a.test"], [b"Bo", None, b"b", b"a.test"]]),
    ],
)
def test_addresses(value: str, addresses: Form) -> None:
    assert envelope(f"To: {value}")[5] == addresses


def test_fields_of_the_same_name_are_one_list() -> None:
    """RFC 5322 4.5.3."""
    assert envelope("Cc: a@b.test\nCc: c@d.test")[6] == [[None, None, b"a", b"b.test"], [None, None, b"c", b"d.test"]]


def test_text_that_is_not_ascii_is_a_literal() -> None:
    assert b"NIL {5}\r\nK\xc3\xb6ln NIL" in summary("Subject: Köln").envelope


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"caf\xe9", "café"),
        (b"a\0b\nc\rd\x85", "a b c d…"),
        (b"one\r\n\ttwo", "one\ttwo"),
        (b'say "x" \\ y', 'say "x" \\ y'),
    ],
)
def test_what_no_string_can_hold_is_mended(raw: bytes, text: str) -> None:
    form = read_form(summarize(MemoryOctets(b"Subject: " + raw + b"\r\n\r\n")).envelope)
    assert isinstance(form, list)
    assert form[1] == text.encode()
