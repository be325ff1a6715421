"""What the full-text index costs: `python -m benchmarks.index_cost [--messages N]`.

Messages of about 2.5 KB (fields as mail has them, 230 words, a tenth with 200 Han letters) are put into an account's
database and indexed by one process, then by all cores as the gateway does it; then searches of several kinds.
"""

import argparse
import asyncio
import base64
import os
import random
import resource
import sqlite3
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from pathlib import Path

from gateway.app.index_pool import AT_ONCE, finish, index, index_pool
from gateway.auth.authenticator import AccountId
from gateway.storage.migration import migrate
from gateway.store.embedded.database.schema import MIGRATIONS
from gateway.store.embedded.index import file
from gateway.store.embedded.index.follow import plan
from gateway.store.embedded.index.search import find
from gateway.store.embedded.paths import AccountFolder, folder_of
from gateway.store.model import ChangeKind
from gateway.store.protocol.search import Closeness, Field, Wanted

ACCOUNT = AccountId(1)
WORDS = 60_000
BODY = 230
HAN = 200
EVERYWHERE = frozenset(Field)
IN_BODY = frozenset({Field.BODY})


def messages(count: int) -> Iterator[bytes]:
    """Always the same ones."""
    dice = random.Random(1)
    words = vocabulary(dice)
    weights = list(accumulate(1 / (place + 3) for place in range(len(words))))
    for number in range(count):
        chosen = dice.choices(words, cum_weights=weights, k=BODY)
        body = " ".join(word + (".\r\n" if place % 13 == 12 else "") for place, word in enumerate(chosen))
        if number % 10 == 0:
            body += "".join(chr(0x4E00 + int(dice.paretovariate(0.8) * 7) % 3000) for _ in range(HAN))
        yield f"{_head(dice, chosen)}\r\n\r\n{body}\r\n".encode()


def vocabulary(dice: random.Random) -> list[str]:
    """Pronounceable."""

    def syllable() -> str:
        return dice.choice("bcdfghklmnprstvwz") + dice.choice("aeiou") + dice.choice(("", "", "n", "r", "s", "t", "l"))

    made = {"".join(syllable() for _ in range(dice.choice((1, 2, 2, 3, 3, 4)))) for _ in range(WORDS * 2)}
    chosen = sorted(made)
    dice.shuffle(chosen)
    return chosen[:WORDS]


def _head(dice: random.Random, words: list[str]) -> str:
    signature = base64.encodebytes(dice.randbytes(256)).decode().replace("\n", "\r\n\t")
    return "\r\n".join(
        (
            f"Received: from {words[9]}.example by mx.home.example with ESMTPS id {dice.getrandbits(64):x};",
            "\tSun, 22 Nov 2026 06:00:00 +0000",
            f"DKIM-Signature: v=1; a=rsa-sha256; d={words[9]}.example; s=mail; b={signature.strip()}",
            f"Message-ID: <{dice.getrandbits(64):x}@{words[9]}.example>",
            f"From: {words[7]} {words[8]} <{words[7]}@{words[9]}.example>",
            "To: admin@home.example",
            f"Subject: {' '.join(words[:6])}",
            "Date: Sun, 22 Nov 2026 06:00:00 +0000",
            "Content-Type: text/plain; charset=utf-8",
        )
    )


def fill(folder: AccountFolder, count: int) -> int:
    """The octets of all of them."""
    folder.path.mkdir(parents=True)
    mail = sqlite3.connect(folder.database, isolation_level=None)
    mail.execute("PRAGMA journal_mode = WAL")
    migrate(mail, MIGRATIONS)
    mail.execute("BEGIN")
    mail.execute("INSERT INTO account VALUES (1, 1, 1, 0)")
    octets = 0
    for number, message in enumerate(messages(count), 1):
        octets += len(message)
        row = number, number, len(message), 0.0, 1
        mail.execute("INSERT INTO email (id, thread, size, received, created) VALUES (?, ?, ?, ?, ?)", row)
        mail.execute("INSERT INTO body VALUES (?, ?)", (number, message))
    packed = array("q", range(1, count + 1)).tobytes()
    mail.execute("INSERT INTO change VALUES (1, ?, 1, '', ?, 0)", (ChangeKind.ARRIVED.value, packed))
    mail.execute("COMMIT")
    mail.close()
    return octets


