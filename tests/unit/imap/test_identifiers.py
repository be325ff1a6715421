"""Who is meant in an access control list (RFC 4314 2), and in a special use (RFC 6154)."""

import pytest

from gateway.auth.authenticator import AccountId
from gateway.imap import identifiers
from gateway.imap.special_use import use_of
from gateway.imap.wire.completion import Refusal
from gateway.store.model import SpecialUse
from gateway.store.protocol.sharing import Identifier
from tests.support.imap_people import FakePeople

PEOPLE = FakePeople(["al@home.example", "jörg@bücher.example"])


@pytest.mark.parametrize(
    ("text", "identifier", "shown"),
    [
        ("anyone", "anyone", "anyone"),
        ("AnyOne", "anyone", "anyone"),
        ("-anyone", "-anyone", "-anyone"),
        ("al@home.example", "account:1", "al@home.example"),
        ("-AL@HOME.example", "-account:1", "-al@home.example"),
        ("jörg@xn--bcher-kva.example", "account:2", "jörg@bücher.example"),
    ],
)
def test_identifiers(text: str, identifier: str, shown: str) -> None:
    assert identifiers.identifier_of(PEOPLE, text) == identifier
    assert identifiers.shown(PEOPLE, Identifier(identifier)) == shown


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", b"CLIENTBUG"),
        ("-", b"CLIENTBUG"),
        ("al", b"CANNOT"),
        ("a\tl", b"CLIENTBUG"),
        ("account:1", b"CANNOT"),
        ("$team", b"CANNOT"),
        ("--al@home.example", b"CANNOT"),
        ("a" * 10_000 + "@home.example", b"CANNOT"),
        ("nobody@home.example", b"CANNOT"),
        ("al@elsewhere.example", b"CANNOT"),
    ],
)
def test_nobody(text: str, code: bytes) -> None:
    with pytest.raises(Refusal) as raised:
        identifiers.identifier_of(PEOPLE, text)
    assert raised.value.completion.code == code


def test_who_is_gone_is_called_by_number() -> None:
    assert identifiers.shown(PEOPLE, Identifier("-account:7")) == "-account:7"
    assert identifiers.identifier_of(PEOPLE, "-account:7", {"-account:7": "lr"}) == "-account:7"
    assert identifiers.account_of(Identifier("-account:7")) == AccountId(7)
    assert identifiers.account_of(Identifier("-anyone")) is None


@pytest.mark.parametrize(
    ("attributes", "use"),
    [
        ((), None),
        (("\\Sent",), SpecialUse.SENT),
        (("\\sENT", "\\Sent"), SpecialUse.SENT),
        (("\\Important",), SpecialUse.IMPORTANT),
    ],
)
def test_uses(attributes: tuple[str, ...], use: SpecialUse | None) -> None:
    assert use_of(attributes) == use


@pytest.mark.parametrize(
    "attributes", [("\\All",), ("\\Flagged",), ("\\Sent", "\\Junk"), ("Sent",), ("\\Frobs",), ("\\Inbox",)]
)
def test_uses_that_are_not_possible(attributes: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as raised:
        use_of(attributes)
    assert raised.value.completion.code == b"USEATTR"
