"""kill -9 at each step of the removal of an account: it is wholly there, or it goes wholly; nobody else's mail does."""

import asyncio
from itertools import count
from pathlib import Path

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Seconds
from gateway.store.embedded.holds import Holds
from gateway.store.embedded.paths import folder_of
from gateway.store.embedded.tidy.removal import carry_out, record
from gateway.store.embedded.verify.account import verify_account
from tests.support.kill_step import finished
from tests.unit.app.test_backup import LARGE, NOW, inbox, messages, opened, put

AL, BO = AccountId(1001), AccountId(2001)


async def _fill(data: Path) -> None:
    store = opened(data)
    for account in (AL, BO):
        await put(store, account, b"small")
        await put(store, account, LARGE)
    await store.close()


async def _tidy(data: Path) -> None:
    store = opened(data)
    await inbox(store, BO)
    await store.tidy(NOW)
    await store.close()


def _remove(data: Path) -> None:
    record(data, AL)
    while not carry_out(data, AL, Holds(data), Seconds(5)):
        pass


def test_at_each_step(tmp_path: Path) -> None:
    states = set()
    for step in count():
        data = tmp_path / str(step)
        asyncio.run(_fill(data))
        done = finished(lambda data=data: _remove(data), step)  # type: ignore[misc]
        recorded = folder_of(data, AL).removed.exists()
        states.add((recorded, folder_of(data, AL).path.exists(), done))
        asyncio.run(_tidy(data))
        if recorded:
            assert sorted(path.name for path in folder_of(data, AL).path.parent.iterdir()) == ["1001.removed", "2001"]
        else:
            assert len(asyncio.run(messages(data, AL))[1]) == 2
            assert verify_account(folder_of(data, AL).path) == ()
        assert len(asyncio.run(messages(data, BO))[1]) == 2
        assert verify_account(folder_of(data, BO).path) == ()
        if done:
            break
    assert states >= {(False, True, False), (True, True, False), (True, False, False), (True, False, True)}
