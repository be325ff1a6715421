"""Searches as clients write them: trees in any form are read back; and what the server finds over a socket is what a
look at each message finds, for SEARCH, UID SEARCH, results returned in parts, and results that are kept up to date."""

import asyncio
import datetime
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.imap.wire import search_keys as keys
from gateway.imap.wire.completion import Refusal
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.search import search_program, sort_program
from gateway.imap.wire.search_keys import Key
from gateway.imap.wire.search_returns import Option, return_options
from gateway.imap.wire.sets import SAVED, STAR, SequenceSet
from gateway.mail.units import Timestamp
from gateway.store.flags import Flags, System
from gateway.store.uids import UidSet
from tests.property.test_imap_arguments import pieces_of, written
from tests.support.imap_client import ImapClient
from tests.support.imap_world import NOW, append, imap_world, new_email

# Trees, and how they are written

WAYS = st.sampled_from(["quoted", "literal", "plus", "atom"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ATOMS = st.text("abcXYZ$_-1", min_size=1, max_size=8).filter(lambda text: text.upper() != "NIL")
ENDS = st.one_of(st.integers(1, 20), st.just(STAR))
RANGES = st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), max_size=4).map(UidSet.ranges_of)
WITH_STARS = st.lists(ENDS, min_size=2, max_size=2).map(sorted).map(tuple)
SETS = st.one_of(
    st.just(SAVED), st.builds(SequenceSet, RANGES.filter(bool)), st.builds(SequenceSet, RANGES, WITH_STARS)
)
DATES = st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31))
NUMBERS = st.integers(0, (1 << 63) - 1)
LEAVES: st.SearchStrategy[Key] = st.one_of(
    st.sampled_from([key for key in keys.PLAIN.values() if isinstance(key, keys.All | keys.HasFlag | keys.Recent)]),
    st.builds(keys.Numbered, SETS),
    st.builds(keys.Named, SETS),
    st.builds(keys.HasKeyword, ATOMS),
    st.builds(keys.HasText, st.sampled_from(list(keys.FIELDS.values())), TEXTS),
    st.builds(keys.HasHeader, ATOMS, TEXTS),
    st.builds(keys.OnDay, st.sampled_from(keys.Moment), st.sampled_from(keys.Relation), DATES),
    st.builds(keys.Larger, NUMBERS),
    st.builds(keys.Smaller, NUMBERS),
    st.builds(keys.Older, st.integers(1, (1 << 32) - 1)),
    st.builds(keys.Younger, st.integers(1, (1 << 32) - 1)),
    st.builds(keys.ModSeqFrom, NUMBERS),
    st.builds(keys.EmailWith, st.text("aM1-_", min_size=1, max_size=9)),
    st.builds(keys.ThreadWith, st.text("aT1-_", min_size=1, max_size=9)),
    st.builds(keys.Filter, ATOMS),
)


def deeper(inner: st.SearchStrategy[Key]) -> st.SearchStrategy[Key]:
    some = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        st.builds(keys.Not, inner), st.builds(keys.Fuzzy, inner), st.builds(keys.And, some), st.builds(keys.Or, some)
    )


TREES = st.recursive(LEAVES, deeper, max_leaves=12)


def in_set(wanted: SequenceSet) -> bytes:
    if wanted.saved:
        return b"$"
    with_stars = ("*" if end == STAR else f"*:{end}" for end in wanted.ends)
    return ",".join((*str(wanted.numbers).split(",") * bool(wanted.numbers), *with_stars)).encode()


def in_imap(key: Key, way: str) -> bytes:
    """With all the parentheses that it may need."""
    match key:
        case keys.Not(inner):
            return b"NOT " + in_imap(inner, way)
        case keys.Fuzzy(inner):
            return b"fuzzy " + in_imap(inner, way)
        case keys.And(some):
            return b"(%b)" % b" ".join(in_imap(each, way) for each in some)
        case keys.Or(some):
            *others, last = [in_imap(each, way) for each in some]
            return b"".join(b"OR %b " % each for each in others) + last
        case keys.HasText(_, text) | keys.HasHeader(_, text):
            return b"%b %b" % (_with_text(key), written(text.encode(), way))
        case _:
            return _leaf(key)


def _with_text(key: keys.HasText | keys.HasHeader) -> bytes:
    if isinstance(key, keys.HasHeader):
        return b"HEADER " + key.name.encode()
    return next(name for name, some in keys.FIELDS.items() if some == key.fields)


