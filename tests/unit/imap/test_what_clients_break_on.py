"""Where clients break, over the wire: broken mail, every offset, empty mailboxes, numbers that stay, names in any form.

What is received is read strictly throughout (`imap_response`).
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store.actions import Expunge, SetFlags, Which
from gateway.store.flags import Flags, How
from gateway.store.uids import UidSet
from tests.support.imap_client import Answer, ImapClient, Literal
from tests.support.imap_grammar import Item
from tests.support.imap_world import ImapWorld, imap_world
from tests.unit.imap.fetch.letters import CORPORA, ODD, Letter

VIEWS = pytest.mark.parametrize("enable", ["", "UTF8=ACCEPT", "IMAP4rev2"], ids=["nothing", "UTF8=ACCEPT", "IMAP4rev2"])


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ImapWorld]:
    async with imap_world(tmp_path) as running:
        yield running


async def session(world: ImapWorld, enable: str = "", mailbox: str = "INBOX") -> ImapClient:
    client = await world.client()
    if enable:
        await client.ok(f"ENABLE {enable}")
    if mailbox:
        await client.ok(f"SELECT {mailbox}")
    return client


def octets_of(item: Item) -> bytes:
    assert isinstance(item, bytes)
    return item


# Broken mail, in both views

LETTERS: list[Letter] = [letter for letter in CORPORA + ODD if len(letter.data) < 200_000]


@VIEWS
async def test_all_of_the_corpora(world: ImapWorld, enable: str) -> None:
    """ENVELOPE and BODYSTRUCTURE are well-formed, and all that is said of a message is of one form. That nothing over
    127 stands outside of literals for who enabled nothing is looked at in every response."""
    await world.deliver(*(letter.data for letter in LETTERS))
    client = await session(world, enable)
    items = "RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE PREVIEW BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[1]"
    answer = await client.ok(f"FETCH 1:* ({items})")
    rows = answer.named("FETCH")
    assert [row.number for row in rows] == list(range(1, len(LETTERS) + 1))
    changed = 0
    for letter, row in zip(LETTERS, rows, strict=True):
        whole = octets_of(row.items["BODY[]"])
        assert row.items["RFC822.SIZE"] == len(whole), letter.name
        header = octets_of(row.items["BODY[HEADER]"])
        assert header + octets_of(row.items["BODY[TEXT]"]) == whole, letter.name
        assert enable or header.isascii(), letter.name
        assert not enable or b"\0" in letter.data or whole == letter.data, letter.name
        changed += whole != letter.data
    assert answer.code.startswith("DOWNGRADED ") is (not enable)
    assert changed > (0 if enable else 10)
    await client.close()


# Every offset

SMALL = (
    b"Subject: small\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\nAwQ=\r\n--x--\r\n"
)
SECTIONS = {
    "BODY.PEEK[]": SMALL,
    "BODY.PEEK[HEADER]": SMALL[: SMALL.index(b"\r\n\r\n") + 4],
    "BODY.PEEK[TEXT]": SMALL[SMALL.index(b"\r\n\r\n") + 4 :],
    "BODY.PEEK[HEADER.FIELDS (SUBJECT)]": b"Subject: small\r\n\r\n",
    "BODY.PEEK[1]": b"one",
    "BODY.PEEK[2]": b"AAEC\r\nAwQ=",
    "BODY.PEEK[2.MIME]": b"Content-Transfer-Encoding: base64\r\n\r\n",
    "BINARY.PEEK[2]": bytes(range(5)),
}


@pytest.mark.parametrize("section", SECTIONS)
async def test_windows_at_every_offset(world: ImapWorld, section: str) -> None:
    await world.deliver(SMALL)
    client = await session(world)
    whole, name = SECTIONS[section], section.replace(".PEEK", "")
    offsets = [*range(len(whole) + 3), 2**32 - 1, 2**63 - 1]
    for size in (1, 2, 7, len(whole), len(whole) + 1, 2**32 - 1):
        [row] = (await client.ok(f"FETCH 1 ({' '.join(f'{section}<{at}.{size}>' for at in offsets)})")).named("FETCH")
        assert {at: row.items[f"{name}<{at}>"] for at in offsets} == {at: whole[at : at + size] for at in offsets}
    await client.bad(f"FETCH 1 {section}<0.0>")
    await client.close()


# Nothing is there, and that is no error

ALL_OF_NOTHING = (
    *("FETCH 1:* FLAGS", "UID FETCH 1:* FLAGS", "FETCH 1:* (BODY[] ENVELOPE)", "UID FETCH *:1 (UID)"),
    *("STORE 1:* +FLAGS (\\Seen)", "UID STORE 1:* -FLAGS.SILENT (\\Seen)"),
    *("SEARCH 1:*", "UID SEARCH 1:*", "SEARCH UID 1:*", "SEARCH RETURN (MIN MAX COUNT ALL) 1:*", "SEARCH ALL"),
    *("SORT (DATE) UTF-8 1:*", "UID SORT (DATE) UTF-8 UID 1:*", "THREAD REFERENCES UTF-8 1:*"),
    *("COPY 1:* Archive", "UID COPY 1:* Archive", "MOVE 1:* Archive", "UID MOVE 1:* Archive"),
    *("EXPUNGE", "UID EXPUNGE 1:*", "UIDBATCHES 500"),
)


@VIEWS
async def test_an_empty_mailbox(world: ImapWorld, enable: str) -> None:
    client = await session(world, enable)
    for command in ALL_OF_NOTHING:
        answer = await client.ok(command)
        assert {each.name for each in answer.untagged} <= {"SEARCH", "ESEARCH", "SORT", "THREAD", "UIDBATCHES"}, command
        assert not any(digit in each.rest for each in answer.named("SEARCH") for digit in b"0123456789")
    answer = await client.ok("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)")
    assert [each.code.split()[0] for each in answer.untagged] == ["HIGHESTMODSEQ"]
    await client.close()


# Numbers stay while they are used

NUMBERS_STAY = (
    *("FETCH 1 FLAGS", "FETCH 1:3 (ENVELOPE BODY.PEEK[])", "STORE 1 +FLAGS (\\Flagged)", "STORE 3 +FLAGS.SILENT (x)"),
    *("SEARCH ALL", "SEARCH RETURN (SAVE COUNT) 1:3", "SORT (SUBJECT) UTF-8 ALL", "THREAD REFS UTF-8 ALL"),
)
NUMBERS_CHANGE = (
    *(
        "NOOP",
        "CHECK",
        "UID FETCH 1:* UID",
        "UID STORE 3 +FLAGS (\\Seen)",
        "UID SEARCH ALL",
        "STATUS Archive (MESSAGES)",
    ),
    *("COPY 3 Archive", 'LIST "" *', "EXPUNGE", "GETQUOTAROOT INBOX", "ENABLE IMAP4rev2", "CAPABILITY"),
)


async def expunge(world: ImapWorld, *uids: int) -> None:
    """By somebody else."""
    mail = world.mail()
    inbox = (await mail.mailboxes.find("INBOX")).id
    await mail.emails.carry_out([Expunge(inbox, UidSet.of(uids), Which.ALL)], world.clock())


def expunged(answer: Answer) -> list[int]:
    return [each.number or 0 for each in answer.named("EXPUNGE")]


async def test_no_expunge_while_numbers_are_used(world: ImapWorld) -> None:
    """However often: the first command that uses none is told, once. EXISTS never falls, and is not said twice."""
    await world.deliver(*(b"Subject: %d\r\n\r\n" % number for number in range(3)))
    client = await session(world)
    await expunge(world, 2)
    for command in NUMBERS_STAY:
        answer = await client.ok(command)
        assert expunged(answer) == [], command
        assert not answer.named("EXISTS"), command
    await world.deliver(b"Subject: 4\r\n\r\n")
    assert [each.number for each in (await client.ok("FETCH 1 UID")).named("EXISTS")] == [4]
    answer = await client.ok("NOOP")
    assert (expunged(answer), answer.named("EXISTS")) == ([2], [])
    assert (await client.ok("NOOP")).untagged == ()
    await client.close()


@pytest.mark.parametrize("command", NUMBERS_CHANGE)
async def test_expunges_of_others_are_told_with_the_next_other_command(world: ImapWorld, command: str) -> None:
    await world.deliver(*(b"Subject: %d\r\n\r\n" % number for number in range(3)))
    client = await session(world)
    await expunge(world, 2)
    assert expunged(await client.ok(command)) == [2]
    assert expunged(await client.ok("NOOP")) == []
    await client.close()


@pytest.mark.parametrize(
    ("command", "numbers"),
    [
        ("EXPUNGE", [1, 3]),
        ("UID EXPUNGE 1:2", [1]),
        ("MOVE 2:3 Archive", [2, 3]),
        ("UID MOVE 2 Archive", [2]),
    ],
)
async def test_the_command_that_expunges_says_so_at_once(world: ImapWorld, command: str, numbers: list[int]) -> None:
    await world.deliver(*(b"Subject: %d\r\n\r\n" % number for number in range(3)))
    client = await session(world)
    await client.ok("STORE 1,3 +FLAGS.SILENT (\\Deleted)")
    assert _originally(expunged(await client.ok(command))) == numbers
    assert (await client.ok("NOOP")).untagged == ()
    await client.close()


def _originally(numbers: list[int]) -> list[int]:
    """The numbers that messages had before any of them went, in order."""
    left = list(range(1, 10))
    return sorted(left.pop(number - 1) for number in numbers)


async def test_replace_says_at_once_what_it_replaced(world: ImapWorld) -> None:
    await world.deliver(b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n")
    client = await session(world)
    answer = await client.ok("REPLACE 1 INBOX ", Literal(b"Subject: 3\r\n\r\n", plus=True))
    assert expunged(answer) == [1]
    assert [each.number for each in answer.named("EXISTS")] in ([3], [2])
    await client.close()


# Keywords


async def test_a_keyword_is_introduced_before_it_is_used(world: ImapWorld) -> None:
    """By whoever it comes: another session, a delivery, the very command that uses it."""
    await world.deliver(b"Subject: 1\r\n\r\n")
    client = await session(world)
    mail = world.mail()
    inbox = (await mail.mailboxes.find("INBOX")).id

    async def elsewhere() -> None:
        change = SetFlags(inbox, UidSet.of([1]), How.ADD, Flags(keywords=frozenset({"elsewhere"})))
        await mail.emails.carry_out([change], world.clock())

    await elsewhere()
    for command, word in (
        ("FETCH 1 FLAGS", "elsewhere"),
        ("STORE 1 +FLAGS (mine)", "mine"),
        ("APPEND INBOX (appended) {1+}\r\nx", "appended"),
    ):
        answer = await client.ok(command)
        names = [each.name for each in answer.untagged]
        at = names.index("FLAGS")
        assert word in answer.untagged[at].rest.decode().strip("()").split()
        before = b"".join(each.octets for each in answer.untagged[:at])
        assert word.encode() not in before
        assert (await client.ok("FETCH 1:* FLAGS")).named("FLAGS") == []
    await client.close()


# Names


@pytest.mark.parametrize("inbox", ["INBOX", "inbox", "Inbox", "iNbOx", '"inBOX"'])
async def test_inbox_in_any_case(world: ImapWorld, inbox: str) -> None:
    client = await session(world, mailbox=inbox)
    answer = await client.ok(f"APPEND {inbox} ", Literal(b"Subject: 1\r\n\r\n"))
    assert [each.number for each in answer.named("EXISTS")] == [1]
    await client.ok(f"COPY 1 {inbox}")
    for command in (f'LIST "" {inbox}', f"STATUS {inbox} (MESSAGES)", f'LIST "" ({inbox}) RETURN (STATUS (MESSAGES))'):
        answer = await client.ok(command)
        told = answer.untagged[0].rest
        assert b"INBOX" in told, command
        assert answer.named("LIST" if command.startswith("LIST") else "STATUS")
    assert b"(MESSAGES 2)" in (await client.ok(f"STATUS {inbox} (MESSAGES)")).named("STATUS")[0].rest
    assert (await client.no(f"CREATE {inbox}")).code == "ALREADYEXISTS"
    await client.no(f"DELETE {inbox}")
    await client.ok(f"UNSUBSCRIBE {inbox}")
    assert b"INBOX" not in b"".join(each.rest for each in (await client.ok('LSUB "" *')).named("LSUB"))
    await client.ok(f"SUBSCRIBE {inbox}")
    assert b"INBOX" in b"".join(each.rest for each in (await client.ok('LSUB "" *')).named("LSUB"))
    await client.close()


async def test_what_separates_levels(world: ImapWorld) -> None:
    """`LIST "" ""` asks for that alone (RFC 3501 6.3.8)."""
    client = await session(world, mailbox="")
    for command in ('LIST "" ""', 'LIST foo ""', 'LIST INBOX ""'):
        [row] = (await client.ok(command)).named("LIST")
        assert row.rest.startswith(b'(\\NoSelect) "/" ')
    await client.close()


FORMS = {
    "&": "&-",
    "&&": "&-&-",
    "R&D": "R&-D",
    "&-": "&--",
    "Grüße & Küsse": "Gr&APwA3w-e &- K&APw-sse",
    "日本語": "&ZeVnLIqe-",
    "台北/日本語": "&U,BTFw-/&ZeVnLIqe-",
    "\U0001f600": "&2D3eAA-",
    "~peter/mail/台北": "~peter/mail/&U,BTFw-",
    "a+b,c": "a+b,c",
    "ÿ": "&AP8-",
    "Ā&Ā": "&AQA-&-&AQA-",
    "mixed é\U0001f4a9x": "mixed &AOnYPdyp-x",
    "[x] {y} (z)": "[x] {y} (z)",
    "%*": "%*",
    'a\\b"c': 'a\\b"c',
}
"""Names, and their one form in modified UTF-7 (RFC 3501 5.1.3)."""


def quoted(text: str) -> bytes:
    return b'"%b"' % text.replace("\\", "\\\\").replace('"', '\\"').encode()


@pytest.mark.parametrize("name", FORMS)
async def test_names_of_one_client_are_found_by_the_other(world: ImapWorld, name: str) -> None:
    old, new = await session(world, mailbox=""), await session(world, "UTF8=ACCEPT", mailbox="")
    for maker, made, looker, looked in ((old, FORMS[name], new, name), (new, name, old, FORMS[name])):
        await maker.ok(b"CREATE ", quoted(made))
        for client, form in ((maker, made), (looker, looked)):
            rows = (await client.ok('LIST "" *')).named("LIST")
            assert sum(row.rest.endswith(b' "/" ' + quoted(form)) for row in rows) == 1
            await client.ok(b"STATUS ", quoted(form), b" (UIDNEXT)")
            await client.ok(b"EXAMINE ", quoted(form))
            await client.ok(b"UNSELECT")
        await looker.ok(b"DELETE ", quoted(looked))
    await old.close()
    await new.close()
