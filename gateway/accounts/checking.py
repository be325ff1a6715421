"""Checking a password that came in clear (PLAIN, LOGIN) against what is kept of an account's passwords.

A generated password costs one PBKDF2 of 4096 rounds, 0.8 ms: done at once, since handing it to a thread costs more than
it wins with a worker on each core. What costs more (a chosen password: argon2id, and app passwords beside it) goes to
two threads with a bounded line. A name that nobody has costs as much as one that somebody has.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.accounts.config import Passwords
from gateway.accounts.vault import Holder, StoredPassword
from gateway.auth.authenticator import ScramHash, ScramVerifier
from gateway.auth.passwords import (
    CHOSEN_ITERATIONS,
    GENERATED_ITERATIONS,
    SALT_OCTETS,
    argon2_hash,
    argon2_verify,
    matching,
)
from gateway.auth.threads import BoundedThreads

THREADS: Final = 2
MAX_LINE: Final = 16
"""Checks that wait for a thread; each takes some 50 ms."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Passwords that share salt and iteration count: one PBKDF2 for all of them."""

    passwords: Sequence[StoredPassword]

    @property
    def verifiers(self) -> Sequence[ScramVerifier]:
        return [one.sha256 for one in self.passwords]


class Checks:
    """The checks of one worker. `pepper`: that of the Vault."""

    def __init__(self, policy: Passwords, pepper: bytes) -> None:
        self._policy = policy
        self._pepper = pepper
        self._threads = BoundedThreads(THREADS, MAX_LINE, "passwords")
        self._dummy: str | None = None

    def close(self) -> None:
        """End the threads."""
        self._threads.close()

    def adopt(self, policy: Passwords) -> None:
        """The configuration was read again."""
        self._policy = policy

    async def matching(self, holder: Holder | None, name: str, password: str) -> StoredPassword | None:
        """The password of the account that this one is; None: none of them. Raises Busy."""
        if holder is None or not holder.passwords:
            await self._pretend(name, password)
            return None
        for group in _groups(holder.passwords):
            found = await self._among(password, group.verifiers)
            if found is not None:
                return group.passwords[found]
        for one in holder.passwords:
            if one.argon2 is not None and await self._threads.run(argon2_verify, password, one.argon2):
                return one
        return None

    def decoy(self, name: str, hash_: ScramHash) -> ScramVerifier:
        """The verifier of a name that nobody has: always the same, and no password fits (RFC 5802 9)."""
        salt, key = self._derived(name, "salt")[:SALT_OCTETS], self._derived(name, f"key {hash_}")
        chosen = self._policy is Passwords.CUSTOM and self._derived(name, "kind")[0] % 2 == 0
        iterations = CHOSEN_ITERATIONS if chosen else GENERATED_ITERATIONS
        length = 20 if hash_ is ScramHash.SHA1 else 32
        return ScramVerifier(hash_, salt, iterations, key[:length], self._derived(name, f"server {hash_}")[:length])

    def pseudonym(self, name: str) -> str:
        """Stands for a name that nobody has, where it is counted: bounded, and no way back to what was typed."""
        return self._derived(name, "count").hex()[:16]

    async def _pretend(self, name: str, password: str) -> None:
        decoy = self.decoy(name, ScramHash.SHA256)
        if decoy.iterations == GENERATED_ITERATIONS:
            await self._among(password, [decoy])
        else:
            await self._threads.run(argon2_verify, password, await self._dummy_hash())

    async def _dummy_hash(self) -> str:
        if self._dummy is None:
            self._dummy = await self._threads.run(argon2_hash, self._pepper.hex())
        return self._dummy

    async def _among(self, password: str, verifiers: Sequence[ScramVerifier]) -> int | None:
        if verifiers[0].iterations <= GENERATED_ITERATIONS:
            return matching(password, verifiers)
        return await self._threads.run(matching, password, verifiers)

    def _derived(self, name: str, what: str) -> bytes:
        return hmac.digest(self._pepper, f"{what}\0{name}".encode("utf-8", "surrogatepass"), "sha256")


def _groups(passwords: Sequence[StoredPassword]) -> list[_Group]:
    """Those that are checked by PBKDF2, the cheapest first."""
    groups: dict[tuple[int, bytes], list[StoredPassword]] = {}
    for one in passwords:
        if one.argon2 is None:
            groups.setdefault((one.sha256.iterations, one.sha256.salt), []).append(one)
    return [_Group(groups[key]) for key in sorted(groups)]
