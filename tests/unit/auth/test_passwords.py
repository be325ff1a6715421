"""Passwords: made, kept, checked, and chosen by people."""

import math
import re

import pytest

from gateway.auth.authenticator import ScramHash
from gateway.auth.common import choice_policy
from gateway.auth.names import BadPassword
from gateway.auth.passwords import (
    CHOSEN_ITERATIONS,
    GENERATED_ITERATIONS,
    argon2_hash,
    argon2_verify,
    generate,
    matching,
    new_salt,
    verifiers,
    verify,
)
from gateway.mail.address import parse_address

SALT = b"0123456789abcdef"
AL = parse_address("al@home.example")
CASSANDRA = parse_address("Cassandra@home.example")


def test_generated_passwords_have_128_bits_and_no_letters_that_look_alike():
    made = {generate() for _ in range(200)}
    assert len(made) == 200
    letters = {letter for one in made for letter in one if letter != "-"}
    assert not letters & set("ilo01")
    assert all(re.fullmatch(r"[a-z]{5}(-[a-z]{5}){5}", one) for one in made)
    assert 30 * math.log2(len(letters)) >= 128


def test_salts_differ():
    assert len(new_salt()) == 16
    assert new_salt() != new_salt()


def test_verifiers():
    made = verifiers("secret", SALT, GENERATED_ITERATIONS)
    assert (made.sha1.hash, made.sha256.hash) == (ScramHash.SHA1, ScramHash.SHA256)
    assert (len(made.sha1.stored_key), len(made.sha256.stored_key)) == (20, 32)
    for one in (made.sha1, made.sha256):
        assert (one.salt, one.iterations) == (SALT, 4096)
        assert verify("secret", one)
        assert not verify("Secret", one)
        assert not verify("secret\0", one)
        assert "stored_key" not in repr(one)


def test_an_impossible_password_fits_no_verifier():
    with pytest.raises(BadPassword):
        verifiers("", SALT, 4096)
    assert not verify("", verifiers(" ", SALT, 4096).sha256)


def test_matching_finds_which():
    kept = [verifiers(text, SALT, 4096).sha256 for text in ("one", "two", "three")]
    assert matching("two", kept) == 1
    assert matching("four", kept) is None
    assert matching("one", []) is None


def test_iterations():
    assert GENERATED_ITERATIONS >= 4096
    assert CHOSEN_ITERATIONS > 10 * GENERATED_ITERATIONS


def test_argon2():
    hashed = argon2_hash("schlu\u0308ssel")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert argon2_verify("schl\u00fcssel", hashed)
    assert not argon2_verify("schluessel", hashed)
    assert not argon2_verify("", hashed)
    assert not argon2_verify("secret", "no hash")


@pytest.mark.parametrize(
    "password",
    [
        "tulip-anvil-37-mosses",
        "Grüße aus Bückeburg",
        "metal-cabal-oval",
        "correct horse battery staple",
    ],
)
def test_passwords_that_people_may_choose(password):
    choice_policy(12, None).demand(password, AL)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "12 characters at least"),
        ("", "nobody can type"),
        ("password1234", "tries first"),
        ("!!Password!!2024", "tries first"),
        ("QWERTYUIOP123", "tries first"),
        ("my-cassandra-rose", "name of its account"),
        ("CASSANDRA-rose-12", "name of its account"),
        ("tulip \U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600", "prepare in different ways"),
        ("tulip\nanvil-37", "nobody can type"),
    ],
)
def test_passwords_that_people_may_not_choose(password, why):
    with pytest.raises(BadPassword, match=why):
        choice_policy(12, None).demand(password, CASSANDRA)


def test_the_shipped_list_is_long():
    assert len(choice_policy(8, None).common) > 9_000


def test_a_list_of_ones_own(tmp_path):
    file = tmp_path / "common.txt"
    file.write_text("# ours\n\nHome-Example-Mail\n", encoding="utf-8")
    policy = choice_policy(8, file)
    for password in ("home-example-MAIL", "sunshine"):
        with pytest.raises(BadPassword, match="tries first"):
            policy.demand(password, AL)
