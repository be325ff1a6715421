"""Names of accounts (RFC 8265 3.3) and the preparation of passwords (RFC 8265 4.2, RFC 4013)."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramException
from scramp.utils import saslprep

from gateway.auth.names import (
    MAX_NAME,
    MAX_PASSWORD,
    BadName,
    BadPassword,
    account_key,
    is_portable,
    parse_login,
    prepare_password,
)
from gateway.mail.address import BadAddress, parse_address

SASLPREP: Callable[[str], str] = saslprep


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Al@Home.Example", "al@home.example"),
        ('"al"@home.example', "al@home.example"),
        ('"a\\l"@home.example', "al@home.example"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ("JÖRG@XN--BCHER-KVA.EXAMPLE", "jörg@xn--bcher-kva.example"),
        ("jo\u0308rg@bu\u0308cher.example", "jörg@xn--bcher-kva.example"),
        ("\uff41\uff4c@home.example", "al@home.example"),
        ("straße@home.example", "straße@home.example"),
        ("ΣΑΣ@home.example", "σας@home.example"),
        ("用户@例え.example", "用户@xn--r8jz45g.example"),
        ("\u05d0\u05d1@home.example", "\u05d0\u05d1@home.example"),
        ("a.b+c@home.example", "a.b+c@home.example"),
    ],
)
def test_account_key(address, key):
    assert account_key(parse_address(address)) == key


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ('"a b"@home.example', "blank"),
        ("a\u00a0b@home.example", "compatibility|blank"),
        ("a\u2615@home.example", "symbol"),
        ("\u2120@home.example", "compatibility"),
        ("a\u05d0@home.example", "left and to the right"),
        ("a\u200bb@home.example", "nobody sees"),
        ('""@home.example', "nothing is left"),
        ("a\u00a7b@home.example", "neither letter nor digit|symbol"),
        ("a\u0378b@home.example", "Unicode does not know"),
    ],
)
def test_names_that_no_account_can_have(address, why):
    with pytest.raises(BadName, match=why):
        account_key(parse_address(address))


@pytest.mark.parametrize(
    "name",
    ["", "al", "@", "al@", "@home.example", "a b@home.example", "a\u2615@home.example", "a@b@c d", "a\0@b.example"],
)
def test_names_that_are_nobodys(name):
    assert parse_login(name) is None


def test_a_name_is_bounded():
    assert parse_login("a" * (MAX_NAME - len("@b.example")) + "@b.example") is not None
    assert parse_login("a" * (MAX_NAME - len("@b.example") + 1) + "@b.example") is None


@given(st.text())
def test_any_text_as_a_login_name(name):
    address = parse_login(f"{name}@home.example")
    if address is not None:
        key = account_key(address)
        assert account_key(parse_address(str(address))) == key


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_keys_are_their_own_keys(local):
    try:
        key = account_key(parse_address(f"{local}@home.example"))
    except (BadAddress, BadName):
        return
    assert account_key(parse_address(key)) == key


@pytest.mark.parametrize(
    ("typed", "prepared"),
    [
        ("correct horse", "correct horse"),
        ("Ä", "Ä"),
        ("A\u0308", "Ä"),
        ("a\u00a0b", "a b"),
        ("\u00bd", "1\u20442"),
        ("\U0001f600", "\U0001f600"),
        ("a\u05d0", "a\u05d0"),
    ],
)
def test_prepare_password(typed, prepared):
    assert prepare_password(typed) == prepared


@pytest.mark.parametrize("password", ["", "a\0", "a\n", "\x7f", "\ud800", "\u00ad", "a" * (MAX_PASSWORD + 1)])
def test_passwords_that_nobody_can_have(password):
    with pytest.raises(BadPassword) as caught:
        prepare_password(password)
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize(
    ("password", "portable"),
    [("correct horse", True), ("schlüssel", True), ("a\u0308", False), ("\u00bd", False), ("\U0001f600", False)],
)
def test_is_portable(password, portable):
    assert is_portable(password) is portable


@given(st.text(max_size=20))
def test_preparing_twice_changes_nothing(password):
    try:
        prepared = prepare_password(password)
    except BadPassword:
        return
    assert prepare_password(prepared) == prepared


@given(st.text(max_size=20))
def test_a_client_that_prepares_and_one_that_does_not_mean_the_same_password(password):
    """RFC 5802 clients send SASLprep(password) into SCRAM; others send what was typed by PLAIN."""
    try:
        prepared, by_client = prepare_password(password), SASLPREP(password)
    except (BadPassword, ScramException):
        return
    assert by_client == prepared
