"""Log-ins against real accounts: time, waiting, records, the log."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import CapturingLogger

from gateway.accounts.activity.activity import Activity, open_activity
from gateway.accounts.activity.journal import LoginJournal
from gateway.accounts.activity.reading import ActivityReader
from gateway.accounts.authenticator import AccountAuthenticator
from gateway.accounts.checking import MAX_LINE, THREADS, Checks
from gateway.accounts.config import LoginConfig, Passwords
from gateway.accounts.model import LoginRecord
from gateway.accounts.protocol import AccountsUnavailable
from gateway.accounts.vault import Holder
from gateway.auth.authenticator import (
    AccountId,
    Circumstances,
    Denial,
    Login,
    ScramCandidates,
    ScramHash,
    Service,
    Why,
)
from gateway.auth.passwords import CHOSEN_ITERATIONS, GENERATED_ITERATIONS
from gateway.auth.threads import Busy
from gateway.mail.address import Address, parse_address
from gateway.mail.units import Seconds, Timestamp
from gateway.telemetry.board import Board
from gateway.telemetry.metrics import Metrics
from tests.contract.accounts_support import Accounts, Place, Uses, control

AL = parse_address("al@home.example")
NAME = "al@home.example"
CHOSEN = "correct horse battery staple"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> Timestamp:
        return Timestamp(self.now)


class Broken:
    """A Vault whose file cannot be read."""

    pepper = bytes(32)

    def holder(self, address: Address) -> Holder | None:
        raise AccountsUnavailable(f"cannot look for {address}")

    def holder_of(self, account: AccountId) -> Holder | None:
        raise AccountsUnavailable(f"cannot look for {account}")


class World:
    """The authenticator of one worker, with account al."""

    def __init__(self, folder: Path, accounts: Accounts, password: str, clock: Clock) -> None:
        self.folder, self.accounts, self.own, self.clock = folder, accounts, password, clock
        self.lines = CapturingLogger()
        self.log = structlog.wrap_logger(
            self.lines, processors=[], wrapper_class=structlog.make_filtering_bound_logger(0), context_class=dict
        )
        self.metrics = Metrics(Board(folder / "metrics", "0"))

    async def open(self, config: LoginConfig, policy: Passwords = Passwords.GENERATED) -> None:
        self.activity: Activity = await open_activity(self.folder, config, self.clock, self.log)
        self.checks = Checks(policy, self.accounts.vault.pepper)
        journal = LoginJournal(self.activity, self.log, self.metrics)
        self.made = AccountAuthenticator(self.accounts.vault, self.checks, self.activity, journal, self.clock)
        self.made.failure_takes = Seconds(0)

    async def try_(self, password: str, client: str = "192.0.2.1", name: str = NAME) -> Why | None:
        result = await self.made.password(name, password, "", around(client))
        return result.why if isinstance(result, Denial) else None

    async def records(self) -> list[LoginRecord]:
        await self.activity.flush()
        return list(ActivityReader(self.folder).logins(None, Timestamp(0), 1000))

    async def results(self) -> dict[Why | None, int]:
        found: dict[Why | None, int] = {}
        for record in await self.records():
            found[record.result] = found.get(record.result, 0) + record.count
        return found

    async def close(self) -> None:
        await self.activity.close()
        self.checks.close()


def around(client: str = "192.0.2.1") -> Circumstances:
    return Circumstances(Service.SMTP, "submission", client, None, "PLAIN")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    accounts = control(Place(tmp_path, Uses()).with_custom())
    yield World(tmp_path, accounts, accounts.registrar.add_account(AL), Clock())
    accounts.close()


async def test_failures_take_a_second_and_success_none(world: World) -> None:
    await world.open(LoginConfig())
    world.made.failure_takes = Seconds(0.5)
    took = {}
    for name, password in ((NAME, "wrong"), ("nobody@home.example", "wrong"), (NAME, world.own)):
        began = time.monotonic()
        await world.try_(password, name=name)
        took[name, password] = time.monotonic() - began
    assert took.pop((NAME, world.own)) < 0.4
    assert all(0.49 < seconds < 0.9 for seconds in took.values())
    await world.close()


async def test_a_login_leaves_its_traces(world: World) -> None:
    await world.open(LoginConfig())
    assert await world.try_(world.own) is None
    [record] = await world.records()
    account = world.accounts.id(NAME)
    assert (record.account, record.name, record.client, record.count) == (account, NAME, "192.0.2.1", 1)
    credential = world.accounts.registrar.credentials(AL)[0].id
    assert ActivityReader(world.folder).last_use(account) == {credential: (world.clock(), "192.0.2.1")}
    assert world.metrics.logging_in.logins.at("smtp", "PLAIN", "ok").numbers() == (1.0,)
    await world.close()


async def test_no_password_is_in_the_log(world: World) -> None:
    await world.open(LoginConfig())
    for password in (world.own, "hunter2hunter2"):
        await world.try_(password)
    await world.made.token("tokentoken", "", around())
    text = repr(world.lines.calls)
    assert [call.args or call.kwargs.get("event") for call in world.lines.calls]
    assert len(world.lines.calls) == 3
    assert NAME in text
    assert world.own not in text
    assert "hunter2" not in text
    assert "tokentoken" not in text
    await world.close()


async def test_a_guesser_is_blocked_and_the_owner_is_not(world: World) -> None:
    await world.open(LoginConfig(slow_after=5, block_accounts_after=10))
    assert await world.try_(world.own) is None
    answers = await asyncio.gather(*(world.try_("wrong", f"10.{n}.0.1") for n in range(100)))
    assert answers.count(Why.BAD_CREDENTIALS) <= 10
    assert answers.count(Why.SLOWED) == 100 - answers.count(Why.BAD_CREDENTIALS)
    assert await world.try_(world.own, "10.200.0.1") is Why.SLOWED
    assert await world.try_(world.own) is None
    assert await world.results() == {
        None: 2,
        Why.BAD_CREDENTIALS: answers.count(Why.BAD_CREDENTIALS),
        Why.SLOWED: answers.count(Why.SLOWED) + 1,
    }
    denial = await world.made.scram_candidates(NAME, ScramHash.SHA256, around("10.200.0.1"))
    assert isinstance(denial, Denial)
    assert denial.why is Why.SLOWED
    assert denial.again is not None
    assert denial.again > world.clock()
    assert world.metrics.logging_in.blocked.at().numbers() == (answers.count(Why.SLOWED) + 2.0,)
    await world.close()


async def test_bad_tokens_of_a_neighbour_block_no_password(world: World) -> None:
    await world.open(LoginConfig(slow_after=5, block_after=5))
    for _ in range(5):
        assert isinstance(await world.made.token("bad", "", around()), Denial)
    blocked = await world.made.token("bad", "", around())
    assert isinstance(blocked, Denial)
    assert blocked.why is Why.SLOWED
    assert await world.try_(world.own) is None
    await world.close()


async def test_a_slowed_attempt_waits_for_its_turn(world: World) -> None:
    await world.open(LoginConfig(slow_after=1))
    assert await world.try_("wrong") is Why.BAD_CREDENTIALS
    waiting = asyncio.create_task(world.try_(world.own))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    world.clock.now += 1
    assert await waiting is None
    assert world.metrics.logging_in.waits.at().numbers() == (1.0,)
    await world.close()


async def test_whoever_goes_while_waiting_is_recorded_and_leaves_the_line(world: World) -> None:
    await world.open(LoginConfig(slow_after=1))
    assert await world.try_("wrong") is Why.BAD_CREDENTIALS
    waiting = [asyncio.create_task(world.try_("wrong")) for _ in range(3)]
    await asyncio.sleep(0.05)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await world.results() == {Why.BAD_CREDENTIALS: 1, Why.CANCELLED: 3}
    assert all(not line.waiting for line in world.activity.guard._lines.values())
    await world.close()


async def test_accounts_that_cannot_be_read_are_no_wrong_password(world: World) -> None:
    await world.open(LoginConfig())
    journal = LoginJournal(world.activity, world.log, world.metrics)
    broken = AccountAuthenticator(Broken(), world.checks, world.activity, journal, world.clock)
    answers = [
        await broken.password(NAME, "x", "", around()),
        await broken.scram_candidates(NAME, ScramHash.SHA1, around()),
        await broken.scram_verdict(ScramCandidates(NAME, ()), None, "", around()),
        await broken.certificate([AL], "", around()),
    ]
    assert [one.why for one in answers if isinstance(one, Denial)] == [Why.UNAVAILABLE] * 4
    assert await world.results() == {Why.UNAVAILABLE: 4}
    await world.close()


async def test_a_chosen_password_lets_in_by_plain_and_by_scram(world: World) -> None:
    registrar = world.accounts.registrar
    registrar.choose_password(AL, CHOSEN)
    app = registrar.add_app_password(AL, "phone", frozenset())
    await world.open(LoginConfig(), Passwords.CUSTOM)
    assert await world.try_(CHOSEN) is None
    assert await world.try_(app) is None
    assert await world.try_(CHOSEN + "x") is Why.BAD_CREDENTIALS
    assert await world.try_(world.own) is Why.BAD_CREDENTIALS
    found = await world.made.scram_candidates(NAME, ScramHash.SHA256, around())
    assert isinstance(found, ScramCandidates)
    assert {one.iterations for one in found.verifiers} == {CHOSEN_ITERATIONS}
    for proven in found.verifiers:
        assert isinstance(await world.made.scram_verdict(found, proven, "", around()), Login)
    await world.close()


async def test_a_password_that_is_revoked_during_scram_opens_nothing(world: World) -> None:
    await world.open(LoginConfig())
    found = await world.made.scram_candidates(NAME, ScramHash.SHA256, around())
    assert isinstance(found, ScramCandidates)
    world.accounts.registrar.generate_password(AL)
    result = await world.made.scram_verdict(found, found.verifiers[0], "", around())
    assert isinstance(result, Denial)
    assert result.why is Why.BAD_CREDENTIALS
    await world.close()


async def test_expensive_checks_are_few_and_their_line_is_bounded(world: World) -> None:
    world.accounts.registrar.choose_password(AL, CHOSEN)
    await world.open(LoginConfig(), Passwords.CUSTOM)
    most = 0
    gate = threading.Event()
    at_once: set[int] = set()

    def slow(*_: Any) -> bool:
        nonlocal most
        at_once.add(threading.get_ident())
        most = max(most, len(at_once))
        gate.wait(10)
        return False

    tasks = [asyncio.create_task(world.checks._threads.run(slow)) for _ in range(THREADS + MAX_LINE)]
    await asyncio.sleep(0.05)
    with pytest.raises(Busy):
        await world.checks._threads.run(slow)
    assert await world.try_(CHOSEN) is Why.UNAVAILABLE
    gate.set()
    await asyncio.gather(*tasks)
    assert most <= THREADS
    await asyncio.sleep(0.05)
    assert await world.try_(CHOSEN) is None
    await world.close()


@pytest.mark.parametrize("policy", Passwords)
def test_decoys_stay_and_look_like_the_others(policy: Passwords) -> None:
    checks, others = Checks(policy, bytes(32)), Checks(policy, bytes(31) + b"x")
    names = [f"nobody{number}@home.example" for number in range(50)]
    decoys = [checks.decoy(name, ScramHash.SHA256) for name in names]
    assert decoys == [checks.decoy(name, ScramHash.SHA256) for name in names]
    assert len({one.salt for one in decoys}) == 50
    assert not {one.salt for one in decoys} & {others.decoy(name, ScramHash.SHA256).salt for name in names}
    iterations = {one.iterations for one in decoys}
    assert iterations == ({GENERATED_ITERATIONS} | ({CHOSEN_ITERATIONS} if policy is Passwords.CUSTOM else set()))
    assert all(checks.decoy(name, ScramHash.SHA1).salt == one.salt for name, one in zip(names, decoys, strict=True))
    for one in (checks, others):
        one.close()


async def test_names_of_nobody_cost_as_much(world: World) -> None:
    """The work itself, before the fixed time is waited out."""
    await world.open(LoginConfig())
    holder = world.accounts.vault.holder(AL)
    took = []
    for whose in (holder, None):
        best = 1.0
        for number in range(10):
            began = time.perf_counter()
            assert await world.checks.matching(whose, f"name{number}", "wrong") is None
            best = min(best, time.perf_counter() - began)
        took.append(best)
    assert 0.5 < took[0] / took[1] < 2
    await world.close()
