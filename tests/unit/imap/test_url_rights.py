"""URLAUTH: whose URLs are good, and until when (RFC 4467)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.imap import url_keys, urls
from gateway.imap.fetch.sections import Extract
from gateway.mail.units import Timestamp
from gateway.store.errors import StoreUnavailable
from gateway.store.protocol.sharing import Identifier
from tests.support.imap_client import ImapClient, Literal
from tests.support.imap_world import ImapWorld, imap_world

MESSAGE = b"Subject: one\r\n\r\nSi vis pacem, para bellum.\r\n"
INBOX = "imap://al@home.example/INBOX/;uid=1"
Scenario = Callable[[ImapWorld, ImapClient, ImapClient], Awaitable[None]]


def run(folder: Path, scenario: Scenario, **keys: Any) -> None:
    async def all_of_it() -> None:
        async with imap_world(folder, **keys) as world:
            await world.deliver(MESSAGE)
            al, bo = await world.client(), await world.client("bo@home.example")
            await scenario(world, al, bo)
            await al.close()
            await bo.close()

    asyncio.run(all_of_it())


def lose_files(folder: Path) -> None:
    for path in folder.glob("mail/*/*/bodies/*"):
        path.unlink()


async def signed(client: ImapClient, url: str = INBOX, access: str = "authuser") -> str:
    answer = await client.ok(f'GENURLAUTH "{url};urlauth={access}" INTERNAL')
    return answer.named("GENURLAUTH")[0].octets.decode().split('"')[1]


async def works(client: ImapClient, url: str) -> bool:
    answer = await client.ok(f'URLFETCH "{url}"')
    return not answer.named("URLFETCH")[0].octets.endswith(b" NIL\r\n")


def test_a_url_is_good_as_long_as_its_mailbox_and_message(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, al: ImapClient, bo: ImapClient) -> None:
        await world.mail().mailboxes.create("Box")
        await world.deliver(MESSAGE, mailbox="Box")
        box = await signed(al, "imap://al@home.example/Box/;uid=1")
        assert await works(bo, box)
        await al.ok("RENAME Box Other")
        assert not await works(bo, box)
        await al.ok("RENAME Other Box")
        assert await works(bo, box)
        await al.ok("DELETE Box")
        await world.mail().mailboxes.create("Box")
        await world.deliver(MESSAGE, mailbox="Box")
        assert not await works(bo, box)
        inbox = await signed(al)
        await al.ok("SELECT INBOX")
        await al.ok("STORE 1 +FLAGS (\\Deleted)")
        await al.ok("EXPUNGE")
        assert not await works(bo, inbox)

    run(tmp_path, scenario)


def test_every_octet_of_it_counts(tmp_path: Path) -> None:
    async def scenario(_: ImapWorld, al: ImapClient, bo: ImapClient) -> None:
        url = await signed(al)
        for changed in (url.replace("uid=1", "UID=1"), url.replace("INBOX", "inbox"), url.replace("@home", "@HOME")):
            assert not await works(bo, changed)
        assert not await works(bo, url[:-1] + ("0" if url[-1] != "0" else "1"))
        assert not await works(bo, url[:-2])
        assert not await works(bo, url.replace(":internal:", ":xsample:"))
        assert not await works(bo, url.replace(";urlauth=authuser", ";urlauth=anonymous"))
        assert await works(bo, url.replace(":internal:", ":INTERNAL:"))

    run(tmp_path, scenario)


def test_rights_are_those_of_whoever_signed_it_now(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, al: ImapClient, bo: ImapClient) -> None:
        inbox = await world.mail().mailboxes.find("INBOX")
        sharing = world.mail().sharing
        await sharing.set_rights(inbox.id, Identifier("account:2"), "lr")
        shared = "imap://bo@home.example/Other%20Users/al@home.example/INBOX/;uid=1"
        url, own = await signed(bo, shared, "user+al@home.example"), await signed(al)
        assert await works(al, url)
        assert not await works(bo, url)
        await al.ok("RESETKEY INBOX")
        assert not await works(bo, own)
        assert await works(al, url)
        await sharing.set_rights(inbox.id, Identifier("account:2"), "")
        assert not await works(al, url)
        await sharing.set_rights(inbox.id, Identifier("account:2"), "lr")
        assert await works(al, url)
        await bo.ok("RESETKEY")
        assert not await works(al, url)

    run(tmp_path, scenario)


def test_it_expires(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, al: ImapClient, bo: ImapClient) -> None:
        url = await signed(al, f"{INBOX};expire=2027-01-15T08:00:01Z")
        assert await works(bo, url)
        world.clock.now = Timestamp(1_800_000_001.0)
        assert await works(bo, url)
        world.clock.now = Timestamp(1_800_000_001.5)
        assert not await works(bo, url)

    run(tmp_path, scenario)


def test_first_keys_that_are_made_at_one_time_are_both_good(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, al: ImapClient, bo: ImapClient) -> None:
        others = [await world.client() for _ in range(5)]
        urls = await asyncio.gather(*(signed(client) for client in (al, *others)))
        assert [await works(bo, url) for url in urls] == [True] * 6
        await al.ok("RESETKEY INBOX")
        assert [await works(bo, url) for url in urls] == [False] * 6
        for client in others:
            await client.close()

    run(tmp_path, scenario)


def test_nobody_sees_the_keys(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, al: ImapClient, _: ImapClient) -> None:
        await signed(al)
        inbox, mail = await world.mail().mailboxes.find("INBOX"), world.mail()
        assert dict(await mail.annotations.get(inbox.id, mail.account)) == {}
        assert (await al.ok("GETMETADATA (DEPTH infinity) INBOX (/private /shared)")).named("METADATA") == []

    run(tmp_path, scenario)


def test_names_that_are_no_account_give_nothing(tmp_path: Path) -> None:
    async def scenario(_: ImapWorld, al: ImapClient, bo: ImapClient) -> None:
        url = await signed(al)
        for nobody in ("nobody@home.example", "al@far.example", "al"):
            assert not await works(bo, url.replace("al@home.example", nobody, 1))

    run(tmp_path, scenario)


def test_utf8_is_shown_to_who_enabled_it(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, al: ImapClient, bo: ImapClient) -> None:
        await world.deliver("Subject: ä\r\n\r\nö\r\n".encode())
        url = await signed(al, "imap://al@home.example/INBOX/;uid=2/;section=HEADER")
        await bo.ok("NOOP")
        before = (await bo.ok(f'URLFETCH "{url}"')).named("URLFETCH")[0].octets
        assert before.isascii()
        await bo.ok("ENABLE UTF8=ACCEPT")
        after = (await bo.ok(f'URLFETCH "{url}"')).named("URLFETCH")[0].octets
        assert "Subject: ä".encode() in after

    run(tmp_path, scenario)


def test_octets_that_cannot_be_read_to_their_end_end_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A literal that was announced cannot be taken back. Where octets are gone before, nothing of it is said."""

    async def broken(extract: Extract) -> AsyncIterator[bytes]:
        yield next(extract.chunks())[:1000]
        raise StoreUnavailable("a bad block")

    async def scenario(world: ImapWorld, al: ImapClient, bo: ImapClient) -> None:
        await world.deliver(b"Subject: large\r\n\r\n" + b"0123456789\r\n" * 30_000)
        url = await signed(al, INBOX.replace("uid=1", "uid=2"))
        assert await works(bo, url)
        monkeypatch.setattr(urls, "chunks", broken)
        bo.channel.write(f'u URLFETCH "{url}"\r\n'.encode())
        with pytest.raises(ConnectionResetError, match="0123456789") as told:
            await bo.response()
        assert "u OK" not in str(told.value)
        monkeypatch.undo()
        lose_files(tmp_path)
        another = await world.client("bo@home.example")
        for asked in (f'"{url}"', f'("{url}" BODY)', f'("{url}" BINARY BODYPARTSTRUCTURE)'):
            answer = await another.no(f"URLFETCH {asked}")
            assert (answer.code, answer.untagged) == ("UNAVAILABLE", ())
        await another.close()

    run(tmp_path, scenario)


