"""The selected mailbox over the wire: many messages, limits, what others did meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.store.actions import Append, Expunge, SetFlags, Which
from gateway.store.flags import MAX_KEYWORD, Flags, How, System
from gateway.store.model import MailboxId, NewEmail
from gateway.store.uids import UidSet
from tests.support.imap_client import Answer, ImapClient
from tests.support.imap_world import ImapWorld, imap_world, new_email

SEEN = Flags(System.SEEN)


def run(test: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 60))


@asynccontextmanager
async def clients(world: ImapWorld, count: int) -> AsyncIterator[list[ImapClient]]:
    """Logged in."""
    made = [await world.client() for _ in range(count)]
    try:
        yield made
    finally:
        for client in made:
            await client.close()


async def fill(world: ImapWorld, count: int, flags: Flags = SEEN) -> MailboxId:
    """INBOX, with so many messages that are alike."""
    mail = world.mail()
    inbox = (await mail.mailboxes.find("INBOX")).id
    one = await new_email(b"Subject: s\r\n\r\nbody\r\n", world.clock(), flags)
    emails: tuple[NewEmail, ...] = (one,) * count
    await mail.emails.carry_out([Append(inbox, emails)], world.clock())
    return inbox


def numbers(answer: Answer, name: str) -> list[int | None]:
    return [each.number for each in answer.named(name)]


def test_a_store_of_more_than_is_read_one_by_one_is_answered_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with imap_world(tmp_path) as world:
            await fill(world, 2500)
            async with clients(world, 2) as [one, other]:
                await one.ok("SELECT INBOX")
                await other.ok("SELECT INBOX")
                silent = await one.ok(r"UID STORE 1:* +FLAGS.SILENT (\Flagged)")
                assert not silent.untagged
                told = await other.ok("NOOP")
                assert numbers(told, "FETCH") == list(range(1, 2501))
                answered = await one.ok(r"STORE 1:* -FLAGS (\Flagged)")
                assert numbers(answered, "FETCH") == list(range(1, 2501))
                assert not (await one.ok("NOOP")).untagged

    run(test())


def written(answer: Answer) -> list[bytes]:
    """Its FETCH responses, without mod-sequences."""
    return [each.octets.partition(b" MODSEQ")[0].removesuffix(b"\r\n") for each in answer.named("FETCH")]


def test_flags_of_many_are_written_with_what_each_message_has(tmp_path: Path) -> None:
    """Messages are gone between them, some are recent, they are marked differently, and all come at once."""

    async def test() -> None:
        async with imap_world(tmp_path) as world:
            inbox = await fill(world, 6)
            async with clients(world, 2) as [client, other]:
                await other.ok("SELECT INBOX")
                await client.ok("SELECT INBOX")
                await other.ok("UNSELECT")
                await fill(world, 3, Flags())
                await client.ok("NOOP")
                await client.ok("UID STORE 4 +FLAGS.SILENT ($Forwarded)")
                await world.mail().emails.carry_out([Expunge(inbox, UidSet(((2, 3),)), Which.ALL)], world.clock())
                await client.ok("NOOP")
                assert written(await client.ok(r"STORE 1,2,3,5:6 +FLAGS (\Flagged)")) == [
                    rb"* 1 FETCH (FLAGS (\Flagged \Seen))",
                    rb"* 2 FETCH (FLAGS (\Flagged \Seen $Forwarded))",
                    rb"* 3 FETCH (FLAGS (\Flagged \Seen))",
                    rb"* 5 FETCH (FLAGS (\Flagged \Recent))",
                    rb"* 6 FETCH (FLAGS (\Flagged \Recent))",
                ]
                await client.ok("ENABLE CONDSTORE")
                assert written(await client.ok(r"STORE 2,6 -FLAGS.SILENT (\Flagged)")) == [
                    b"* 2 FETCH (UID 4",
                    b"* 6 FETCH (UID 8",
                ]
                assert written(await client.ok(r"UID STORE 6:7 FLAGS ()")) == [
                    b"* 4 FETCH (UID 6 FLAGS ()",
                    rb"* 5 FETCH (UID 7 FLAGS (\Recent)",
                ]

    run(test())


def test_what_others_did_at_the_same_time_as_a_large_store_is_told(tmp_path: Path) -> None:
    async def test() -> None:
        async with imap_world(tmp_path) as world:
            inbox = await fill(world, 2500)
            async with clients(world, 1) as [client]:
                await client.ok("SELECT INBOX")
                emails = world.mail().emails
                tag = await client.send(r"UID STORE 1:* +FLAGS.SILENT (\Flagged)")
                change = SetFlags(inbox, UidSet(((7, 7),)), How.ADD, Flags(System.ANSWERED))
                await emails.carry_out([change], world.clock())
                answer = await client.answer(tag)
                after = await client.ok("NOOP")
                told = [each.number for each in (*answer.named("FETCH"), *after.named("FETCH"))]
                assert 7 in told

    run(test())


def test_gaps_between_uids_are_no_matter(tmp_path: Path) -> None:
    async def test() -> None:
        async with imap_world(tmp_path) as world:
            inbox = await fill(world, 60)
            odd = UidSet.of(range(1, 61, 2))
            await world.mail().emails.carry_out([Expunge(inbox, odd, Which.ALL)], world.clock())
            async with clients(world, 1) as [client]:
                await client.ok("ENABLE QRESYNC")
                await client.ok("SELECT INBOX")
                stored = await client.ok(r"STORE 2:29 +FLAGS.SILENT (\Deleted)")
                assert numbers(stored, "FETCH") == list(range(2, 30))
                gone = await client.ok("UID EXPUNGE 1:*")
                (vanished,) = gone.named("VANISHED")
                assert vanished.rest == b",".join(b"%d" % uid for uid in range(4, 60, 2))
                assert gone.code.startswith("HIGHESTMODSEQ ")

    run(test())


def test_expunges_without_end_come_in_pieces(tmp_path: Path) -> None:
    async def test() -> None:
        async with imap_world(tmp_path) as world:
            inbox = await fill(world, 3000)
            async with clients(world, 2) as [numbered, vanished]:
                await vanished.ok("ENABLE QRESYNC")
                for client in (numbered, vanished):
                    await client.ok("SELECT INBOX")
                gone = UidSet.of(range(2, 3000, 2))
                await world.mail().emails.carry_out([Expunge(inbox, gone, Which.ALL)], world.clock())
                left = list(range(1, 3001))
                for number in numbers(await numbered.ok("NOOP"), "EXPUNGE"):
                    assert number is not None
                    del left[number - 1]
                assert left == [uid for uid in range(1, 3001) if uid not in gone]
                lines = (await vanished.ok("NOOP")).named("VANISHED")
                assert len(lines) > 1
                assert max(len(line.octets) for line in lines) < 8192
                assert UidSet.parse(",".join(line.rest.decode() for line in lines)) == gone

    run(test())


def test_keywords_have_limits(tmp_path: Path) -> None:
    async def test() -> None:
        async with imap_world(tmp_path) as world:
            await fill(world, 1)
            async with clients(world, 1) as [client]:
                await client.ok("SELECT INBOX")
                await client.ok(f"STORE 1 +FLAGS ({'k' * MAX_KEYWORD})")
                for batch in range(2):
                    words = " ".join(f"w{batch}-{number}" for number in range(90))
                    await client.ok(f"STORE 1 +FLAGS.SILENT ({words})")
                words = " ".join(f"more{number}" for number in range(90))
                refused = await client.no(f"STORE 1 +FLAGS.SILENT ({words})")
                assert refused.code == "LIMIT"
                flags = await client.ok("FETCH 1 (FLAGS)")
                assert b"more0" not in flags.untagged[0].octets

    run(test())


def test_batches_tile_the_mailbox(tmp_path: Path) -> None:
    async def test() -> None:
        async with imap_world(tmp_path) as world:
            inbox = await fill(world, 2600)
            some = UidSet.of(range(1, 2601, 2))
            await world.mail().emails.carry_out([Expunge(inbox, some, Which.ALL)], world.clock())
            async with clients(world, 1) as [client]:
                await client.ok("SELECT INBOX")
                (batches,) = (await client.ok("UIDBATCHES 500")).named("UIDBATCHES")
                assert batches.rest.endswith(b" 2600:1602,1601:602,601:1")
                (last,) = (await client.ok("UIDBATCHES 500 2:3")).named("UIDBATCHES")
                assert last.rest.endswith(b" 1601:602,601:1")
                (none,) = (await client.ok("UIDBATCHES 500 4:9")).named("UIDBATCHES")
                assert none.rest.endswith(b'")')
                await client.ok(r"UID STORE 1602:2600 +FLAGS.SILENT (\Flagged)")
                (found,) = (await client.ok("UID SEARCH FLAGGED")).named("SEARCH")
                assert len(found.rest.split()) == 500

    run(test())


def test_a_mailbox_that_is_deleted_ends_an_idle_session(tmp_path: Path) -> None:
    async def test() -> None:
        async with imap_world(tmp_path) as world:
            await world.mail().mailboxes.create("Plans")
            async with clients(world, 2) as [client, other]:
                await client.ok("SELECT Plans")
                await client.send("IDLE")
                assert (await client.response()).name == "+"
                await other.ok("DELETE Plans")
                bye = await client.response()
                assert (bye.name, bye.code) == ("BYE", "NONEXISTENT")
                with pytest.raises(ConnectionResetError):
                    await client.response()

    run(test())
