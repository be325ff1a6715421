"""What every Authenticator does: the accounts' own, and the fake that tests of mechanisms use."""

import hashlib
import hmac
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from gateway.accounts.activity.activity import open_activity
from gateway.accounts.activity.journal import LoginJournal
from gateway.accounts.activity.reading import ActivityReader
from gateway.accounts.authenticator import AccountAuthenticator
from gateway.accounts.checking import Checks
from gateway.accounts.config import LoginConfig, Passwords
from gateway.accounts.model import Disabled, WhileDisabled
from gateway.auth.authenticator import (
    Authenticator,
    Circumstances,
    Denial,
    Login,
    ScramCandidates,
    ScramHash,
    ScramVerifier,
    Service,
    Why,
)
from gateway.auth.oauth.owner import TokenOwner, TokenRefusal
from gateway.mail.address import Address, parse_address
from gateway.mail.origin import Tls
from gateway.mail.units import Seconds, Timestamp
from gateway.telemetry.board import Board
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics
from tests.contract.accounts_support import Place, Uses, control
from tests.support.fake_authenticator import FakeAccount, FakeAuthenticator, FakePassword

AL = parse_address("al@home.example")
BO = parse_address("bo@home.example")
JOERG = parse_address("jörg@bücher.example")
NOW = Timestamp(1_800_000_000.0)
TLS = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")
SMTP = Circumstances(Service.SMTP, "submission", "192.0.2.1", TLS, "PLAIN")
IMAP = Circumstances(Service.IMAP, "imap", "192.0.2.1", TLS, "PLAIN")


@dataclass(frozen=True, slots=True)
class World:
    """An Authenticator that knows al (with an app password for IMAP), bo, who is disabled, and jörg."""

    authenticator: Authenticator
    passwords: dict[Address, str]
    for_imap: str
    recorded: Callable[[], Counter[Why | None]]
    """How often each result was recorded; awaits nothing."""

    async def tried(self, name: str, password: str, identity: str = "", around: Circumstances = SMTP) -> Why | Login:
        return answer(await self.authenticator.password(name, password, identity, around))

    async def proven(self, name: str, password: str, hash_: ScramHash = ScramHash.SHA256, identity: str = "") -> object:
        found = await self.authenticator.scram_candidates(name, hash_, SMTP)
        assert isinstance(found, ScramCandidates)
        proof = next((one for one in found.verifiers if fits(password, one)), None)
        return answer(await self.authenticator.scram_verdict(found, proof, identity, SMTP))


def answer(result: Login | Denial) -> Why | Login:
    if isinstance(result, Denial):
        assert result.text.isascii()
        return result.why
    return result


def fits(password: str, verifier: ScramVerifier) -> bool:
    """What a client that knows the password proves (RFC 5802 3)."""
    salted = hashlib.pbkdf2_hmac(verifier.hash, password.encode(), verifier.salt, verifier.iterations)
    client_key = hmac.digest(salted, b"Client Key", verifier.hash.value)
    return hashlib.new(verifier.hash, client_key).digest() == verifier.stored_key


class Tokens:
    async def check(self, token: str) -> TokenOwner | TokenRefusal:
        return TokenOwner(AL, "issuer") if token == "token-of-al" else TokenRefusal(Why.BAD_CREDENTIALS, "no issuer")


@asynccontextmanager
async def fake(_: Path) -> AsyncIterator[World]:
    passwords = {AL: "al's own", BO: "bo's own", JOERG: "jörg's own"}
    accounts = [
        FakeAccount(
            str(AL),
            (FakePassword(passwords[AL]), FakePassword("for imap", frozenset({Service.IMAP}))),
            tokens=("token-of-al",),
        ),
        FakeAccount(str(BO), (FakePassword(passwords[BO]),), disabled="left"),
        FakeAccount(str(JOERG), (FakePassword(passwords[JOERG]),)),
    ]
    made = FakeAuthenticator(accounts)
    yield World(made, passwords, "for imap", lambda: Counter(one.why for one in made.attempts))


