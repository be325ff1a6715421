"""What a client makes of ADDTO and REMOVEFROM is what a new search finds, whatever happens to the mailbox
(RFC 5267 4.3)."""

import asyncio
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.imap.search import contexts
from gateway.mail.units import Timestamp
from gateway.store.flags import Flags, System
from tests.property.test_imap_searches import numbers_in
from tests.support.imap_client import Answer, ImapClient
from tests.support.imap_preparations import prepare
from tests.support.imap_response import Response
from tests.support.imap_world import NOW, ImapWorld, append, imap_world, new_email

SEARCHES = (
    ("UID SEARCH", "", "FLAGGED"),
    ("SEARCH", "", "OR FLAGGED SUBJECT b"),
    ("UID SORT", " (REVERSE ARRIVAL) UTF-8", "FLAGGED"),
    ("SORT", " (SUBJECT REVERSE ARRIVAL) UTF-8", "NOT FLAGGED"),
    ("UID SEARCH", "", "1:2"),
)
"""Each: the command, what is between RETURN and the keys, and these."""
_ITEM = re.compile(r"(ADDTO|REMOVEFROM) \(([^)]*)\)")


@dataclass
class Known:
    """What a client knows of one result."""

    command: str
    between: str
    keys: str
    result: list[int] = field(default_factory=list)

    def told(self, response: bytes) -> None:
        for what, text in _ITEM.findall(response.decode()):
            words = text.split(" ")
            for place, some in zip(words[::2], words[1::2], strict=True):
                self._change(what, int(place), numbers_in(some))

    def _change(self, what: str, place: int, some: list[int]) -> None:
        if what == "ADDTO":
            assert not set(some) & set(self.result)
            self.result = sorted([*self.result, *some]) if not place else self._inserted(place - 1, some)
        elif place:
            assert self.result[place - 1 : place - 1 + len(some)] == some
            del self.result[place - 1 : place - 1 + len(some)]
        else:
            assert set(some) <= set(self.result)
            self.result = [number for number in self.result if number not in some]

    def _inserted(self, at: int, some: list[int]) -> list[int]:
        assert at <= len(self.result)
        return self.result[:at] + some + self.result[at:]

    def expunged(self, number: int) -> None:
        if not self.command.startswith("UID"):
            assert number not in self.result, "it had to leave before"
            self.result = [each - (each > number) for each in self.result]


class Watcher:
    """A client with all the searches."""

    def __init__(self, client: ImapClient) -> None:
        self.client = client
        self.known: dict[str, Known] = {}

    async def begin(self) -> None:
        for command, between, keys in SEARCHES:
            tag = await self.client.send(f"{command} RETURN (UPDATE ALL){between} {keys}")
            answer = await self.client.answer(tag)
            self.known[tag] = Known(command, between, keys)
            self.known[tag].result = await self._anew(self.known[tag])
            assert "[NOUPDATE" not in str(answer)

    async def do(self, command: str) -> None:
        self.told(await self.client.command(command))

    def told(self, answer: Answer) -> None:
        for response in answer.untagged:
            self._one(response)

    def _one(self, response: Response) -> None:
        if response.name == "EXPUNGE":
            for known in self.known.values():
                known.expunged(response.number or 0)
        elif response.name == "ESEARCH":
            tag = response.octets.decode().split('"')[1]
            self.known[tag].told(response.octets)

    async def compare(self) -> None:
        for known in self.known.values():
            # Message numbers mean what they meant when the search began.
            if known.keys != "1:2":
                assert known.result == await self._anew(known), (known.command, known.keys)

    async def _anew(self, known: Known) -> list[int]:
        answer = await self.client.ok(f"{known.command} RETURN (ALL){known.between} {known.keys}")
        text = answer.untagged[-1].octets.decode().rstrip()
        return numbers_in(text.partition(" ALL ")[2])


STEPS = st.one_of(
    st.tuples(st.just("own"), st.integers(1, 6), st.sampled_from(["+", "-"])),
    st.tuples(st.just("silent"), st.integers(1, 6), st.sampled_from(["+", "-"])),
    st.tuples(st.just("other"), st.integers(1, 9), st.sampled_from(["\\Flagged", ""])),
    st.tuples(st.just("expunge"), st.integers(1, 9), st.just("")),
    st.tuples(st.just("arrive"), st.integers(0, 5), st.sampled_from(["a", "b"])),
    st.tuples(st.just("search"), st.just(0), st.just("")),
    st.tuples(st.just("noop"), st.just(0), st.just("")),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from([Flags(), Flags(System.FLAGGED)]), max_size=5), st.lists(STEPS, max_size=12))
def test_results_are_kept_up_to_date(flags: list[Flags], steps: list[tuple[str, int, str]]) -> None:
    asyncio.run(play(flags, steps))


async def play(flags: Sequence[Flags], steps: Sequence[tuple[str, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with imap_world(Path(folder)) as world:
            for number, each in enumerate(flags):
                await arrive(world, number, "ab"[number % 2], each)
            client = await world.client()
            try:
                await client.ok("SELECT INBOX")
                watcher = Watcher(client)
                await watcher.begin()
                for step in steps:
                    await take(world, watcher, *step)
                await watcher.do("NOOP")
                await watcher.compare()
            finally:
                await client.close()


async def take(world: ImapWorld, watcher: Watcher, what: str, number: int, how: str) -> None:
    match what:
        case "own" | "silent":
            silent = ".SILENT" if what == "silent" else ""
            await watcher.do(f"UID STORE {number} {how}FLAGS{silent} (\\Flagged)")
        case "other":
            await prepare(world.mail(), "flags", f"INBOX {number} ({how})", NOW)
        case "expunge":
            await prepare(world.mail(), "expunge", f"INBOX {number}", NOW)
        case "arrive":
            await arrive(world, number, how, Flags(System.FLAGGED) if number % 2 else Flags())
        case "search":
            await watcher.do("SEARCH SEEN")
        case _:
            await watcher.do("NOOP")
            await watcher.compare()


async def arrive(world: ImapWorld, age: int, subject: str, flags: Flags) -> None:
    octets = f"Subject: {subject}\r\n\r\nbody\r\n".encode()
    await append(world.mail(), "INBOX", await new_email(octets, Timestamp(NOW - age), flags), now=NOW)


def test_limits_are_what_the_decisions_say() -> None:
    assert (contexts.MOST, contexts.MOST_KEPT) == (8, 1_000_000)
