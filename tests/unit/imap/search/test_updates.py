"""What a search that is kept up to date was asked for stays what it was, but for time (RFC 5267 4.3, RFC 5032 2)."""

from pathlib import Path

from gateway.mail.units import Timestamp
from tests.support.imap_client import ImapClient
from tests.support.imap_world import NOW, ImapWorld, append, imap_world, new_email

MESSAGE = b"Subject: s\r\n\r\nbody\r\n"


async def selected(world: ImapWorld, ages: list[int]) -> ImapClient:
    emails = [await new_email(MESSAGE, Timestamp(NOW - age)) for age in ages]
    await append(world.mail(), "INBOX", *emails, now=NOW)
    client = await world.client()
    await client.ok("SELECT INBOX")
    return client


async def told(client: ImapClient, command: str = "NOOP") -> list[str]:
    answer = await client.ok(command)
    return [each.octets.decode().strip() for each in answer.named("ESEARCH")]


async def test_messages_grow_old(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await selected(world, [5, 10, 20])
        old, young = await client.send("UID SEARCH RETURN (UPDATE COUNT) OLDER 15"), ""
        await client.answer(old)
        young = await client.send("SEARCH RETURN (UPDATE COUNT) YOUNGER 10")
        await client.answer(young)
        assert await told(client) == []
        world.clock.now = Timestamp(NOW + 5)
        assert await told(client) == [
            f'* ESEARCH (TAG "{old}") UID ADDTO (0 2)',
            f'* ESEARCH (TAG "{young}") REMOVEFROM (0 2)',
        ]
        world.clock.now = Timestamp(NOW + 10)
        assert len(await told(client)) == 2
        assert await told(client) == []
        await client.close()


async def test_numbers_and_saved_results_are_what_they_were(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await selected(world, [0, 0, 0])
        await client.ok("UID STORE 3 +FLAGS.SILENT (\\Flagged)")
        await client.ok("SEARCH RETURN (SAVE) 2:3")
        numbered = await client.send("UID SEARCH RETURN (UPDATE COUNT) 2:* UNFLAGGED")
        await client.answer(numbered)
        saved = await client.send("UID SEARCH RETURN (UPDATE COUNT) $ FLAGGED")
        await client.answer(saved)
        await client.ok("SEARCH RETURN (SAVE) 1")
        # The first message goes: what was number 2 is number 1, and one comes that is number 3.
        await client.ok("UID STORE 1 +FLAGS.SILENT (\\Deleted)")
        await client.ok("EXPUNGE")
        await append(world.mail(), "INBOX", await new_email(MESSAGE, NOW), now=NOW)
        assert await told(client) == []
        assert await told(client, "UID STORE 2 +FLAGS.SILENT (\\Flagged)") == [
            f'* ESEARCH (TAG "{numbered}") UID REMOVEFROM (0 2)',
            f'* ESEARCH (TAG "{saved}") UID ADDTO (0 2)',
        ]
        assert await told(client, "UID STORE 4 +FLAGS.SILENT (\\Flagged)") == []
        await client.close()


async def test_uids_to_come(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await selected(world, [0, 0])
        for_all = await client.send("UID SEARCH RETURN (UPDATE COUNT) UID 1:*")
        await client.answer(for_all)
        later = await client.send("UID SEARCH RETURN (UPDATE COUNT) UID 4:* NOT UID 3")
        await client.answer(later)
        last = await client.send("UID SEARCH RETURN (UPDATE ALL) UID *")
        assert [each.octets for each in (await client.answer(last)).named("ESEARCH")] == [
            f'* ESEARCH (TAG "{last}") UID ALL 2\r\n'.encode()
        ]
        for uid in (3, 4):
            await append(world.mail(), "INBOX", await new_email(MESSAGE, NOW), now=NOW)
            lines = [f'* ESEARCH (TAG "{for_all}") UID ADDTO (0 {uid})']
            if uid == 4:
                lines.append(f'* ESEARCH (TAG "{later}") UID ADDTO (0 4)')
            assert await told(client) == lines
        await client.close()


async def test_recent_messages_come(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await selected(world, [0])
        tag = await client.send("UID SEARCH RETURN (UPDATE ALL) RECENT")
        [found] = (await client.answer(tag)).named("ESEARCH")
        assert found.octets.endswith(b"ALL 1\r\n")
        await append(world.mail(), "INBOX", await new_email(MESSAGE, NOW), now=NOW)
        assert await told(client) == [f'* ESEARCH (TAG "{tag}") UID ADDTO (0 2)']
        await client.close()
