"""APPEND where the disk is full or the quota is reached: NO, nothing is appended, and it goes on when there is room."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.gateway_process import Config, Gateway
from tests.support.imap_wire import Wire
from tests.support.patience import wait_for
from tests.support.small_disk import SmallDisk, on_small_disk

SMALL = b"Subject: small\r\n\r\nsmall\r\n"
LARGE = b"Subject: large\r\n\r\n" + b"0123456789\r\n" * 100_000
HUGE = LARGE * 30
CONFIG: Config = {
    "domains": [{"name": "home.example"}],
    "routes": [{"name": "local", "deliver": "mailbox"}],
    "workers": 1,
}


@contextmanager
def logged_in(running: Gateway, where: SmallDisk | Gateway) -> Iterator[Wire]:
    wire = Wire(running.imap_port, "al@home.example", where.account("al@home.example"))
    try:
        yield wire
    finally:
        wire.close()


def append(wire: Wire, *messages: bytes) -> str:
    """The response to one APPEND of all of them, none of which waits."""
    return wire.ask(b"APPEND INBOX" + b"".join(b" {%d+}\r\n%b" % (len(each), each) for each in messages))[-1].decode()


def count(wire: Wire) -> bytes:
    return wire.ok(b"STATUS INBOX (MESSAGES)")


@pytest.mark.peer("unshare")
def test_disk_full(tmp_path: Path) -> None:
    running, disk = on_small_disk(tmp_path, CONFIG)
    with running, logged_in(running, disk) as wire:
        assert append(wire, SMALL).startswith("OK")
        disk.fill()
        wait_for(lambda: append(wire, LARGE).startswith("NO [UNAVAILABLE]"), what="no room for a large one")
        wait_for(lambda: append(wire, SMALL).startswith("NO [UNAVAILABLE]"), what="no room for a small one")
        before = count(wire)
        assert append(wire, SMALL, LARGE, SMALL).startswith("NO [UNAVAILABLE]")
        assert count(wire) == before
        disk.empty()
        wait_for(lambda: append(wire, SMALL, LARGE).startswith("OK [APPENDUID"), what="room again")
        wire.ok(b"NOOP")


@pytest.mark.peer("unshare")
def test_disk_fills_while_a_large_message_arrives(tmp_path: Path) -> None:
    """What is left of the message is read over; its file goes."""
    running, disk = on_small_disk(tmp_path, CONFIG, size="20m")
    with running, logged_in(running, disk) as wire:
        assert append(wire, SMALL).startswith("OK")
        assert append(wire, HUGE).startswith("NO [UNAVAILABLE]")
        assert b"(MESSAGES 1)" in count(wire)
        wait_for(lambda: not [*disk.folder.rglob("bodies/*.eml")], what="the folder of bodies to be empty")
        assert append(wire, LARGE).startswith("OK")


def test_quota(tmp_path: Path) -> None:
    quota = {"mailboxes": {"quota": {"storage": len(LARGE) + 100, "messages": 3}}}
    with Gateway(tmp_path, {**CONFIG, **quota}) as running, logged_in(running, running) as wire:
        assert append(wire, SMALL).startswith("OK")
        assert append(wire, LARGE, SMALL, SMALL).startswith("NO [OVERQUOTA]")
        assert append(wire, SMALL, SMALL, SMALL).startswith("NO [OVERQUOTA]")
        # Refused before it is sent: a client that waits never sends it.
        assert wire.ask(b"APPEND INBOX {%d}" % (len(LARGE) + 101))[-1].startswith(b"NO [OVERQUOTA]")
        assert append(wire, LARGE).startswith("OK")
        assert append(wire, LARGE).startswith("NO [OVERQUOTA]")
        assert b"(MESSAGES 2)" in count(wire)
