"""What an import costs: `python -m benchmarks.import_cost [--count N] [--processes N]`.

Messages of about 2 KB from an mbox into a new account: messages a second, durable, and CPU of all processes for each;
then the parts by themselves: reading, summaries, and storing without summaries (which leaves each message a
conversation of its own).
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop
from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Timestamp
from gateway.mailbox.transfer.destination import Destination
from gateway.mailbox.transfer.importing import Importer, Summariser
from gateway.mailbox.transfer.journal import Journal
from gateway.mailbox.transfer.mbox import MboxSource
from gateway.mailbox.transfer.model import Letter, Wanted
from gateway.mailbox.transfer.summarising import Summarisers
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import open_store
from gateway.summary.model import Summary
from gateway.summary.work import summarize

NOW = Timestamp(1_800_000_000.0)
_WORDS = ("the", "disk", "of", "web", "is", "full", "again", "please", "look", "before", "the", "night")


class Silent:
    """Hears nothing."""

    def advanced(self, mailbox: str, messages: int, octets: int) -> None:
        pass


class Nothing(Summariser):
    """Leaves summaries for later."""

    @override
    async def summaries(self, messages: Sequence[OctetSource]) -> Sequence[Summary | None]:
        return [None] * len(messages)


def write_mbox(path: Path, count: int) -> None:
    """Conversations of five, in plain text."""
    with path.open("wb") as file:
        for number in range(count):
            first = number - number % 5
            refers = f"References: <{first}@x.example>\n" if number != first else ""
            body = "".join(
                " ".join(_WORDS[(number * 7 + line * 3 + at) % len(_WORDS)] for at in range(12)) + f" {number}\n"
                for line in range(29)
            )
            head = (
                "From al@home.example Sun Nov 22 08:00:00 2026\n"
                "Received: from a by b; Sun, 22 Nov 2026 08:00:00 +0000\n"
                f"From: Al Muster <al{number % 97}@home.example>\nTo: Bo <bo@home.example>\n"
                f"Subject: {'Re: ' if refers else ''}disk {first}\nDate: Sun, 22 Nov 2026 08:00:00 +0000\n"
                f"Message-ID: <{number}@x.example>\n{refers}MIME-Version: 1.0\n"
                f"Content-Type: text/plain; charset=utf-8\nStatus: RO\n\n"
            )
            file.write(f"{head}{body}\n".encode())


def cpu() -> float:
    """Of this process and of those that it has waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(kind).ru_utime + resource.getrusage(kind).ru_stime for kind in kinds)


async def bring(folder: Path, source: MboxSource, summariser: Summariser) -> None:
    data = folder / "data"
    hints = HostHints(data)
    store = open_store(data, MailboxConfig(), lambda: NOW, hints)
    mail = store.mail(AccountId(1))
    with Journal(folder / "journal") as journal:
        importer = Importer(mail, journal, lambda: NOW, summariser, Silent())
        await importer.run([source], Destination(mail.mailboxes, {source.key: "Big"}))
    await store.close()
    hints.close()


async def timed(name: str, source: MboxSource, count: int, processes: int) -> None:
    with tempfile.TemporaryDirectory(dir=source.path.parent) as folder:
        wall, before = time.perf_counter(), cpu()
        if processes < 0:
            await bring(Path(folder), source, Nothing())
        else:
            async with Summarisers(source.size(), processes) as summarisers:
                await bring(Path(folder), source, summarisers)
        wall, used = time.perf_counter() - wall, cpu() - before
        print(f"{name:42} {count / wall:8.0f} messages/s, {used / count * 1e6:6.1f} us CPU a message")


def parts(source: MboxSource, count: int) -> None:
    began = time.process_time()
    letters = [piece for piece in source.pieces(Wanted()) if isinstance(piece, Letter)]
    print(f"{'reading an mbox':42} {(time.process_time() - began) / count * 1e6:6.1f} us a message")
    some = [MemoryOctets(one.content) for one in letters[:2000] if isinstance(one.content, bytes)]
    began = time.process_time()
    for each in some:
        summarize(each)
    print(f"{'a summary':42} {(time.process_time() - began) / len(some) * 1e6:6.1f} us")


async def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        path = Path(folder) / "big.mbox"
        write_mbox(path, options.count)
        print(f"{options.count} messages of {path.stat().st_size / options.count:.0f} octets")
        source = MboxSource(path, "Big", "big")
        parts(source, options.count)
        await timed("import without summaries", source, options.count, -1)
        for processes in options.processes:
            await timed(f"import, summaries by {processes} processes", source, options.count, processes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--dir", default=".", help="where the data lies")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
