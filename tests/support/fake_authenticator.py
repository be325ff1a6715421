"""An `Authenticator` in memory: accounts that a test writes down, no delays, and a record of every attempt."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.auth.authenticator import (
    AccountId,
    Circumstances,
    CredentialId,
    Denial,
    Login,
    ScramCandidates,
    ScramHash,
    ScramVerifier,
    Service,
    Why,
)
from gateway.auth.names import account_key, parse_login
from gateway.auth.passwords import matching, verifiers
from gateway.mail.address import Address, parse_address

SALT = b"sixteen octets.."
ITERATIONS = 4096


@dataclass(frozen=True, slots=True)
class FakePassword:
    """A password in clear; `services`: what it is good for, all where empty."""

    text: str
    services: frozenset[Service] = frozenset()


@dataclass(frozen=True, slots=True)
class FakeAccount:
    """Somebody who can log in, unless `disabled` says why not."""

    address: str
    passwords: tuple[FakePassword, ...] = ()
    disabled: str = ""
    tokens: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return account_key(parse_address(self.address))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A log-in attempt that is over."""

    name: str
    around: Circumstances
    result: Login | Denial

    @property
    def why(self) -> Why | None:
        return self.result.why if isinstance(self.result, Denial) else None


@dataclass(slots=True)
class FakeAuthenticator:
    """Numbers accounts and passwords from 1 on. `refuse_all` is the answer to everything while it is set."""

    accounts: Sequence[FakeAccount] = ()
    refuse_all: Denial | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @classmethod
    def with_account(cls, address: str, password: str, disabled: str = "") -> "FakeAuthenticator":
        """Knows one account with one password."""
        return cls([FakeAccount(address, (FakePassword(password),), disabled)])

    async def password(self, name: str, password: str, identity: str, around: Circumstances) -> Login | Denial:
        candidates = self._verifiers(name, ScramHash.SHA256)
        found = matching(password, candidates)
        return self._verdict(name, found, identity, around)

    async def scram_candidates(self, name: str, hash_: ScramHash, around: Circumstances) -> ScramCandidates | Denial:
        if self.refuse_all is not None:
            self._over(name, around, self.refuse_all)
            return self.refuse_all
        found = self._verifiers(name, hash_)
        return ScramCandidates(name, found or [_of("nobody types this", hash_, b"of nobody at all")])

    async def scram_verdict(
        self, candidates: ScramCandidates, proven: ScramVerifier | None, identity: str, around: Circumstances
    ) -> Login | Denial:
        found = None if proven is None else list(candidates.verifiers).index(proven)
        return self._verdict(candidates.name, found, identity, around)

    async def certificate(self, addresses: Sequence[Address], identity: str, around: Circumstances) -> Login | Denial:
        keys = {account_key(address): str(address) for address in addresses}
        for account in self.accounts:
            if account.key in keys:
                return self._of_account(account, keys[account.key], identity, around)
        return self._over(",".join(keys.values()), around, _bad())

    async def token(self, token: str, identity: str, around: Circumstances) -> Login | Denial:
        for account in self.accounts:
            if token in account.tokens:
                return self._of_account(account, identity or account.address, identity, around)
        return self._over(identity, around, _bad())

    async def failed(self, why: Why, name: str, around: Circumstances) -> Denial:
        denial = Denial(why, "the log-in was broken off")
        self._over(name, around, denial)
        return denial

    def _account(self, name: str) -> FakeAccount | None:
        address = parse_login(name)
        wanted = account_key(address) if address else None
        return next((account for account in self.accounts if account.key == wanted), None)

    def _verifiers(self, name: str, hash_: ScramHash) -> list[ScramVerifier]:
        account = self._account(name)
        return [_of(one.text, hash_, SALT) for one in account.passwords] if account else []

    def _verdict(self, name: str, found: int | None, identity: str, around: Circumstances) -> Login | Denial:
        account = self._account(name)
        if account is None or found is None:
            return self._over(name, around, _bad())
        services = account.passwords[found].services
        if services and around.service not in services:
            return self._over(name, around, Denial(Why.NOT_FOR_THIS, "this password is not for this service"))
        return self._of_account(account, name, identity, around, CredentialId(found + 1))

    def _of_account(
        self,
        account: FakeAccount,
        name: str,
        identity: str,
        around: Circumstances,
        credential: CredentialId | None = None,
    ) -> Login | Denial:
        if account.disabled:
            return self._over(name, around, Denial(Why.DISABLED, f"the account is disabled: {account.disabled}"))
        if identity and self._account(identity) is not account:
            return self._over(name, around, Denial(Why.OTHER_IDENTITY, "you are not that account"))
        number = AccountId(list(self.accounts).index(account) + 1)
        return self._over(name, around, Login(number, parse_address(account.address), credential))

    def _over(self, name: str, around: Circumstances, result: Login | Denial) -> Login | Denial:
        answer = self.refuse_all or result
        self.attempts.append(Attempt(name, around, answer))
        return answer


def _of(password: str, hash_: ScramHash, salt: bytes) -> ScramVerifier:
    made = verifiers(password, salt, ITERATIONS)
    return made.sha1 if hash_ is ScramHash.SHA1 else made.sha256


def _bad() -> Denial:
    return Denial(Why.BAD_CREDENTIALS, "wrong name or password")