async def follow(data: Path, pool: ProcessPoolExecutor, processes: int) -> None:
    """As `gateway.app.indexing` does it."""
    made = plan(folder_of(data, ACCOUNT))
    loop = asyncio.get_running_loop()
    pieces = iter([made.missing[start : start + AT_ONCE] for start in range(0, len(made.missing), AT_ONCE)])

    async def work() -> None:
        for piece in pieces:
            await loop.run_in_executor(pool, index, data, ACCOUNT, piece)

    await asyncio.gather(*(work() for _ in range(processes)))
    await loop.run_in_executor(pool, finish, data, ACCOUNT, made)


def measure(data: Path, count: int, octets: int, processes: int) -> None:
    folder = folder_of(data, ACCOUNT)
    file.throw_away(folder.index)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with index_pool(processes) as pool:
        began = time.perf_counter()
        asyncio.run(follow(data, pool, processes))
        took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = sum(each.stat().st_size for each in folder.path.glob("index.db*"))
    print(f"{processes} process(es): {count / took:,.0f} messages/s, {took:.1f} s, {cpu / count * 1e6:.0f} µs CPU each")
    print(
        f"  index {size / octets:.0%} of {octets / count:,.0f} octets a message; peak {after.ru_maxrss / 1024:.0f} MiB"
    )


def search(data: Path, name: str, wanted: Wanted) -> None:
    with file.reader(folder_of(data, ACCOUNT).index) as connection:
        found, times = find(connection, wanted), []
        for _ in range(3):
            began = time.perf_counter()
            find(connection, wanted)
            times.append(time.perf_counter() - began)
    print(f"  {name:34} {len(found.emails):>9,} found, sure: {found.sure!s:5} {min(times) * 1000:8.1f} ms")


def searches(data: Path) -> None:
    text = next(messages(1)).decode()
    identifier = text.partition("Message-ID: <")[2].partition("@")[0]
    common, other, han = (*text.split()[-100:-98], text.split()[-1][-3:-1])
    print("searches (the best of three):")
    asked: list[tuple[str, Callable[[], Wanted]]] = [
        ("a rare word, anywhere", lambda: Wanted(identifier, EVERYWHERE)),
        ("part of a rare word, anywhere", lambda: Wanted(identifier[3:10], EVERYWHERE)),
        ("a common word, in the subject", lambda: Wanted(common, frozenset({Field.SUBJECT}))),
        ("a common word, in the text", lambda: Wanted(common, IN_BODY)),
        ("two words, in the text", lambda: Wanted(f"{common} {other}", IN_BODY)),
        ("two Han letters, in the text", lambda: Wanted(han, IN_BODY)),
        ("two letters, in the text", lambda: Wanted("er", IN_BODY)),
        ("one letter, anywhere", lambda: Wanted("q", EVERYWHERE)),
        ("a word, fuzzy, anywhere", lambda: Wanted(common, EVERYWHERE, Closeness.FUZZY)),
        ("two words, fuzzy, anywhere", lambda: Wanted(f"{common} {other}", EVERYWHERE, Closeness.FUZZY)),
    ]
    for name, wanted in asked:
        search(data, name, wanted())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index_cost", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--only-all", action="store_true", help="not with one process")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as name:
        data = Path(name)
        octets = fill(folder_of(data, ACCOUNT), options.messages)
        cores = len(os.sched_getaffinity(0))
        for processes in (cores,) if options.only_all else (1, cores):
            measure(data, options.messages, octets, processes)
        searches(data)


if __name__ == "__main__":
    main()
