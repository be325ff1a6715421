"""How soon a message lies in its mailbox: from the 250 to the hint that other processes hear, and to the message as one
of them reads it, while nothing else goes on.

    python -m benchmarks.delivery_latency [MESSAGES]
"""

import asyncio
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.latency import percentile
from gateway.app import clock
from gateway.app.accounts import registrar
from gateway.mail.address import parse_address
from gateway.settings.load import load
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import open_store
from gateway.store.model import EmailId
from gateway.store.protocol.store import Mail
from tests.support.gateway_process import Gateway
from tests.support.smtp_client import stuffed

ACCOUNT: Final = "admin@home.example"
TARGET: Final = 0.050
"""Seconds, the slowest hundredth."""
PAUSE: Final = 0.02
"""Seconds between two messages."""
SIZES: Final = (2_000, 50_000, 500_000)


@dataclass(frozen=True, slots=True)
class Probe:
    """Seconds from the 250 of one message."""

    hint: float
    readable: float


def measure(folder: Path, size: int, count: int) -> list[Probe]:
    """Probes of messages of so many octets."""
    config = {
        "workers": "auto",
        "domains": [{"name": "home.example"}],
        "routes": [{"name": "local", "when": {"local": True}, "deliver": "mailbox"}],
    }
    folder.mkdir()
    with Gateway(folder, config) as gateway:
        return asyncio.run(_probes(gateway, _letter(size), count))


async def _probes(gateway: Gateway, octets: bytes, count: int) -> list[Probe]:
    with closing(registrar(load(gateway.file).config)) as open_one:
        account = open_one.find(parse_address(ACCOUNT)).id
    store = open_store(gateway.data, MailboxConfig(), clock.now, HostHints(gateway.data))
    heard = asyncio.Event()
    end = store.hints.watch(account, lambda _: heard.set())
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    await _said(reader)
    await _say(reader, writer, b"EHLO client.example\r\n")
    probes: list[Probe] = []
    for number in range(count + 5):
        probe = await _probe(reader, writer, octets, store.mail(account), heard)
        if number >= 5:
            probes.append(probe)
        await asyncio.sleep(PAUSE)
    writer.close()
    end()
    await store.close()
    return probes


async def _probe(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes, mail: Mail, heard: asyncio.Event
) -> Probe:
    """Hints may come before the 250 is read: then the time is nothing."""
    await _say(reader, writer, b"MAIL FROM:<al@far.example>\r\n")
    await _say(reader, writer, f"RCPT TO:<{ACCOUNT}>\r\n".encode())
    await _say(reader, writer, b"DATA\r\n")
    inbox = await mail.mailboxes.find("INBOX")
    heard.clear()
    await _say(reader, writer, stuffed(octets))
    loop = asyncio.get_running_loop()
    answered = loop.time()
    async with asyncio.timeout(20):
        await heard.wait()
    hint = loop.time()
    found = await mail.emails.entries(inbox.id)
    if found.mailbox.messages != inbox.messages + 1:
        raise AssertionError("the hint came before the message")
    [source] = await mail.emails.octets([EmailId(found.emails[-1])])
    if source is None or not source.read(0, len(source)).endswith(octets):
        raise AssertionError("another message was stored than was sent")
    return Probe(hint - answered, loop.time() - answered)


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes) -> None:
    writer.write(octets)
    await writer.drain()
    await _said(reader)


async def _said(reader: asyncio.StreamReader) -> None:
    while (line := await reader.readline())[3:4] == b"-":
        continue
    if not line or line[0] >= ord("4"):
        raise AssertionError(f"the gateway said {line!r}")


def _letter(size: int) -> bytes:
    head = b"From: al@far.example\r\nSubject: probe\r\nMessage-ID: <probe@far.example>\r\n\r\n"
    line = b"x" * 70 + b"\r\n"
    return head + line * max(1, (size - len(head)) // len(line))


def main(arguments: list[str]) -> None:
    """Print the figures."""
    count = int(arguments[0]) if arguments else 300
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        for size in SIZES:
            probes = measure(Path(folder) / str(size), size, count)
            for name in ("hint", "readable"):
                times = sorted(getattr(probe, name) for probe in probes)
                middle, slow, worst = percentile(times, 0.5), percentile(times, 0.99), times[-1]
                missed = " missed" if slow > TARGET else ""
                sys.stdout.write(
                    f"{size:>7} octets, 250 to {name:<8} median {middle * 1000:6.1f} ms  p99 {slow * 1000:6.1f} ms "
                    f"(target {TARGET * 1000:.0f}{missed})  worst {worst * 1000:6.1f} ms\n"
                )


if __name__ == "__main__":
    main(sys.argv[1:])