@asynccontextmanager
async def accounts(folder: Path) -> AsyncIterator[World]:
    own = control(Place(folder, Uses()))
    passwords = {address: own.registrar.add_account(address) for address in (AL, BO, JOERG)}
    for_imap = own.registrar.add_app_password(AL, "phone", frozenset({Service.IMAP}))
    own.registrar.disable(BO, Disabled("left", WhileDisabled.DELIVER, NOW))
    activity = await open_activity(folder, LoginConfig(), lambda: NOW, quiet())
    checks = Checks(Passwords.GENERATED, own.vault.pepper)
    journal = LoginJournal(activity, quiet(), Metrics(Board(folder, "0")))
    made = AccountAuthenticator(own.vault, checks, activity, journal, lambda: NOW)
    made.tokens, made.failure_takes = Tokens(), Seconds(0)

    def recorded() -> Counter[Why | None]:
        counts: Counter[Why | None] = Counter()
        for alike, tried in activity._ledger._rows.items():
            counts[Why(alike.result) if alike.result else None] += tried.count
        return counts

    yield World(made, passwords, for_imap, recorded)
    await activity.close()
    assert len(ActivityReader(folder).logins(None, Timestamp(0), 100)) <= 100
    checks.close()
    own.close()


def quiet() -> Log:
    log: Log = structlog.wrap_logger(structlog.ReturnLogger(), wrapper_class=structlog.make_filtering_bound_logger(50))
    return log