def _leaf(key: Key) -> bytes:
    match key:
        case keys.Numbered(numbers):
            return in_set(numbers)
        case keys.Named(uids):
            return b"UID " + in_set(uids)
        case keys.OnDay(moment, relation, day):
            name = next(name for name, pair in keys.DAYS.items() if pair == (moment, relation))
            return b"%b %d-%b-%04d" % (name, day.day, day.strftime("%b").encode(), day.year)
        case keys.ModSeqFrom(moment):
            entry = b'"/flags/\\\\Seen" priv ' if moment % 2 else b""
            return b"MODSEQ %b%d" % (entry, moment)
        case keys.HasKeyword(name) | keys.Filter(name) | keys.EmailWith(name) | keys.ThreadWith(name):
            return b"%b %b" % (NAMED[type(key)], name.encode())
        case keys.Larger(number) | keys.Smaller(number) | keys.Older(number) | keys.Younger(number):
            return b"%b %d" % (type(key).__name__.upper().encode(), number)
        case _:
            return next(name for name, each in keys.PLAIN.items() if each == key)


NAMED = {
    keys.HasKeyword: b"KEYWORD",
    keys.Filter: b"FILTER",
    keys.EmailWith: b"EMAILID",
    keys.ThreadWith: b"THREADID",
}


def plain(key: Key) -> Key:
    """As it is read: two NOTs are none, and OR goes on to its right."""
    match key:
        case keys.Not(keys.Not(inner)):
            return plain(inner)
        case keys.Not(inner):
            return keys.Not(plain(inner))
        case keys.Fuzzy(inner):
            return keys.Fuzzy(plain(inner))
        case keys.And(some):
            return keys.And(tuple(map(plain, some)))
        case keys.Or(some):
            *others, last = map(plain, some)
            return keys.Or((*others, *(last.keys if isinstance(last, keys.Or) else (last,))))
        case _:
            return key


@given(TREES, WAYS)
def test_trees_are_read_back(tree: Key, way: str) -> None:
    scanner = Scanner(pieces_of(in_imap(tree, way)), utf8=False)
    program = search_program(scanner)
    scanner.end()
    assert program.key == plain(tree)
    assert program.charset == ""


@given(st.sets(st.sampled_from(Option)))
def test_options_are_read_back(options: set[Option]) -> None:
    names = b" ".join(option.value for option in options)
    returns = return_options(Scanner(pieces_of(b" RETURN (%b) ALL" % names), utf8=False))
    assert returns is not None
    assert returns.options == (options or {Option.ALL})


@given(st.binary(max_size=80))
def test_anything_is_a_search_or_refused(octets: bytes) -> None:
    line = octets.replace(b"\r", b" ").replace(b"\n", b" ").replace(b"}", b"")
    for read in (search_program, sort_program, return_options):
        with suppress(BadSyntax, Refusal):
            read(Scanner(pieces_of(line), utf8=False))


# Against a look at each message


@dataclass(frozen=True)
class Message:
    subject: str
    body: str
    flags: frozenset[str]
    age: int

    @property
    def octets(self) -> bytes:
        return f"Subject: {self.subject}\r\nFrom: {self.body[:1]}@x.example\r\n\r\n{self.body}\r\n".encode()

    @property
    def stored(self) -> Flags:
        system = System(0)
        for name in self.flags - {"$Work"}:
            system |= System[name.upper()]
        return Flags(system, self.flags & {"$Work"})


MESSAGES = st.builds(
    Message,
    st.text("abß", min_size=1, max_size=4),
    st.text("abc ", min_size=1, max_size=6).map(lambda text: f"x{text}y"),
    st.frozensets(st.sampled_from(["seen", "flagged", "deleted", "$Work"])),
    st.integers(0, 20),
)
Test = Callable[[int, int, Message], bool]
"""Of a message number, a UID and a message."""


def ranged(pair: tuple[int, int]) -> Test:
    return lambda number, _uid, _one: min(pair) <= number <= max(pair)


def aged(seconds: int, *, older: bool) -> Test:
    return lambda _number, _uid, one: one.age >= seconds if older else one.age <= seconds


CONDITIONS: st.SearchStrategy[tuple[str, Test]] = st.one_of(
    st.sampled_from(["seen", "flagged", "deleted"]).map(lambda name: (name, lambda _n, _u, one: name in one.flags)),
    st.sampled_from(["seen", "flagged"]).map(lambda name: (f"UN{name}", lambda _n, _u, one: name not in one.flags)),
    st.just(("KEYWORD $WORK", lambda _n, _u, one: "$Work" in one.flags)),
    st.text("ab", min_size=1, max_size=2).map(
        lambda text: (f"SUBJECT {text}", lambda _n, _u, one: text in one.subject)
    ),
    st.text("abc", min_size=1, max_size=2).map(
        lambda text: (f'BODY "{text.upper()}"', lambda _n, _u, one: text in one.body)
    ),
    st.tuples(st.integers(1, 8), st.integers(1, 8)).map(lambda pair: (f"{pair[0]}:{pair[1]}", ranged(pair))),
    st.integers(1, 9).map(lambda uid: (f"UID {uid}", lambda _n, found, _one: found == uid)),
    st.integers(1, 20).map(lambda age: (f"OLDER {age}", aged(age, older=True))),
    st.integers(1, 20).map(lambda age: (f"YOUNGER {age}", aged(age, older=False))),
)


