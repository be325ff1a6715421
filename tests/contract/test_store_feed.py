"""What every engine promises of the feed (gateway/store/protocol/feed.py)."""

import asyncio
from collections.abc import Callable

import pytest

from gateway.store.actions import Append, Copy, Expunge, Move, SetFlags, Which
from gateway.store.errors import Resource
from gateway.store.flags import How
from gateway.store.model import Change, ChangeKind, ModSeq
from gateway.store.protocol.feed import HistoryLost
from gateway.store.protocol.sharing import Identifier
from gateway.store.protocol.store import Mail
from gateway.store.uids import UidSet
from tests.contract.store_follower import Follower
from tests.contract.store_support import (
    AL,
    BO,
    DELETED,
    FIRST,
    FLAGGED,
    NOW,
    SEEN,
    Stores,
    append,
    copy,
    expunge,
    inbox,
    move,
    new,
    set_flags,
)


async def changes(mail: Mail, since: ModSeq) -> list[Change]:
    return list((await mail.feed.since(since)).changes)


async def test_nothing_happened(mail: Mail) -> None:
    at = await mail.feed.at()
    assert (await mail.feed.since(at)).changes == ()
    assert (await mail.feed.since(at)).at == at
    assert not (await mail.feed.since(at)).more
    with pytest.raises(HistoryLost):
        await mail.feed.since(ModSeq(at + 1))


async def test_it_begins_with_the_account(mail: Mail) -> None:
    assert await mail.mailboxes.history_since((await inbox(mail)).id) == ModSeq(0)
    follower = Follower(mail)
    await follower.follow()
    assert {each.name for each in follower.mailboxes.values()} == {*FIRST}


async def test_messages(mail: Mail) -> None:
    box, trash = (await inbox(mail)).id, (await mail.mailboxes.find("Trash")).id
    at = await mail.feed.at()
    arrived = await append(mail, box, new(), new(), new())
    copied = await copy(mail, box, [1, 3], trash)
    set_ = await set_flags(mail, box, [3, 2], DELETED)
    gone = await expunge(mail, Expunge(box, UidSet.of([2, 1])))
    moved = await move(mail, box, [3, 1], trash)
    one, two, three = arrived.emails
    assert await changes(mail, at) == [
        Change(arrived.at, ChangeKind.ARRIVED, box, UidSet.of([1, 2, 3]), (one, two, three)),
        Change(copied.at, ChangeKind.ARRIVED, trash, UidSet.of([1, 2]), (one, three)),
        Change(set_.at, ChangeKind.FLAGS, box, UidSet.of([2, 3]), (two, three)),
        Change(gone.at, ChangeKind.EXPUNGED, box, UidSet.of([2]), (two,)),
        Change(moved.at, ChangeKind.ARRIVED, trash, UidSet.of([3, 4]), (one, three)),
        Change(await mail.feed.at(), ChangeKind.EXPUNGED, box, UidSet.of([1, 3]), (one, three)),
    ]


