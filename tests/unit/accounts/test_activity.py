"""The activity of workers that share a file."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog

from gateway.accounts.activity.activity import Activity, open_activity
from gateway.accounts.activity.guard import Attempt, Ended, Familiar, Go, Refuse
from gateway.accounts.activity.network import networks
from gateway.accounts.activity.reading import ActivityReader
from gateway.accounts.activity.records import MAX_NAME, ROWS, ROWS_OF_ACCOUNT, LoginAttempt
from gateway.accounts.activity.store import DATABASE, Batch, Kind, News, Store
from gateway.accounts.config import LoginConfig, Quota
from gateway.accounts.protocol import AccountsUnavailable
from gateway.auth.authenticator import AccountId, Circumstances, CredentialId, Service, Why
from gateway.mail.origin import Tls
from gateway.mail.units import Seconds, Timestamp
from gateway.telemetry.logs import Log

START = 1_800_000_000.0
NOTHING = Batch({}, {}, {}, {})
AL = AccountId(1)
BO = AccountId(2)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Timestamp:
        return Timestamp(self.now)


@pytest.fixture
def clock() -> Clock:
    return Clock()


Open = Callable[[], Awaitable[Activity]]


@pytest.fixture
async def worker(tmp_path: Path, clock: Clock) -> AsyncIterator[Open]:
    opened = []

    async def one() -> Activity:
        activity = await open_activity(tmp_path, LoginConfig(), clock, quiet())
        opened.append(activity)
        return activity

    yield one
    for activity in opened:
        await activity.close()


def quiet() -> Log:
    log: Log = structlog.wrap_logger(structlog.ReturnLogger(), wrapper_class=structlog.make_filtering_bound_logger(50))
    return log


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("activity.db*"))


def around(client: str = "192.0.2.1", service: Service = Service.SMTP, tls: Tls | None = None) -> Circumstances:
    return Circumstances(service, "submission", client, tls, "PLAIN")


def failure(clock: Clock, account: AccountId | None, client: str = "192.0.2.1", name: str = "al") -> LoginAttempt:
    return LoginAttempt(account, name, around(client), Why.BAD_CREDENTIALS, clock())


def success(clock: Clock, account: AccountId = AL, client: str = "192.0.2.1") -> LoginAttempt:
    return LoginAttempt(account, "al@home.example", around(client), None, clock())


def fail(activity: Activity, clock: Clock, client: str, who: str = "account:1") -> bool:
    ticket = activity.guard.ticket(Attempt(who, networks(client)))
    if not isinstance(activity.guard.ask(ticket, clock()), Go):
        activity.guard.give_up(ticket)
        return False
    activity.guard.leave(ticket, Ended.FAILED, clock())
    return True


async def test_attempts_that_are_alike_are_one_record(tmp_path: Path, clock: Clock, worker: Open) -> None:
    first, second = await worker(), await worker()
    for activity in (first, second):
        for number in range(50):
            clock.now += 1
            activity.record(failure(clock, AL, f"192.0.2.{number}"))
        await activity.flush()
    [record] = ActivityReader(tmp_path).logins(AL, Timestamp(0), 10)
    assert (record.count, record.client, record.result) == (100, "192.0.2.49", Why.BAD_CREDENTIALS)
    assert (record.first, record.last) == (START + 1, START + 100)
    assert (record.service, record.mechanism, record.tls, record.name) == (Service.SMTP, "PLAIN", "", "al")


async def test_attempts_that_differ_are_records_of_their_own(tmp_path: Path, clock: Clock, worker: Open) -> None:
    activity = await worker()
    tls = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    activity.record(success(clock))
    activity.record(failure(clock, AL))
    activity.record(failure(clock, AL, "198.51.100.1"))
    activity.record(failure(clock, BO))
    activity.record(failure(clock, None, name="nobody"))
    activity.record(LoginAttempt(AL, "al", around(service=Service.IMAP), Why.BAD_CREDENTIALS, clock()))
    activity.record(LoginAttempt(AL, "al", around(tls=tls), Why.DISABLED, clock()))
    clock.now += 3600
    activity.record(failure(clock, AL))
    await activity.flush()
    reader = ActivityReader(tmp_path)
    assert len(reader.logins(None, Timestamp(0), 100)) == 8
    assert len(reader.logins(AL, Timestamp(0), 100)) == 6
    assert [record.last for record in reader.logins(AL, clock(), 100)] == [clock()]
    assert [record.last for record in reader.logins(None, Timestamp(0), 1)] == [clock()]
    assert {record.tls for record in reader.logins(AL, Timestamp(0), 100)} == {"", "TLSv1.3"}


async def test_names_are_kept_short_and_harmless(tmp_path: Path, clock: Clock, worker: Open) -> None:
    activity = await worker()
    activity.record(failure(clock, None, name="\x1b[31m\udc80" + "x" * 1000))
    await activity.flush()
    [record] = ActivityReader(tmp_path).logins(None, Timestamp(0), 10)
    assert len(record.name) == MAX_NAME
    assert record.name.isprintable()


async def test_in_an_hour_an_attack_fills_a_bounded_number_of_rows(tmp_path: Path, clock: Clock, worker: Open) -> None:
    """Every attempt with another name from another address: after the first 50,000 no row is added any more."""
    activity = await worker()
    rows = []
    for number in range(100_000):
        client = f"{11 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.{number % 250}"
        account = AccountId(number % 20) if number % 2 else None
        activity.record(failure(clock, account, client, f"name{number}@home.example"))
        if number % 10_000 == 9_999:
            clock.now += 60
            await activity.flush()
            rows.append(len(ActivityReader(tmp_path).logins(None, Timestamp(0), 1_000_000)))
    await activity.sweep()
    records = ActivityReader(tmp_path).logins(None, Timestamp(0), 1_000_000)
    assert sum(record.count for record in records) == 100_000
    assert rows[4:] == [rows[-1]] * 6
    assert rows[-1] <= 2 * ROWS
    assert size_of(tmp_path) < 4_000_000


async def test_an_attack_on_one_account_leaves_bounded_records(tmp_path: Path, clock: Clock, worker: Open) -> None:
    activity = await worker()
    for number in range(5000):
        activity.record(failure(clock, AL, f"10.{number >> 8}.{number & 255}.1"))
    activity.record(failure(clock, BO))
    await activity.flush()
    reader = ActivityReader(tmp_path)
    records = reader.logins(AL, Timestamp(0), 10_000)
    assert len(records) == ROWS_OF_ACCOUNT + 1
    assert sum(record.count for record in records) == 5000
    assert len(reader.logins(BO, Timestamp(0), 10)) == 1


async def test_records_and_places_are_kept_for_their_time(tmp_path: Path, clock: Clock, worker: Open) -> None:
    activity = await worker()
    activity.record(success(clock))
    activity.record(failure(clock, AL))
    await activity.flush()
    clock.now += 89 * 86_400
    await activity.sweep()
    assert len(ActivityReader(tmp_path).logins(AL, Timestamp(0), 10)) == 2
    assert activity.familiar(AL, "192.0.2.1") is Familiar.HOST
    clock.now += 2 * 86_400
    await activity.sweep()
    assert not ActivityReader(tmp_path).logins(AL, Timestamp(0), 10)
    assert activity.familiar(AL, "192.0.2.1") is Familiar.NOT
    assert (await worker()).familiar(AL, "192.0.2.1") is Familiar.NOT


async def test_the_last_use_of_passwords_is_known(tmp_path: Path, clock: Clock, worker: Open) -> None:
    reader = ActivityReader(tmp_path)
    assert reader.last_use(AL) == {}
    first, second = await worker(), await worker()
    first.used(CredentialId(7), AL, "192.0.2.1")
    clock.now += 5
    second.used(CredentialId(7), AL, "192.0.2.2")
    second.used(CredentialId(8), AL, "192.0.2.3")
    second.used(CredentialId(9), BO, "192.0.2.3")
    await second.flush()
    await first.flush()
    now = clock()
    assert reader.last_use(AL) == {CredentialId(7): (now, "192.0.2.2"), CredentialId(8): (now, "192.0.2.3")}


async def test_networks_of_accounts_are_shared_and_survive(clock: Clock, worker: Open) -> None:
    first, second = await worker(), await worker()
    first.record(success(clock, AL, "192.0.2.1"))
    assert first.familiar(AL, "192.0.2.1") is Familiar.HOST
    assert first.familiar(AL, "192.0.2.9") is Familiar.WIDE
    assert first.familiar(AL, "192.0.3.1") is Familiar.NOT
    assert first.familiar(BO, "192.0.2.1") is Familiar.NOT
    assert second.familiar(AL, "192.0.2.1") is Familiar.NOT
    await first.flush()
    await second.flush()
    assert second.familiar(AL, "192.0.2.1") is Familiar.HOST
    assert (await worker()).familiar(AL, "192.0.2.1") is Familiar.HOST


async def test_failures_are_shared_and_survive(clock: Clock, worker: Open) -> None:
    first, second = await worker(), await worker()
    for number in range(3):
        assert fail(first, clock, f"10.{number}.0.1")
        assert fail(second, clock, f"10.{number}.1.1")
    for activity in (first, second, first):
        await activity.flush()
    third = await worker()
    for activity in (first, second, third):
        assert activity.guard.accounts.sum("account:1", clock()).first == 6
        assert not fail(activity, clock, "10.99.0.1")


async def test_a_pair_is_forgiven_everywhere(clock: Clock, worker: Open) -> None:
    first, second = await worker(), await worker()
    mine = Attempt("account:1", networks("192.0.2.1"), Familiar.HOST)
    for activity in (first, second):
        for _ in range(3):
            ticket = activity.guard.ticket(mine)
            assert isinstance(activity.guard.ask(ticket, clock()), Go)
            activity.guard.leave(ticket, Ended.FAILED, clock())
        await activity.flush()
    await first.flush()
    ticket = first.guard.ticket(mine)
    assert not isinstance(first.guard.ask(ticket, clock()), Go | Refuse)
    clock.now += 2
    assert isinstance(first.guard.ask(ticket, clock()), Go)
    first.guard.leave(ticket, Ended.SUCCEEDED, clock())
    await first.flush()
    await second.flush()
    assert isinstance(second.guard.ask(second.guard.ticket(mine), clock()), Go)


async def test_what_is_counted_while_a_batch_is_under_way_is_not_lost(clock: Clock, worker: Open) -> None:
    first, second = await worker(), await worker()
    flushing = asyncio.create_task(first.flush())
    for number in range(200):
        first.meter.count("account:1", 2, clock())
        second.meter.count("account:1", 2, clock())
        if number % 50 == 0:
            await asyncio.sleep(0.001)
            await second.flush()
    await flushing
    for activity in (first, second, first):
        await activity.flush()
    for activity in (first, second):
        assert activity.meter.hour.sum("account:1", clock()) == (400, 800)
        assert activity.meter.day.sum("account:1", clock()) == (400, 800)


async def test_quotas_are_shared_and_survive(clock: Clock, worker: Open) -> None:
    quota = Quota(messages_per_hour=4)
    first, second = await worker(), await worker()
    for activity in (first, second):
        for _ in range(2):
            assert activity.meter.again("account:1", quota, 1, clock()) is None
            activity.meter.count("account:1", 1, clock())
        await activity.flush()
    assert second.meter.again("account:1", quota, 1, clock()) is not None
    await first.flush()
    assert first.meter.again("account:1", quota, 1, clock()) is not None
    assert (await worker()).meter.again("account:1", quota, 1, clock()) is not None
    clock.now += 3900
    await first.sweep()
    assert first.meter.again("account:1", quota, 1, clock()) is None
    assert len(first.meter.hour) == 0
    assert len(first.meter.day) == 1


async def test_a_file_that_cannot_be_written_loses_nothing(tmp_path: Path, clock: Clock, worker: Open) -> None:
    activity = await worker()
    with sqlite3.connect(tmp_path / DATABASE) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON login BEGIN SELECT raise(ABORT, 'disk full'); END")
    activity.record(failure(clock, AL))
    activity.record(success(clock, BO))
    activity.used(CredentialId(7), AL, "192.0.2.1")
    activity.meter.count("account:1", 3, clock())
    assert not await activity.flush()
    activity.record(failure(clock, AL))
    activity.meter.count("account:1", 3, clock())
    assert not await activity.flush()
    with sqlite3.connect(tmp_path / DATABASE) as other:
        other.execute("DROP TRIGGER full")
    other.close()
    assert await activity.flush()
    reader = ActivityReader(tmp_path)
    assert [record.count for record in reader.logins(AL, Timestamp(0), 10)] == [2]
    assert list(reader.last_use(AL)) == [7]
    later = await worker()
    assert later.meter.hour.sum("account:1", clock()) == (2, 6)
    assert later.familiar(BO, "192.0.2.1") is Familiar.HOST


async def test_it_flushes_by_itself(tmp_path: Path, clock: Clock, worker: Open) -> None:
    activity = await worker()
    activity.start()
    activity.record(failure(clock, AL))
    for _ in range(100):
        if ActivityReader(tmp_path).logins(AL, Timestamp(0), 1):
            return
        await asyncio.sleep(0.1)
    pytest.fail("nothing was written")


async def test_old_counts_leave_the_file(tmp_path: Path, clock: Clock, worker: Open) -> None:
    activity = await worker()
    for number in range(4):
        fail(activity, clock, "10.0.0.1", f"account:{number}")
    await activity.flush()
    clock.now += 2 * 86_400
    await activity.sweep()
    with sqlite3.connect(tmp_path / DATABASE) as other:
        assert other.execute("SELECT count(*) FROM tally WHERE kind < ?", (Kind.HOUR,)).fetchone() == (0,)
    other.close()


def test_workers_may_start_together(tmp_path: Path) -> None:
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        stores = [Store(folder) for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda store: store.exchange(NOTHING), stores))
        assert found == [News([], [])] * 8
        for store in stores:
            store.close()


async def test_a_file_that_is_none_is_told(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / DATABASE).write_bytes(b"x" * 8192)
    with pytest.raises(AccountsUnavailable, match=r"activity\.db"):
        await open_activity(tmp_path, LoginConfig(), clock, quiet())
    with pytest.raises(AccountsUnavailable):
        ActivityReader(tmp_path).logins(None, Timestamp(0), 1)


async def test_a_new_configuration_counts_at_once(clock: Clock, worker: Open) -> None:
    activity = await worker()
    activity.record(success(clock))
    clock.now += 100
    activity.adopt(LoginConfig(remember=Seconds(50)))
    assert activity.familiar(AL, "192.0.2.1") is Familiar.NOT
