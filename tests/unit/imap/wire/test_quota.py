"""Quotas (RFC 9208 7)."""

import pytest

from gateway.imap.wire.completion import Refusal
from gateway.imap.wire.framing import Piece
from gateway.imap.wire.quota import Setting, setquota_arguments, usage
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.store.errors import Resource
from gateway.store.protocol.quotas import Usage


def _read(text: bytes) -> Setting:
    scanner = Scanner((Piece(text),), utf8=False)
    setting = setquota_arguments(scanner)
    scanner.end()
    return setting


def test_limits() -> None:
    assert _read(b' "" ()') == Setting("", {})
    limits = {Resource.STORAGE: 512 * 1024, Resource.MESSAGES: 7, Resource.MAILBOXES: 0}
    assert _read(b" al@home.example (storage 512 MESSAGE 7 Mailbox 0)") == Setting("al@home.example", limits)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b' ""',
        b' "" (STORAGE)',
        b' "" (STORAGE -1)',
        b' "" (STORAGE 1 STORAGE 1)',
        b' "" (STORAGE 9223372036854775808)',
    ],
)
def test_what_limits_nothing(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        _read(text)


def test_unknown_resources() -> None:
    with pytest.raises(Refusal, match="STORAGE, MESSAGE and MAILBOX"):
        _read(b' "" (ANNOTATION-STORAGE 1)')


@pytest.mark.parametrize(
    ("storage", "messages", "mailboxes", "wire"),
    [
        (Usage(0, None, own=False), Usage(0, None, own=False), Usage(1, None, own=False), b"()"),
        (Usage(1, 2047, own=False), Usage(0, None, own=False), Usage(1, 0, own=True), b"(STORAGE 1 1 MAILBOX 1 0)"),
        (Usage(1024, 1024, own=True), Usage(7, 5, own=True), Usage(1, None, own=True), b"(STORAGE 1 1 MESSAGE 7 5)"),
    ],
)
def test_usage(storage: Usage, messages: Usage, mailboxes: Usage, wire: bytes) -> None:
    used = {Resource.STORAGE: storage, Resource.MESSAGES: messages, Resource.MAILBOXES: mailboxes}
    assert usage(used) == wire