@pytest.fixture(params=[fake, accounts], ids=["fake", "accounts"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with request.param(tmp_path) as made:
        yield made


async def test_the_right_password_lets_in(world: World) -> None:
    login = await world.tried("al@home.example", world.passwords[AL])
    assert isinstance(login, Login)
    assert login.address == AL
    assert login.credential is not None
    assert world.recorded() == {None: 1}


async def test_names_are_compared_as_people_type_them(world: World) -> None:
    for name in ("AL@Home.Example", "jo\u0308rg@BÜCHER.example", "Jörg@xn--bcher-kva.example"):
        password = world.passwords[AL if name.lower().startswith("al") else JOERG]
        assert isinstance(await world.tried(name, password), Login)


@pytest.mark.parametrize("name", ["nobody@home.example", "al@elsewhere.example", "al", "@", "x" * 5000, "a\ud800b@c.d"])
async def test_a_name_that_nobody_has_is_a_wrong_password(world: World, name: str) -> None:
    first = await world.authenticator.password(name, "wrong", "", SMTP)
    second = await world.authenticator.password("al@home.example", "wrong", "", SMTP)
    assert first == second
    assert isinstance(first, Denial)
    assert first.why is Why.BAD_CREDENTIALS
    assert world.recorded() == {Why.BAD_CREDENTIALS: 2}


@pytest.mark.parametrize("password", ["", "wrong", "x" * 5000, "\udcff", "nul\0nul"])
async def test_no_wrong_password_lets_in(world: World, password: str) -> None:
    assert await world.tried("al@home.example", password) is Why.BAD_CREDENTIALS


async def test_an_app_password_is_for_its_services(world: World) -> None:
    own = await world.tried("al@home.example", world.passwords[AL], around=IMAP)
    app = await world.tried("al@home.example", world.for_imap, around=IMAP)
    assert isinstance(own, Login)
    assert isinstance(app, Login)
    assert own.credential != app.credential
    assert await world.tried("al@home.example", world.for_imap) is Why.NOT_FOR_THIS
    assert world.recorded() == {None: 2, Why.NOT_FOR_THIS: 1}


async def test_that_an_account_is_disabled_is_told_with_the_right_password_alone(world: World) -> None:
    result = await world.authenticator.password("bo@home.example", world.passwords[BO], "", SMTP)
    assert isinstance(result, Denial)
    assert result.why is Why.DISABLED
    assert "left" in result.text
    assert await world.tried("bo@home.example", "wrong") is Why.BAD_CREDENTIALS
    assert await world.proven("bo@home.example", world.passwords[BO]) is Why.DISABLED
    assert await world.proven("bo@home.example", "wrong") is Why.BAD_CREDENTIALS


async def test_nobody_acts_as_somebody_else(world: World) -> None:
    password = world.passwords[AL]
    assert isinstance(await world.tried("al@home.example", password, "AL@home.example"), Login)
    for identity in ("bo@home.example", "nobody@home.example", "al"):
        assert await world.tried("al@home.example", password, identity) is Why.OTHER_IDENTITY
        assert await world.tried("al@home.example", "wrong", identity) is Why.BAD_CREDENTIALS


@pytest.mark.parametrize("hash_", ScramHash)
async def test_scram_lets_in_whoever_has_a_password(world: World, hash_: ScramHash) -> None:
    login = await world.proven("al@home.example", world.passwords[AL], hash_)
    assert isinstance(login, Login)
    assert login == await world.tried("al@home.example", world.passwords[AL])
    assert await world.proven("al@home.example", world.for_imap, hash_) is Why.NOT_FOR_THIS
    assert await world.proven("al@home.example", "wrong", hash_) is Why.BAD_CREDENTIALS
    assert await world.proven("al@home.example", world.passwords[AL], hash_, "bo@home.example") is Why.OTHER_IDENTITY
    assert world.recorded() == {None: 2, Why.NOT_FOR_THIS: 1, Why.BAD_CREDENTIALS: 1, Why.OTHER_IDENTITY: 1}


async def test_scram_tells_a_name_that_nobody_has_like_any_other(world: World) -> None:
    known = await world.authenticator.scram_candidates("al@home.example", ScramHash.SHA256, SMTP)
    unknown = [
        await world.authenticator.scram_candidates("nobody@home.example", ScramHash.SHA256, SMTP) for _ in range(2)
    ]
    assert unknown[0] == unknown[1]
    assert isinstance(known, ScramCandidates)
    assert isinstance(unknown[0], ScramCandidates)
    mine, theirs = known.verifiers[0], unknown[0].verifiers[0]
    assert (len(mine.salt), mine.iterations, len(mine.stored_key)) == (
        len(theirs.salt),
        theirs.iterations,
        len(theirs.stored_key),
    )
    assert len({(one.salt, one.iterations) for one in known.verifiers}) == 1
    assert not world.recorded()


async def test_a_certificate_lets_its_address_in(world: World) -> None:
    login = answer(await world.authenticator.certificate([AL], "", SMTP))
    assert isinstance(login, Login)
    assert (login.address, login.credential) == (AL, None)
    assert answer(await world.authenticator.certificate([AL], "bo@home.example", SMTP)) is Why.OTHER_IDENTITY
    stranger = [parse_address("nobody@home.example")]
    assert answer(await world.authenticator.certificate(stranger, "", SMTP)) is Why.BAD_CREDENTIALS
    assert answer(await world.authenticator.certificate([], "", SMTP)) is Why.BAD_CREDENTIALS
    assert answer(await world.authenticator.certificate([BO], "", SMTP)) is Why.DISABLED


async def test_a_token_lets_in(world: World) -> None:
    login = answer(await world.authenticator.token("token-of-al", "", SMTP))
    assert isinstance(login, Login)
    assert (login.address, login.credential) == (AL, None)
    assert isinstance(await world.authenticator.token("token-of-al", "al@home.example", SMTP), Login)
    assert answer(await world.authenticator.token("token-of-al", "bo@home.example", SMTP)) is Why.OTHER_IDENTITY
    assert answer(await world.authenticator.token("another", "al@home.example", SMTP)) is Why.BAD_CREDENTIALS
    assert world.recorded() == {None: 2, Why.OTHER_IDENTITY: 1, Why.BAD_CREDENTIALS: 1}


@pytest.mark.parametrize("why", [Why.MALFORMED, Why.CANCELLED])
async def test_an_exchange_that_broke_off_is_recorded(world: World, why: Why) -> None:
    for name in ("al@home.example", "", "nobody"):
        assert (await world.authenticator.failed(why, name, SMTP)).why is why
    assert world.recorded() == {why: 3}
