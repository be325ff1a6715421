"""The crash argument of docs/store.md, tried out: processes that write to an account are killed (SIGKILL).

At every line: a forked child carries messages through all that can happen to them, and writes down what it was
promised. It counts the lines of the store that it executes, in all its threads, and kills itself at the n-th. What it
leaves is either what was promised, or that and the next step, whole.

At any moment: two processes work on one account, and one of them is killed while the other goes on.
"""

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import gateway.storage
import gateway.store.embedded
from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets
from gateway.mail.units import Timestamp
from gateway.store.actions import Action, Append, Arrived, Copy, Expunge, Move, SetFlags, Which
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.embedded.paths import folder_of
from gateway.store.embedded.store import EmbeddedStore, open_store
from gateway.store.embedded.verify.account import verify_account
from gateway.store.embedded.verify.fault import Fault
from gateway.store.flags import Flags, How, System
from gateway.store.model import EmailId, MailboxId, ModSeq, NewEmail, Place
from gateway.store.uids import UidSet
from tests.crash.every_line import Promise, Recorder, Victim

POINTS = 150
ROUNDS = 8
ACCOUNT = AccountId(7)
NOW = Timestamp(1_800_000_000.0)
SMALL = b"Subject: small\r\n\r\nsmall\r\n"
LARGE = b"Subject: large\r\n\r\n" + b"large body\r\n" * 20_000


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator[EmbeddedStore]:
    store = open_store(data, MailboxConfig(), lambda: NOW, HostHints(data))
    try:
        yield store
    finally:
        await store.close()


def small(count: int = 1) -> tuple[NewEmail, ...]:
    return tuple(NewEmail(MemoryOctets(SMALL), NOW) for _ in range(count))


async def boxes(mail: EmbeddedMail) -> tuple[MailboxId, MailboxId]:
    return (await mail.mailboxes.find("INBOX")).id, (await mail.mailboxes.find("Archive")).id


async def deliver_small(mail: EmbeddedMail) -> Arrived:
    inbox, _ = await boxes(mail)
    return await _append(mail, Append(inbox, small(), "small"))


async def deliver_large(mail: EmbeddedMail) -> Arrived:
    inbox, _ = await boxes(mail)
    spool = mail.emails.spool()
    for start in range(0, len(LARGE), 100_000):
        await spool.write(LARGE[start : start + 100_000])
    body = await spool.finish()
    try:
        return await _append(mail, Append(inbox, (NewEmail(body, NOW),), "large"))
    finally:
        body.discard()


async def _append(mail: EmbeddedMail, action: Append) -> Arrived:
    (result,) = await mail.emails.carry_out([action], NOW)
    assert isinstance(result, Arrived)
    return result


async def append_several(mail: EmbeddedMail) -> None:
    inbox, _ = await boxes(mail)
    emails = (*small(3), NewEmail(MemoryOctets(LARGE), NOW), *small(2))
    await mail.emails.carry_out([Append(inbox, emails)], NOW)


async def flag(mail: EmbeddedMail) -> None:
    inbox, _ = await boxes(mail)
    flags = Flags(System.SEEN, frozenset({"$Work"}))
    await mail.emails.carry_out([SetFlags(inbox, UidSet(((1, 5),)), How.ADD, flags)], NOW)


async def copy(mail: EmbeddedMail) -> None:
    inbox, archive = await boxes(mail)
    await mail.emails.carry_out([Copy(inbox, UidSet(((2, 4), (6, 6))), archive)], NOW)


async def move(mail: EmbeddedMail) -> None:
    inbox, archive = await boxes(mail)
    await mail.emails.carry_out([Move(inbox, UidSet(((1, 2), (5, 5))), archive)], NOW)


async def expunge(mail: EmbeddedMail) -> None:
    """Several actions: all of them, or none."""
    inbox, archive = await boxes(mail)
    actions: Sequence[Action] = (
        SetFlags(inbox, UidSet(((3, 4),)), How.ADD, Flags(System.DELETED)),
        Expunge(inbox, None),
        Expunge(archive, UidSet(((1, 1),)), Which.ALL),
        Append(inbox, small()),
    )
    await mail.emails.carry_out(actions, NOW)


async def make_tree(mail: EmbeddedMail) -> None:
    await mail.mailboxes.create("Tree/Leaf")


async def fill_tree(mail: EmbeddedMail) -> None:
    inbox, _ = await boxes(mail)
    ends = [(await mail.mailboxes.find(name)).id for name in ("Tree", "Tree/Leaf")]
    await mail.emails.carry_out([Copy(inbox, UidSet(((1, 9),)), end) for end in ends], NOW)


