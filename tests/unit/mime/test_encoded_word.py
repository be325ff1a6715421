import pytest

from gateway.mime.encoded_word import base64_octets
from gateway.mime.field_text import as_written, decoded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("(=?ISO-8859-1?Q?a?=)", "(a)"),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        ("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
        ("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>", "Keld Jørn Simonsen <keld@dkuug.dk>"),
        (
            (
                "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n "
                "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?="
            ),
            "If you can read this you understand the example.",
        ),
        ("(=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=)", "(םולש ןב ילטפנ)"),
        ("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
    ],
)
def test_the_examples_of_the_rfcs(value: str, text: str) -> None:
    """RFC 2047 8, RFC 2231 5."""
    assert decoded(value.encode()) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?J=C3?= =?UTF-8?q?=B6rg?=", "Jörg"),
        ("=?utf-8?b?w7w?= =?utf-8?q?=C3?= =?utf-8?b?vA==?=", "üü"),
        ("=?utf-8?Q?hello world?=", "hello world"),
        ("=?utf-8?Q?what? now?=", "what? now"),
        ("a=?utf-8?q?=C3=BC?=b", "aüb"),
        ("=?utf-8?q?broken", "=?utf-8?q?broken"),
        ("=?utf-8?x?y?=", "=?utf-8?x?y?="),
        ("=?utf-8?q?a=XXb=?=", "a=XXb"),
        ("=?utf-8?b?YQ=YQ==?=", "aa"),
        ("=?utf-8?b?*YQ?=", "a"),
        ("=?utf-8?q?a=0Ab=00?=", "a b "),
        ("=?utf-8?q??=", ""),
        ("=?iso-2022-jp?b?GyRCPmMbKEI=?= =?iso-2022-jp?b?GyRCMzIbKEI=?=", "障害"),
        ("=?utf-8?q?=F0=9F?=", "\ufffd"),
    ],
)
def test_what_senders_really_write(value: str, text: str) -> None:
    assert decoded(value.encode()) == text


def test_hostile_words_cost_little() -> None:
    for piece in ("=?a?q?", "=?a?q?x?", "=?", "=?utf-8?q?a?= "):
        assert decoded(piece.encode() * 50_000)


def test_base64_is_read_as_far_as_it_goes() -> None:
    assert base64_octets(b"YWJj\r\nZA==") == b"abcd"
    assert base64_octets(b"YWJjZ") == b"abc"
    assert base64_octets(b"=/") == b""


def test_unfolding_keeps_the_blank() -> None:
    assert as_written(b" a\r\n b\r\n\tc\n d ") == "a b\tc  d"
