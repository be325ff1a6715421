"""Passwords and what is kept of them.

A generated password is kept as SCRAM verifiers alone (RFC 5802 3): it has more bits than anybody can try, so that the
fewest iterations that RFC 7677 4 allows are enough and a check costs about a millisecond. One that a person chose is
kept as argon2id as well (RFC 9106), for whoever sends it in clear, and its SCRAM verifiers have more iterations.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from gateway.auth.authenticator import ScramHash, ScramVerifier
from gateway.auth.names import BadPassword, prepare_password

GENERATED_ITERATIONS: Final = 4096
"""Of passwords that the gateway made."""

CHOSEN_ITERATIONS: Final = 100_000
"""Of passwords that people chose (docs/decisions.md)."""

SALT_OCTETS: Final = 16

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
"""Without i, l and o, which look like others. One keyboard of a telephone has them all."""
_GROUPS: Final = 6
_GROUP: Final = 5

_ARGON2 = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@dataclass(frozen=True, slots=True)
class Verifiers:
    """What is kept of one password."""

    sha1: ScramVerifier
    sha256: ScramVerifier


def generate() -> str:
    """A new password: 30 of 23 letters, 135 bits, in groups with dashes between them."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def new_salt() -> bytes:
    """A salt for an account."""
    return secrets.token_bytes(SALT_OCTETS)


def verifiers(password: str, salt: bytes, iterations: int) -> Verifiers:
    """Raises BadPassword where nobody can have that password."""
    prepared = prepare_password(password)
    sha1, sha256 = (_verifier(hash_, prepared, salt, iterations) for hash_ in (ScramHash.SHA1, ScramHash.SHA256))
    return Verifiers(sha1, sha256)


def verify(password: str, verifier: ScramVerifier) -> bool:
    """Whether the password is the one that the verifier was made of. One PBKDF2, whatever the password is."""
    return matching(password, (verifier,)) is not None


def matching(password: str, candidates: Sequence[ScramVerifier]) -> int | None:
    """Which of the verifiers was made of the password; None: none. They share hash, salt and iterations: one PBKDF2."""
    if not candidates:
        return None
    first = candidates[0]
    try:
        prepared, possible = prepare_password(password), True
    except BadPassword:
        prepared, possible = "", False
    key = _verifier(first.hash, prepared, first.salt, first.iterations).stored_key
    found = [index for index, one in enumerate(candidates) if hmac.compare_digest(one.stored_key, key)]
    return found[0] if found and possible else None


def argon2_hash(password: str) -> str:
    """In the PHC string format. Takes 64 MiB and some 50 ms: off the event loop, few at once. Raises BadPassword."""
    return _ARGON2.hash(prepare_password(password))


def argon2_verify(password: str, hashed: str) -> bool:
    """As `argon2_hash` in what it takes. False also where `hashed` is no hash."""
    try:
        return _ARGON2.verify(hashed, prepare_password(password))
    except (BadPassword, VerificationError, InvalidHashError):
        return False


def _verifier(hash_: ScramHash, prepared: str, salt: bytes, iterations: int) -> ScramVerifier:
    salted = hashlib.pbkdf2_hmac(hash_.value, prepared.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", hash_.value)
    stored_key = hashlib.new(hash_.value, client_key).digest()
    return ScramVerifier(hash_, salt, iterations, stored_key, hmac.digest(salted, b"Server Key", hash_.value))
