"""Strings as we send them (RFC 9051 4.3)."""

import pytest

from gateway.imap.wire import strings


@pytest.mark.parametrize(
    ("octets", "wire"),
    [
        (b"", b'""'),
        (b"a b", b'"a b"'),
        (b'a"b\\', rb'"a\"b\\"'),
        (b"a\r\nb", b"{4}\r\na\r\nb"),
        (b"\xc3\xb6", b"{2}\r\n\xc3\xb6"),
        (b"x" * 1001, b"{1001}\r\n" + b"x" * 1001),
    ],
)
def test_string(octets: bytes, wire: bytes) -> None:
    assert strings.string(octets) == wire


def test_utf8_stands_in_quotes_for_whoever_enabled_it() -> None:
    assert strings.string("ö".encode(), utf8=True) == b'"\xc3\xb6"'


@pytest.mark.parametrize(
    ("octets", "wire"), [(b"abc", b"abc"), (b"nil", b'"nil"'), (b"a]", b'"a]"'), (b"", b'""'), (b"a(", b'"a("')]
)
def test_astring(octets: bytes, wire: bytes) -> None:
    assert strings.astring(octets) == wire


def test_nothing_is_nil() -> None:
    assert strings.nstring(None) == b"NIL"
    assert strings.nstring(b"") == b'""'


def test_mailbox_names() -> None:
    assert strings.mailbox("INBOX", utf8=False) == b"INBOX"
    assert strings.mailbox("Entwürfe & mehr", utf8=False) == b'"Entw&APw-rfe &- mehr"'
    assert strings.mailbox("Entwürfe & mehr", utf8=True) == b'"Entw\xc3\xbcrfe & mehr"'
