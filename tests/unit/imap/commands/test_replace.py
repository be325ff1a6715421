"""REPLACE where others change the same mailbox at the same time."""

import asyncio
from pathlib import Path

from gateway.store.actions import Expunge, Which
from gateway.store.uids import UidSet
from tests.support.imap_client import ImapClient, Literal
from tests.support.imap_world import ImapWorld, imap_world

DRAFT = b"Subject: draft\r\n\r\nfirst\r\n"
BETTER = b"Subject: draft\r\n\r\nbetter\r\n"


async def count(client: ImapClient) -> str:
    answer = await client.ok("STATUS INBOX (MESSAGES)")
    return answer.untagged[0].octets.decode()


def test_of_two_that_replace_one_draft_one_is_told_that_it_is_gone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with imap_world(tmp_path) as world:
            await world.deliver(DRAFT)
            clients = [await world.client() for _ in range(4)]
            for client in clients:
                await client.ok("SELECT INBOX")
            better = Literal(BETTER, plus=True)
            answers = await asyncio.gather(*(client.command("UID REPLACE 1 INBOX ", better) for client in clients))
            assert sorted(answer.status for answer in answers) == ["NO", "NO", "NO", "OK"]
            assert {answer.code for answer in answers if answer.status == "NO"} <= {"EXPUNGEISSUED", "NONEXISTENT"}
            assert "(MESSAGES 1)" in await count(clients[0])
            for client in clients:
                await client.close()

    asyncio.run(scenario())


async def expunge_first(world: ImapWorld) -> None:
    mail = world.mail()
    inbox = await mail.mailboxes.find("INBOX")
    await mail.emails.carry_out([Expunge(inbox.id, UidSet(((1, 1),)), Which.ALL)], world.clock())


def test_a_message_that_goes_while_the_new_one_comes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with imap_world(tmp_path) as world:
            await world.deliver(DRAFT)
            client = await world.client()
            await client.ok("SELECT INBOX")
            client.channel.write(b"a REPLACE 1 INBOX {%d}\r\n" % len(BETTER))
            assert (await client.response()).name == "+"
            await expunge_first(world)
            client.channel.write(BETTER + b"\r\n")
            assert (await client.response()).octets.startswith(b"a NO [EXPUNGEISSUED]")
            assert "(MESSAGES 0)" in (await client.ok("STATUS INBOX (MESSAGES)")).named("STATUS")[0].octets.decode()
            await client.close()

    asyncio.run(scenario())


def test_deliveries_do_not_keep_it_from_being_replaced(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with imap_world(tmp_path) as world:
            await world.deliver(DRAFT)
            client = await world.client()
            await client.ok("SELECT INBOX")

            async def deliveries() -> None:
                for _ in range(30):
                    await world.deliver(DRAFT)

            others = asyncio.create_task(deliveries())
            uid = 1
            for _ in range(10):
                answer = await client.ok(f"UID REPLACE {uid} INBOX ", Literal(BETTER, plus=True))
                code = next(each.code for each in answer.untagged if each.code.startswith("APPENDUID"))
                uid = int(code.split()[2])
            await others
            assert "(MESSAGES 31)" in (await client.ok("STATUS INBOX (MESSAGES)")).named("STATUS")[0].octets.decode()
            await client.close()

    asyncio.run(scenario())