async def test_what_changes_nothing_is_no_change(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await append(mail, box, new(flags=SEEN))
    at = await mail.feed.at()
    await set_flags(mail, box, [1, 2], SEEN)
    await set_flags(mail, box, [1], FLAGGED, how=How.REMOVE)
    await set_flags(mail, box, [1], SEEN, how=How.REPLACE)
    await expunge(mail, Expunge(box, None))
    await copy(mail, box, [7], box)
    await move(mail, box, [7], box)
    await mail.emails.carry_out([], NOW)
    await mail.emails.carry_out([Append(box, ())], NOW)
    assert await mail.feed.at() == at


async def test_mailboxes(mail: Mail) -> None:
    box = (await inbox(mail)).id
    at = await mail.feed.at()
    made = await mail.mailboxes.create("a/b")
    a = await mail.mailboxes.find("a")
    await mail.mailboxes.rename(a.id, "c")
    await mail.mailboxes.subscribe("c")
    await mail.mailboxes.subscribe("nowhere")
    await append(mail, made.id)
    await mail.mailboxes.delete(a.id)
    await mail.mailboxes.delete(made.id)
    await mail.annotations.set(box, AL, {"/private/comment": b"1"})
    await mail.annotations.set(None, AL, {"/private/comment": b"1"})
    await mail.sharing.set_rights(box, Identifier(f"account:{BO}"), "lr")
    await mail.quotas.set_limit(Resource.STORAGE, 1)
    assert [(change.kind, change.mailbox) for change in await changes(mail, at)] == [
        (ChangeKind.MAILBOX, a.id),
        (ChangeKind.MAILBOX, made.id),
        (ChangeKind.MAILBOX, a.id),
        (ChangeKind.MAILBOX, made.id),
        (ChangeKind.MAILBOX, a.id),
        (ChangeKind.MAILBOX, None),
        (ChangeKind.ARRIVED, made.id),
        (ChangeKind.MAILBOX, a.id),
        (ChangeKind.EXPUNGED, made.id),
        (ChangeKind.MAILBOX_GONE, made.id),
        (ChangeKind.ANNOTATION, box),
        (ChangeKind.ANNOTATION, None),
        (ChangeKind.MAILBOX, box),
        (ChangeKind.QUOTA, None),
    ]


async def test_of_one_mailbox(mail: Mail) -> None:
    box, trash = (await inbox(mail)).id, (await mail.mailboxes.find("Trash")).id
    at = await mail.feed.at()
    await append(mail, box, new(), new())
    await move(mail, box, [1], trash)
    await mail.mailboxes.subscribe("nowhere")
    await mail.annotations.set(box, AL, {"/private/comment": b"1"})
    of_box = await mail.feed.since(at, mailbox=box)
    messages = [change.kind for change in of_box.changes if change.uids]
    assert messages == [ChangeKind.ARRIVED, ChangeKind.EXPUNGED]
    assert {change.mailbox for change in of_box.changes} == {box}
    assert of_box.at == await mail.feed.at()
    first = await mail.feed.since(at, mailbox=box, limit=1)
    assert (first.more, len(first.changes), first.at) == (True, 1, first.changes[0].at)
    of_trash = await mail.feed.since(at, mailbox=trash)
    assert [change.kind for change in of_trash.changes] == [ChangeKind.ARRIVED]


async def test_in_pieces(mail: Mail) -> None:
    box = (await inbox(mail)).id
    at = await mail.feed.at()
    for _ in range(5):
        await append(mail, box)
    found: list[Change] = []
    for _ in range(3):
        piece = await mail.feed.since(at, limit=2)
        found += piece.changes
        assert piece.more == (len(found) < 5)
        assert piece.at == piece.changes[-1].at
        at = piece.at
    assert [change.uids for change in found] == [UidSet.of([uid]) for uid in range(1, 6)]


async def test_actions_of_a_transaction_are_lines_of_their_own(mail: Mail) -> None:
    box, trash = (await inbox(mail)).id, (await mail.mailboxes.find("Trash")).id
    follower = await Follower.begin(mail, limit=1)
    await mail.emails.carry_out(
        [
            Append(box, (new(), new(), new())),
            SetFlags(box, UidSet.of([1, 2]), How.ADD, DELETED),
            Copy(box, UidSet.of([1]), box),
            Move(box, UidSet.of([2]), box),
            Move(box, UidSet.of([1, 4]), trash),
            Expunge(box, UidSet.of([3]), Which.ALL),
        ],
        NOW,
    )
    await follower.follow()


async def test_a_session_can_go_by_it_alone(stores: Stores) -> None:
    mine, other = stores.open().mail(AL), stores.open().mail(AL)
    follower = await Follower.begin(mine, limit=3)
    box = (await inbox(other)).id
    await append(other, box, new(flags=SEEN), new(), new())
    await other.mailboxes.create("a/b")
    a = await other.mailboxes.find("a")
    await follower.follow()
    await move(other, box, [2], a.id)
    await other.mailboxes.rename(a.id, "x/y")
    await other.mailboxes.rename(box, "old/inbox")
    await other.mailboxes.delete(a.id)
    await follower.follow()
    await other.mailboxes.create("x/y")
    await other.mailboxes.delete((await other.mailboxes.find("old/inbox")).id)
    await follower.follow()


async def test_hints(stores: Stores) -> None:
    one, other = stores.open(), stores.open()
    heard: asyncio.Queue[ModSeq] = asyncio.Queue()
    ends: list[Callable[[], None]] = [store.hints.watch(AL, heard.put_nowait) for store in (one, other)]
    box = (await inbox(one.mail(AL))).id
    arrived = await append(one.mail(AL), box)
    async with asyncio.timeout(10):
        assert [await heard.get(), await heard.get()] == [arrived.at, arrived.at]
    for end in ends:
        end()
    await append(other.mail(AL), box)
    await asyncio.sleep(0.05)
    assert heard.empty()