async def rename_tree(mail: EmbeddedMail) -> None:
    await mail.mailboxes.rename((await mail.mailboxes.find("Tree")).id, "Above/Tree")


async def delete_above_others(mail: EmbeddedMail) -> None:
    await mail.mailboxes.delete((await mail.mailboxes.find("Above/Tree")).id)


async def create_what_is_a_name(mail: EmbeddedMail) -> None:
    await mail.mailboxes.create("Above/Tree")


async def rename_inbox(mail: EmbeddedMail) -> None:
    inbox, _ = await boxes(mail)
    await mail.mailboxes.rename(inbox, "Old")


async def delete_with_messages(mail: EmbeddedMail) -> None:
    await mail.mailboxes.delete((await mail.mailboxes.find("Above/Tree/Leaf")).id)


STEPS = (
    *(boxes, deliver_small, deliver_large, append_several, flag, copy, move, expunge),
    *(make_tree, fill_tree, rename_tree, delete_above_others, create_what_is_a_name, rename_inbox),
    delete_with_messages,
)
TIDY = "tidy"
"""The last step: what was expunged goes, with its files."""


async def everything(store: EmbeddedStore) -> AsyncIterator[str]:
    """The name of each step, when it is done."""
    mail = store.mail(ACCOUNT)
    for step in STEPS:
        await step(mail)
        yield step.__name__
    await store.tidy(NOW)
    yield TIDY


async def carry(data: Path, promise: Promise) -> None:
    async with opened(data) as store:
        async for step in everything(store):
            promise(step)


async def seen(store: EmbeddedStore) -> list[object]:
    """All that a client could know of the account."""
    mail, content = store.mail(ACCOUNT), list[object]()
    for mailbox in await mail.mailboxes.all():
        content.append(mailbox)
        if not mailbox.selectable:
            continue
        entries = await mail.emails.entries(mailbox.id)
        content += [
            *map(tuple, zip(entries.uids, entries.marks, entries.modseqs, entries.emails, strict=True)),
        ]
        for octets in await mail.emails.octets([EmailId(email) for email in entries.emails]):
            assert octets is not None, "a message has lost its octets"
            content.append(octets.read(0, len(octets)) in (SMALL, LARGE))
    return [*content, await mail.emails.keyword_sets(), await mail.feed.since(await first(mail))]


async def first(mail: EmbeddedMail) -> ModSeq:
    return await mail.mailboxes.history_since((await mail.mailboxes.find("INBOX")).id)


async def stages(data: Path) -> list[list[object]]:
    """What is seen before the first step, and after each."""
    async with opened(data) as store:
        return [await seen(store) async for _ in everything(store)]


async def look(data: Path) -> list[object]:
    async with opened(data) as store:
        return await seen(store)


async def deliver_again(data: Path) -> None:
    """The queue does so when it has heard nothing. What was delivered is not delivered again."""
    async with opened(data) as store:
        mail = store.mail(ACCOUNT)
        once = await deliver_small(mail), await deliver_large(mail)
        assert once == (await deliver_small(mail), await deliver_large(mail))
        assert sorted(each.uids for each in once) == [(1,), (2,)]


def faults(data: Path) -> list[Fault]:
    """Files that nobody names are none: they are swept."""
    return list(verify_account(folder_of(data, ACCOUNT).path, orphans_before=Timestamp(0)))


def check(data: Path, promised: list[str], expected: list[list[object]]) -> None:
    """What was left is whole, and is what was promised, or one step more."""
    assert faults(data) == []
    done = len(promised)
    assert asyncio.run(look(data)) in expected[max(done - 1, 0) : done + 1]
    asyncio.run(deliver_again(data))
    assert faults(data) == []


def every_line(folder: Path) -> None:
    """Die at POINTS places."""
    expected = asyncio.run(stages(folder / "stages"))
    victim = Victim(carry, (gateway.store.embedded, gateway.storage))
    promised = victim.killed_everywhere(folder, POINTS, lambda data, promised: check(data, promised, expected))
    assert promised == [*(step.__name__ for step in STEPS), TIDY]


