"""kill -9 at the steps of a backup and of a restore: the old backup or the new one is whole, and it goes on."""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from gateway.app.backup import manifest, swap
from gateway.app.backup.check import spoiled
from gateway.app.backup.restore import CannotRestore, Wish, refuse_half, restore
from gateway.app.backup.take import Source, back_up
from gateway.app.verification.data import verify_data
from gateway.mail.units import Timestamp
from tests.support.commands import Commands
from tests.support.kill_step import finished
from tests.unit.app.test_backup import AL, LARGE, NOW, gateway, messages, opened, put

__all__ = ["gateway"]

STRIDE = 11
"""Of the steps, this one in so many; 1 tries them all."""


def _quiet(_done: int, _total: int) -> None:
    """Nobody looks."""


def _backup(gateway: Commands, target: Path, now: float) -> Callable[[], object]:
    source = Source(gateway.data, [(gateway.file, "config/gateway.yaml")])
    return lambda: back_up(source, target, Timestamp(now), _quiet)


async def _more(data: Path) -> None:
    store = opened(data)
    await put(store, AL, LARGE)
    await store.close()


def test_the_old_one_or_the_new_one_is_whole(gateway: Commands, tmp_path: Path) -> None:
    target = tmp_path / "b"
    _backup(gateway, target, NOW)()
    seen = set()
    made = NOW
    for number in count(1):
        asyncio.run(_more(gateway.data))
        done = finished(_backup(gateway, target, NOW + number), number * STRIDE)
        swap.settle(target)
        saved = manifest.read(target)
        assert saved.made in (made, NOW + number)
        assert list(spoiled(target, saved)) == []
        assert list(verify_data(target / "data", NOW)) == []
        seen.add((saved.made == NOW + number, done))
        made = saved.made
        if done:
            break
    assert {(False, False), (True, True)} <= seen
    restore(Wish(target, tmp_path / "back"), NOW, _quiet)
    assert len(asyncio.run(messages(tmp_path / "back", AL))[1]) == 2 + number


def test_a_restore_begins_again(gateway: Commands, tmp_path: Path) -> None:
    target = tmp_path / "b"
    _backup(gateway, target, NOW)()
    for number in count():
        back = tmp_path / f"back{number}"
        done = finished(lambda back=back: restore(Wish(target, back), NOW, _quiet), number * STRIDE)  # type: ignore[misc]
        if done:
            break
        if (back / ".restoring").exists():
            with pytest.raises(CannotRestore):
                refuse_half(back)
            restore(Wish(target, back), NOW, _quiet)
        if (back / "control.db").exists():
            assert list(verify_data(back, NOW)) == []
            assert len(asyncio.run(messages(back, AL))[1]) == 2
    assert number > 2
