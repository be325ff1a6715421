"""Limits of METADATA (RFC 5464 4.3), lists of who is gone (RFC 4314), counts of STATUS that stand in no row."""

from pathlib import Path

from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.store.actions import Expunge, SetFlags, Which
from gateway.store.flags import Flags, How, System
from gateway.store.uids import UidSet
from tests.support.imap_people import FakePeople
from tests.support.imap_world import imap_world

LETTER = b"Subject: x\r\n\r\nbody\r\n"


async def test_a_mailbox_has_200_annotations_at_most(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await world.client()
        await client.ok("SETMETADATA INBOX (" + " ".join(f'/private/x{number} "y"' for number in range(200)) + ")")
        answer = await client.command('SETMETADATA INBOX (/private/x0 "z" /private/more "y")')
        assert (answer.status, answer.code) == ("NO", "METADATA TOOMANY")
        told = await client.ok("GETMETADATA INBOX (/private/x0 /private/more)")
        assert [each.rest for each in told.named("METADATA")] == [b'INBOX (/private/x0 "y" /private/more NIL)']
        await client.ok('SETMETADATA INBOX (/private/x0 NIL /private/more "y")')
        await client.close()


async def test_who_is_gone_keeps_a_number_in_lists(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client = await world.client()
        await client.ok("SETACL INBOX bo@home.example lr")
        guest = await world.client("bo@home.example")
        assert len((await guest.ok('LIST "" "Other Users*"')).named("LIST")) == 1
        people = world.service.people
        assert isinstance(people, FakePeople)
        people.remove(AccountId(2))
        told = await client.ok("GETACL INBOX")
        assert [each.rest for each in told.named("ACL")] == [b"INBOX al@home.example lrswipkxtecda account:2 lr"]
        refused = await client.command("SETACL INBOX account:3 lr")
        assert (refused.status, refused.code) == ("NO", "CANNOT")
        await client.ok("DELETEACL INBOX account:2")
        told = await client.ok("GETACL INBOX")
        assert [each.rest for each in told.named("ACL")] == [b"INBOX al@home.example lrswipkxtecda"]
        await client.close()
        await guest.close()


async def test_an_owner_who_is_gone_shares_nothing(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        client, guest = await world.client(), await world.client("bo@home.example")
        await client.ok("SETACL INBOX anyone lr")
        people = world.service.people
        assert isinstance(people, FakePeople)
        people.remove(AccountId(1))
        assert (await guest.ok('LIST "" "Other Users*"')).named("LIST") == []
        answer = await guest.command('STATUS "Other Users/al@home.example/INBOX" (MESSAGES)')
        assert answer.code == "NONEXISTENT"
        await client.close()
        await guest.close()


async def test_what_is_recent_and_what_can_be_expunged(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        await world.deliver(LETTER, LETTER, LETTER + b"longer\r\n", LETTER)
        first, second = await world.client(), await world.client()
        await first.ok("SELECT INBOX")
        await world.deliver(LETTER, LETTER, LETTER)
        mail = world.mail()
        inbox = (await mail.mailboxes.find("INBOX")).id
        deleted = SetFlags(inbox, UidSet.of([1, 3]), How.ADD, Flags(System.DELETED))
        await mail.emails.carry_out([Expunge(inbox, UidSet.of([5]), Which.ALL), deleted], Timestamp(1.0))
        told = await second.ok("STATUS INBOX (MESSAGES RECENT DELETED DELETED-STORAGE SIZE)")
        size = len(LETTER)
        rest = b"INBOX (MESSAGES 6 RECENT 2 DELETED 2 DELETED-STORAGE %d SIZE %d)" % (2 * size + 8, 6 * size + 8)
        assert [each.rest for each in told.named("STATUS")] == [rest]
        await first.close()
        await second.close()