async def work(data: Path, name: str) -> None:
    """Deliver messages and do something to each, for ever; say before and after what becomes of it."""
    dice = random.Random(name)
    async with opened(data) as store:
        mail = store.mail(ACCOUNT)
        inbox, archive = await boxes(mail)
        for number in range(1_000_000):
            token = f"{name}-{number}"
            tell(token, "delivering")
            octets = MemoryOctets(SMALL if dice.random() < 0.8 else LARGE)
            arrived = await _append(mail, Append(inbox, (NewEmail(octets, NOW),), token))
            uids = UidSet.of(arrived.uids)
            tell(token, "delivered", arrived.emails[0])
            match dice.randrange(5):
                case 0:
                    tell(token, "flagging")
                    await mail.emails.carry_out([SetFlags(inbox, uids, How.ADD, Flags(System.FLAGGED))], NOW)
                    tell(token, "flagged")
                case 1:
                    tell(token, "copying")
                    await mail.emails.carry_out([Copy(inbox, uids, archive)], NOW)
                    tell(token, "copied")
                case 2:
                    tell(token, "moving")
                    await mail.emails.carry_out([Move(inbox, uids, archive)], NOW)
                    tell(token, "moved")
                case 3:
                    tell(token, "expunging")
                    await mail.emails.carry_out([Expunge(inbox, uids, Which.ALL)], NOW)
                    tell(token, "expunged")
                case _:
                    pass


def tell(token: str, what: str, email: int = 0) -> None:
    os.write(1, f"{json.dumps([token, what, email])}\n".encode())


OUTCOMES = {
    "delivered": {"I"},
    "flagging": {"I", "I!"},
    "flagged": {"I!"},
    "copying": {"I", "IA"},
    "copied": {"IA"},
    "moving": {"I", "A"},
    "moved": {"A"},
    "expunging": {"I", ""},
    "expunged": {""},
}
"""Where a message may lie, and whether it is flagged, by what was said of it last."""


async def judge(data: Path, said: Sequence[str]) -> Counter[str]:
    """Hold what is there against what was said. Tokens are still known."""
    last: dict[str, tuple[str, int]] = {}
    for token, what, email in map(json.loads, said):
        last[token] = what, email or last.get(token, ("", 0))[1]
    async with opened(data) as store:
        mail = store.mail(ACCOUNT)
        inbox, _ = await boxes(mail)
        for token, (what, email) in last.items():
            arrived = await _append(mail, Append(inbox, small(), token))
            if what != "delivering":
                assert arrived.emails == (email,)
                (places,) = await mail.emails.places([EmailId(email)])
                assert "".join(_letters(place, inbox) for place in places) in OUTCOMES[what], what
            again = await _append(mail, Append(inbox, small(), token))
            assert again == arrived
    return Counter(what for what, _ in last.values())


def _letters(place: Place, inbox: MailboxId) -> str:
    return ("I" if place.mailbox == inbox else "A") + "!" * bool(place.mark & System.FLAGGED)


def any_moment(folder: Path) -> None:
    """Two processes, one of them killed while both work."""
    dice, told = random.Random(4), Counter[str]()
    for number in range(ROUNDS):
        data = folder / str(number)
        command = [sys.executable, "-m", "tests.crash.test_store_engine", "work", str(data)]
        with contextlib.ExitStack() as stack:
            outputs = [stack.enter_context((folder / f"{number}-{name}").open("w+")) for name in "ab"]
            workers = [
                subprocess.Popen([*command, name], stdout=output) for name, output in zip("ab", outputs, strict=True)
            ]
            give_up = time.monotonic() + 30
            while any((folder / f"{number}-{name}").stat().st_size < 2000 for name in "ab"):
                assert time.monotonic() < give_up
                time.sleep(0.01)
            for worker in workers:
                time.sleep(dice.random() / 4)
                worker.kill()
                worker.wait()
            said = [line for name in "ab" for line in whole_lines(folder / f"{number}-{name}")]
        assert faults(data) == []
        told += asyncio.run(judge(data, said))
        assert faults(data) == []
    sys.stdout.write(f"{dict(told)}\n")


def whole_lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def run(what: str, folder: Path) -> str:
    command = [sys.executable, "-m", "tests.crash.test_store_engine", what, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_killed_at_every_line_it_loses_nothing_and_leaves_nothing_by_half(
    tmp_path: Path, record_property: Recorder
) -> None:
    record_property("last promise before each kill", run("every-line", tmp_path))


def test_killed_while_another_process_writes(tmp_path: Path, record_property: Recorder) -> None:
    record_property("last words of the messages", run("any-moment", tmp_path))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["every-line", folder]:
            every_line(Path(folder))
        case ["any-moment", folder]:
            any_moment(Path(folder))
        case ["work", data, name]:
            asyncio.run(work(Path(data), name))
        case _:
            sys.exit("every-line FOLDER, any-moment FOLDER, or work DATA NAME")
