"""Hints within a process, and between processes."""

import asyncio
import random
import socket
import stat
import threading
from pathlib import Path

import pytest

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.hints import FOLDER, HostHints
from gateway.store.model import ModSeq

AL, BO = AccountId(1), AccountId(2)


def sockets(data: Path) -> list[Path]:
    return sorted((data / "run" / FOLDER).glob("*.sock"))


async def heard_by(queue: "asyncio.Queue[ModSeq]") -> ModSeq:
    return await asyncio.wait_for(queue.get(), 5)


async def test_who_watches_hears_of_its_account_alone(tmp_path: Path) -> None:
    hints = HostHints(tmp_path)
    heard: asyncio.Queue[ModSeq] = asyncio.Queue()
    end = hints.watch(AL, heard.put_nowait)
    hints.tell(BO, ModSeq(9))
    hints.tell(AL, ModSeq(3))
    assert await heard_by(heard) == 3
    end()
    end()
    hints.tell(AL, ModSeq(4))
    await asyncio.sleep(0.05)
    assert heard.empty()
    hints.close()
    assert sockets(tmp_path) == []


async def test_between_two_that_do_not_know_each_other(tmp_path: Path) -> None:
    ours, theirs = HostHints(tmp_path), HostHints(tmp_path)
    mine: asyncio.Queue[ModSeq] = asyncio.Queue()
    yours: asyncio.Queue[ModSeq] = asyncio.Queue()
    ours.watch(AL, mine.put_nowait)
    theirs.watch(AL, yours.put_nowait)
    ours.tell(AL, ModSeq(5))
    assert (await heard_by(mine), await heard_by(yours)) == (5, 5)
    assert mine.empty()
    ours.close()
    theirs.close()


async def test_a_process_without_a_loop_tells_from_any_thread(tmp_path: Path) -> None:
    worker, command = HostHints(tmp_path), HostHints(tmp_path)
    heard: asyncio.Queue[ModSeq] = asyncio.Queue()
    worker.watch(AL, heard.put_nowait)
    thread = threading.Thread(target=command.tell, args=(AL, ModSeq(7)))
    thread.start()
    thread.join()
    assert await heard_by(heard) == 7
    worker.close()
    command.close()


def test_telling_makes_nothing_where_nobody_listens(tmp_path: Path) -> None:
    HostHints(tmp_path).tell(AL, ModSeq(1))
    assert list(tmp_path.iterdir()) == []


async def test_a_dead_process_is_forgotten_and_nobody_else_gets_in(tmp_path: Path) -> None:
    worker, command = HostHints(tmp_path), HostHints(tmp_path)
    heard: asyncio.Queue[ModSeq] = asyncio.Queue()
    worker.watch(AL, heard.put_nowait)
    (alive,) = sockets(tmp_path)
    dead = tmp_path / "run" / FOLDER / "1-dead.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as left:
        left.bind(str(dead))
    command.tell(AL, ModSeq(2))
    assert await heard_by(heard) == 2
    assert sockets(tmp_path) == [alive]
    assert stat.S_IMODE(alive.stat().st_mode) == 0o600
    assert stat.S_IMODE(alive.parent.stat().st_mode) == 0o700
    worker.close()


async def test_a_receiver_that_does_not_read_holds_up_nobody(tmp_path: Path) -> None:
    worker, command = HostHints(tmp_path), HostHints(tmp_path)
    heard: list[ModSeq] = []
    worker.watch(AL, heard.append)
    for at in range(20_000):
        command.tell(AL, ModSeq(at))
    await asyncio.sleep(0.1)
    command.tell(AL, ModSeq(20_001))
    await asyncio.sleep(0.1)
    assert heard[-1] == 20_001
    worker.close()


async def test_what_is_told_at_once_is_said_once(tmp_path: Path) -> None:
    hints = HostHints(tmp_path)
    heard: list[ModSeq] = []
    hints.watch(AL, heard.append)
    for at in (1, 3, 2):
        hints.tell(AL, ModSeq(at))
    await asyncio.sleep(0.05)
    assert heard == [3]
    hints.close()


@pytest.mark.parametrize(
    "octets", [b"", b"x", b"x" * 17, random.Random(7).randbytes(16), random.Random(8).randbytes(4096)]
)
async def test_what_is_none_of_ours_does_no_harm(tmp_path: Path, octets: bytes) -> None:
    worker = HostHints(tmp_path)
    heard: asyncio.Queue[ModSeq] = asyncio.Queue()
    worker.watch(AL, heard.put_nowait)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(octets, str(sockets(tmp_path)[0]))
    HostHints(tmp_path).tell(AL, ModSeq(6))
    assert await heard_by(heard) == 6
    worker.close()


async def test_a_folder_however_deep(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    worker = HostHints(deep)
    heard: asyncio.Queue[ModSeq] = asyncio.Queue()
    worker.watch(AL, heard.put_nowait)
    HostHints(deep).tell(AL, ModSeq(6))
    assert await heard_by(heard) == 6
    worker.close()


async def test_what_is_told_of_together_goes_out_together(tmp_path: Path) -> None:
    worker, index = HostHints(tmp_path), HostHints(tmp_path)
    told: dict[AccountId, list[ModSeq]] = {AL: [], BO: []}
    last = asyncio.Event()

    def heard(account: AccountId, at: ModSeq) -> None:
        told[account].append(at)
        if all(moments and moments[-1] == 1000 for moments in told.values()):
            last.set()

    loop = asyncio.get_running_loop()
    index.watch_all(heard)
    worker.work_on(loop)
    began = loop.time()
    for at in range(1, 1001):
        worker.tell(AL, ModSeq(at))
        worker.tell(BO, ModSeq(at))
        await asyncio.sleep(0)
    await asyncio.wait_for(last.wait(), 5)
    assert told[AL][0] == 1, "the first one waits for no others"
    assert told[AL] == sorted(told[AL])
    assert len(told[AL]) <= 2 + (loop.time() - began) / 0.01
    worker.close()
    index.close()


async def test_what_was_gathered_goes_out_at_the_end(tmp_path: Path) -> None:
    worker, index = HostHints(tmp_path), HostHints(tmp_path)
    heard: asyncio.Queue[ModSeq] = asyncio.Queue()
    index.watch(AL, heard.put_nowait)
    worker.work_on(asyncio.get_running_loop())
    for at in (1, 2):
        worker.tell(AL, ModSeq(at))
        await asyncio.sleep(0)
    worker.close()
    while await heard_by(heard) != 2:
        pass
    index.close()