def combined(inner: st.SearchStrategy[tuple[str, Test]]) -> st.SearchStrategy[tuple[str, Test]]:
    def negated(one: tuple[str, Test]) -> tuple[str, Test]:
        return f"NOT ({one[0]})", lambda *args: not one[1](*args)

    def both(one: tuple[str, Test], other: tuple[str, Test]) -> tuple[str, Test]:
        return f"({one[0]} {other[0]})", lambda *args: one[1](*args) and other[1](*args)

    def either(one: tuple[str, Test], other: tuple[str, Test]) -> tuple[str, Test]:
        return f"OR ({one[0]}) ({other[0]})", lambda *args: one[1](*args) or other[1](*args)

    return st.one_of(inner.map(negated), st.builds(both, inner, inner), st.builds(either, inner, inner))


def numbers_in(text: str) -> list[int]:
    """A set, in its order."""
    pairs = [piece.partition(":") for piece in text.split(",")] if text else []
    return [number for low, _, high in pairs for number in range(int(low), int(high or low) + 1)]


def item(response: bytes, name: str) -> str:
    """What stands behind a name of an ESEARCH response; empty: it is not there."""
    words = response.decode().rstrip().split(" ")
    return words[words.index(name) + 1] if name in words else ""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(MESSAGES, min_size=1, max_size=7),
    st.lists(st.recursive(CONDITIONS, combined, max_leaves=6), min_size=1, max_size=6),
    st.sets(st.integers(1, 7), max_size=3),
    st.data(),
)
def test_what_is_found(
    messages: list[Message], searches: list[tuple[str, Test]], gone: set[int], data: st.DataObject
) -> None:
    asyncio.run(compare(messages, searches, gone, data))


async def compare(
    messages: Sequence[Message], searches: Sequence[tuple[str, Test]], gone: set[int], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with imap_world(Path(folder)) as world:
            emails = [await new_email(one.octets, Timestamp(NOW - one.age), one.stored) for one in messages]
            await append(world.mail(), "INBOX", *emails, now=NOW)
            client = await world.client()
            try:
                await client.ok("SELECT INBOX")
                await expunge(client, gone)
                left = [(uid, one) for uid, one in enumerate(messages, 1) if uid not in gone]
                places = [(number, *pair) for number, pair in enumerate(left, 1)]
                for text, test in searches:
                    wanted = [(number, uid) for number, uid, one in places if test(number, uid, one)]
                    await check(client, text, wanted, data)
            finally:
                await client.close()


async def expunge(client: ImapClient, gone: set[int]) -> None:
    if gone:
        uids = ",".join(map(str, gone))
        await client.ok(f"UID STORE {uids} +FLAGS.SILENT (\\Deleted)")
        await client.ok(f"UID EXPUNGE {uids}")


async def check(client: ImapClient, text: str, wanted: list[tuple[int, int]], data: st.DataObject) -> None:
    numbers, uids = [number for number, _ in wanted], [uid for _, uid in wanted]
    [flat] = (await client.ok(f"SEARCH {text}")).named("SEARCH")
    assert list(map(int, flat.rest.split())) == numbers
    [flat] = (await client.ok(f"UID SEARCH {text}")).named("SEARCH")
    assert list(map(int, flat.rest.split())) == uids
    first, last = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 8))
    [found] = (await client.ok(f"UID SEARCH RETURN (MIN MAX COUNT ALL SAVE) {text}")).named("ESEARCH")
    assert numbers_in(item(found.octets, "ALL")) == uids
    assert item(found.octets, "COUNT") == str(len(uids))
    assert item(found.octets, "MIN") == (str(uids[0]) if uids else "")
    assert item(found.octets, "MAX") == (str(uids[-1]) if uids else "")
    [flat] = (await client.ok("SEARCH $")).named("SEARCH")
    assert list(map(int, flat.rest.split())) == numbers
    [found] = (await client.ok(f"SEARCH RETURN (PARTIAL -{first}:-{last}) {text}")).named("ESEARCH")
    part = found.octets.decode().rstrip().rstrip(")").split(" ")[-1]
    low, high = min(first, last), max(first, last)
    expected = [number for place, number in enumerate(reversed(numbers), 1) if low <= place <= high]
    assert ([] if part == "NIL" else numbers_in(part)) == expected[::-1]
