"""The process that indexes: much is done in pieces by several processes, and hints are heard for every account."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from gateway.app.index_pool import AT_ONCE, index_pool
from gateway.app.indexing import Indexer
from gateway.auth.authenticator import AccountId
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.paths import folder_of
from gateway.store.model import ModSeq
from gateway.telemetry.board import Board
from gateway.telemetry.config import LogConfig
from gateway.telemetry.logs import configure
from gateway.telemetry.metrics import Metrics
from tests.support.patience import wait_for
from tests.unit.store.embedded.index.mail_box import MailBox

NOW = 1_800_000_000.0


async def until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_for, condition, within=60)


def test_much_mail_of_one_account_and_little_of_another(tmp_path: Path) -> None:
    many, few = (MailBox(folder_of(tmp_path, AccountId(number)).path) for number in (1, 2))
    emails = many.put(*(f"Subject: number{number}\r\n\r\nword\r\n" for number in range(2 * AT_ONCE + 10)))
    few.put("Subject: alone\r\n\r\nword\r\n")
    metrics = Metrics(Board(tmp_path / "metrics", "indexer"))
    log, _ = configure(LogConfig(), lambda: NOW)

    async def follow() -> None:
        indexer = Indexer(tmp_path, pool, 2, log, metrics)
        running = asyncio.create_task(indexer.run())
        await until(lambda: metrics.indexing.messages.at().value == len(emails) + 1)
        few.put("Subject: later\r\n\r\nword\r\n")
        indexer.heard(AccountId(2), ModSeq(0))
        await until(lambda: metrics.indexing.messages.at().value == len(emails) + 2)
        await asyncio.sleep(1)
        indexer.measure()
        running.cancel()

    with index_pool(2) as pool:
        asyncio.run(follow())
    assert many.find("word") == emails
    assert many.find(f"number{AT_ONCE}") == [emails[AT_ONCE]]
    assert few.find("word") == [1, 2]
    assert metrics.indexing.waiting.at().value == 0
    assert metrics.indexing.lag.at().value == 0
    assert metrics.indexing.errors.at().value == 0


def test_hints_of_all_accounts_are_heard(tmp_path: Path) -> None:
    async def hear() -> list[tuple[AccountId, ModSeq]]:
        heard: list[tuple[AccountId, ModSeq]] = []
        here, there = HostHints(tmp_path), HostHints(tmp_path)
        here.watch_all(lambda account, at: heard.append((account, at)))
        there.tell(AccountId(7), ModSeq(3))
        there.tell(AccountId(8), ModSeq(4))
        await until(lambda: len(heard) == 2)
        here.close()
        there.close()
        return heard

    assert sorted(asyncio.run(hear())) == [(7, 3), (8, 4)]