HOSTILE = (
    *("GENURLAUTH", "GENURLAUTH x", f'GENURLAUTH "{INBOX};urlauth=authuser"', "GENURLAUTH () INTERNAL"),
    *("URLFETCH", "URLFETCH ()", "URLFETCH (x BODY", "URLFETCH (x MIME)", "URLFETCH x "),
    *("RESETKEY ", 'RESETKEY "" INTERNAL', "RESETKEY nowhere", "RESETKEY INBOX ()"),
)


def test_hostile_commands(tmp_path: Path) -> None:
    async def scenario(_: ImapWorld, al: ImapClient, bo: ImapClient) -> None:
        for command in HOSTILE:
            assert (await al.command(command)).status in ("BAD", "NO")
            await al.ok("NOOP")
        for octets in (b"", b"\xff\xfe", b"%", b"imap://", b"imap:///;uid=1", b"x" * 9000, b'"\\"'):
            answer = await bo.ok("URLFETCH ", Literal(octets, plus=True))
            assert answer.named("URLFETCH")[0].octets.endswith(b" NIL\r\n")

    run(tmp_path, scenario)


def test_a_token_says_how_it_was_made() -> None:
    assert not url_keys.verify_nothing(b"imap://", "01" + "0" * 64)


@pytest.mark.parametrize("url", ["/INBOX/;uid=1", "imap://al@home.example/INBOX", "imap://home.example/INBOX/;uid=1"])
def test_what_cannot_be_signed(tmp_path: Path, url: str) -> None:
    async def scenario(_: ImapWorld, al: ImapClient, _bo: ImapClient) -> None:
        await al.bad(f'GENURLAUTH "{url};urlauth=authuser" INTERNAL')

    run(tmp_path, scenario)
