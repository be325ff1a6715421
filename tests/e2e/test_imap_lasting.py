"""What clients keep for years must stay true: UIDVALIDITY never repeats, mod-sequences never fall, flags are atoms.

Over the wire, through restarts, deletions, renamings, backups and imports.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.support import processes
from tests.support.gateway_process import Config, Gateway
from tests.support.imap_client import ImapClient
from tests.support.imap_wire import Wire

AL: Final = "al@home.example"
HOME: Final[Config] = {
    "domains": [{"name": "home.example"}],
    "routes": [{"name": "all", "deliver": "mailbox"}],
}
LETTER: Final = b"Subject: hello\r\n\r\nhello\r\n"
_STATUS: Final = re.compile(rb'STATUS "?([^" ]+)"? \(.*?UIDNEXT (\d+) UIDVALIDITY (\d+) HIGHESTMODSEQ (\d+)')


@contextmanager
def logged_in(running: Gateway, password: str) -> Iterator[Wire]:
    wire = Wire(running.imap_port, AL, password)
    try:
        yield wire
    finally:
        wire.close()


@dataclass
class Memory:
    """Of a client that forgets nothing: of each mailbox with its UIDVALIDITY, the highest numbers that it was told."""

    known: dict[tuple[bytes, int], tuple[int, int]] = field(default_factory=dict)

    def look(self, wire: Wire) -> dict[bytes, int]:
        """At all mailboxes; their UIDVALIDITYs."""
        told = wire.ok(b'LIST "" * RETURN (STATUS (UIDNEXT UIDVALIDITY HIGHESTMODSEQ))')
        found: dict[bytes, int] = {}
        for name, uidnext, uidvalidity, modseq in _STATUS.findall(told):
            key, now = (name, int(uidvalidity)), (int(uidnext), int(modseq))
            before = self.known.get(key, (0, 0))
            assert now[0] >= before[0], f"{name!r}: UIDNEXT fell from {before[0]} to {now[0]}"
            assert now[1] >= before[1], f"{name!r}: HIGHESTMODSEQ fell from {before[1]} to {now[1]}"
            self.known[key] = now
            found[name] = int(uidvalidity)
        assert len(found) == told.count(b"* STATUS ")
        return found

    def given(self) -> set[int]:
        """All UIDVALIDITYs that it has ever been told."""
        return {uidvalidity for _, uidvalidity in self.known}


def append(wire: Wire, mailbox: bytes, octets: bytes = LETTER) -> None:
    wire.ok(b"APPEND %b {%d+}\r\n%b" % (mailbox, len(octets), octets))


def anew(wire: Wire, memory: Memory, name: bytes) -> None:
    """The mailbox is made, and has a UIDVALIDITY that nothing ever had."""
    before = memory.given()
    wire.ok(b"CREATE " + name)
    append(wire, name)
    assert memory.look(wire)[name] not in before


def test_through_restarts_deletions_and_renamings(gateway: Callable[..., Gateway]) -> None:
    running = gateway(**HOME)
    password = running.account(AL)
    memory = Memory()
    with logged_in(running, password) as wire:
        memory.look(wire)
        anew(wire, memory, b"Box")
    for end in (running.stop, running.kill):
        end()
        running.start()
        with logged_in(running, password) as wire:
            before = memory.given()
            memory.look(wire)
            assert memory.given() == before
            append(wire, b"Box")
            memory.look(wire)
            wire.ok(b"DELETE Box")
            anew(wire, memory, b"Box")
            wire.ok(b"RENAME Box Old")
            anew(wire, memory, b"Box")
            wire.ok(b"DELETE Old")
            anew(wire, memory, b"Old")
            wire.ok(b"DELETE Old")
            memory.look(wire)


def test_through_a_backup(gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    """What came after it was seen by clients, and is gone: no number of those days may mean something else."""
    running = gateway(**HOME)
    password = running.account(AL)
    memory = Memory()
    with logged_in(running, password) as wire:
        anew(wire, memory, b"Box")
        running.cli("backup", str(tmp_path / "backup"))
        anew(wire, memory, b"Later")
        for name in (b"Box", b"Later", b"INBOX"):
            append(wire, name)
        memory.look(wire)
    running.stop()
    running.cli("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "restored"))
    before = memory.given()
    running.write(data=str(tmp_path / "restored"))
    running.start()
    with logged_in(running, password) as wire:
        now = memory.look(wire)
        assert b"Later" not in now
        assert before.isdisjoint(now.values())
        anew(wire, memory, b"Later")
        append(wire, b"Box")
        memory.look(wire)


def test_through_imports(gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    running = gateway(**HOME)
    password = running.account(AL)
    memory = Memory()
    source = tmp_path / "Old.mbox"
    source.write_bytes(b"From al Sun Nov 22 08:00:00 2026\nSubject: old\n\nold\n")
    with logged_in(running, password) as wire:
        for _ in range(2):
            before = memory.given()
            running.cli("import", AL, str(source))
            assert memory.look(wire)[b"Old"] not in before
            running.cli("import", AL, str(source))
            memory.look(wire)
            wire.ok(b"DELETE Old")


WORDS: Final = (
    "good",
    "b(ad",
    "b)ad",
    "two words",
    "grün",
    "a]b",
    "\\Weird",
    "st*r",
    "p%c",
    'q"q',
    "{3}",
    "$Forwarded",
)


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_keywords_that_an_import_brought_are_atoms(kind: str, gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    running = gateway(**HOME)
    password = running.account(AL)
    if kind == "maildir":
        source = tmp_path / "Maildir"
        for name in ("cur", "new", "tmp"):
            (source / name).mkdir(parents=True)
        (source / "dovecot-keywords").write_text("".join(f"{at} {word}\n" for at, word in enumerate(WORDS)))
        (source / "cur/1.x:2,Sabcdefghijkl").write_bytes(LETTER)
    else:
        source = tmp_path / "Old.mbox"
        words = " ".join(WORDS).encode()
        source.write_bytes(b"From al Sun Nov 22 08:00:00 2026\nX-Keywords: %b\nSubject: x\n\nx\n" % words)
    running.cli("import", AL, str(source), "--mailbox", "Imported")

    async def look() -> None:
        client = await ImapClient.connect(running.imap_port)
        await client.ok(f"LOGIN {AL} {password}")
        [*_, mailbox] = [each.rest.rpartition(b" ")[2] for each in (await client.ok('LIST "" Imported*')).named("LIST")]
        opened = await client.ok(b"SELECT ", mailbox)
        [row] = (await client.ok("FETCH 1 FLAGS")).named("FETCH")
        flags = row.items["FLAGS"]
        assert isinstance(flags, list)
        assert {"good", "$Forwarded"} <= set(flags)
        assert {"b(ad", "b)ad", "grün", "a]b", "\\Weird", "st*r", "p%c", "{3}"}.isdisjoint(flags)
        told = opened.named("FLAGS")[0].rest.decode().strip("()").split()
        assert set(flags) - {"\\Recent"} <= set(told)
        await client.close()

    asyncio.run(look())


MEGABYTE: Final = 1 << 20
LINES: Final = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n" * (MEGABYTE // 64)


def test_a_large_message_passes_through_little_memory(
    gateway: Callable[..., Gateway], record_property: Callable[[str, object], None]
) -> None:
    """45 MB in by APPEND, and out by FETCH, whole and in part."""
    running = gateway(**HOME, workers=1)
    password = running.account(AL)
    large = b"Subject: large\r\n\r\n" + LINES * 45
    with logged_in(running, password) as wire:
        append(wire, b"INBOX", b"Subject: first\r\n\r\n" + LINES)
        wire.ok(b"SELECT INBOX")
        wire.ok(b"FETCH 1 (BODY.PEEK[] ENVELOPE)")
        [worker] = running.workers
        processes.reset_peak(worker)
        before = processes.resident(worker)
        append(wire, b"INBOX", large)
        received = processes.peak(worker) - before
        assert large in wire.ok(b"FETCH 2 (BODY.PEEK[])")
        assert large[40_000_000:40_001_000] in wire.ok(b"FETCH 2 (BODYSTRUCTURE BODY.PEEK[]<40000000.1000>)")
        sent = processes.peak(worker) - before
    record_property("MiB more in the worker while 45 come in", received // MEGABYTE)
    record_property("MiB more in the worker when they went out", sent // MEGABYTE)
    assert max(received, sent) < 16 * MEGABYTE
