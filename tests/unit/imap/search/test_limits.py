"""Searches that are as deep, as long and as many as they may be, over a socket."""

from pathlib import Path

import pytest

from gateway.imap.search.filters import MAX_PASSES, PRIVATE
from gateway.imap.wire.scanner import MAX_NESTING
from gateway.imap.wire.search import MAX_KEYS
from tests.support.imap_client import Literal
from tests.support.imap_world import ImapWorld, imap_world

DEEP = MAX_NESTING - 2


def nested(inner: str, form: str = "(ALL {})") -> str:
    text = inner
    for _ in range(DEEP):
        text = form.format(text)
    return text


async def filled(world: ImapWorld) -> None:
    await world.deliver(b"Subject: one\r\n\r\nbody\r\n", b"Subject: two\r\n\r\nbody\r\n")


@pytest.mark.parametrize("form", ["(ALL {})", "OR ({}) UID 9", "NOT ({})", "FUZZY ({} ALL)"])
async def test_as_deep_as_they_may_be_with_filters_in_filters(tmp_path: Path, form: str) -> None:
    async with imap_world(tmp_path) as world:
        await filled(world)
        values = {f"{PRIVATE}f{at}": nested(f"FILTER f{at + 1}") for at in range(MAX_PASSES - 1)}
        values[f"{PRIVATE}f{MAX_PASSES - 1}"] = "SUBJECT one"
        octets = {name: value.encode() for name, value in values.items()}
        await world.mail().annotations.set(None, world.mail().account, octets)
        client = await world.client()
        await client.ok("SELECT INBOX")
        text = "FILTER f0"
        for _ in range(DEEP // 2):
            text = form.format(text)
        [found] = (await client.ok(f"SEARCH {text}")).named("SEARCH")
        assert found.rest == b"1"
        await client.close()


async def test_filters_that_multiply_are_a_limit(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        await filled(world)
        values = {f"{PRIVATE}f{at}": b"SEEN " * 9 + b" ".join([b"FILTER f%d" % (at + 1)] * 20) for at in range(4)}
        values[f"{PRIVATE}f4"] = b"SEEN " * 50 + b"SEEN"
        await world.mail().annotations.set(None, world.mail().account, values)
        client = await world.client()
        await client.ok("SELECT INBOX")
        assert (await client.no("SEARCH FILTER f0")).code == "LIMIT"
        assert (await client.no("SEARCH RETURN (SAVE) " + "SEEN " * MAX_KEYS + "SEEN")).code == "LIMIT"
        await client.close()


async def test_as_many_keys_as_there_may_be(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        await filled(world)
        client = await world.client()
        await client.ok("SELECT INBOX")
        keys = " ".join(["OR UID 9"] * (MAX_KEYS - 2))
        [found] = (await client.ok(f"SEARCH {keys} UID 2")).named("SEARCH")
        assert found.rest == b"2"
        [found] = (await client.ok("UID SEARCH UID " + ",".join(str(uid) for uid in range(2, 20_000, 2)))).named(
            "SEARCH"
        )
        assert found.rest == b"2"
        [found] = (await client.ok("SEARCH TEXT ", Literal(b"x" * 60_000))).named("SEARCH")
        assert found.rest == b""
        assert (await client.bad("SEARCH " + "(" * 60_000)).code == "CLIENTBUG"
        assert (await client.bad("SEARCH " + "OR (" * 10_000)).code == "CLIENTBUG"
        await client.bad("SEARCH " + "NOT " * 10_000)
        [found] = (await client.ok("SEARCH " + "NOT " * 10_000 + "SEEN")).named("SEARCH")
        assert found.rest == b""
        await client.close()
