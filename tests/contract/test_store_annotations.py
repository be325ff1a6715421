"""What every engine promises of annotations (gateway/store/protocol/annotations.py, RFC 5464)."""

import pytest

from gateway.auth.authenticator import AccountId
from gateway.store.errors import AnnotationTooLarge, NoSuchMailbox, NotPossible, TooManyAnnotations
from gateway.store.model import MailboxId
from gateway.store.protocol.store import Mail
from tests.contract.store_support import AL, BO, inbox

LARGEST = 64 * 1024
MOST = 200


async def test_shared_and_private(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await mail.annotations.set(box, AL, {"/shared/comment": b"ours", "/private/comment": b"Al's"})
    await mail.annotations.set(box, BO, {"/private/comment": b"Bo's", "/private/other": b""})
    assert await mail.annotations.get(box, AL) == {"/private/comment": b"Al's", "/shared/comment": b"ours"}
    assert await mail.annotations.get(box, BO) == {
        "/private/comment": b"Bo's",
        "/private/other": b"",
        "/shared/comment": b"ours",
    }
    await mail.annotations.set(box, BO, {"/shared/comment": None, "/private/none": None})
    assert await mail.annotations.get(box, AL) == {"/private/comment": b"Al's"}


async def test_of_the_account(mail: Mail) -> None:
    await mail.annotations.set(None, AL, {"/private/vendor/x/y": b"\0\xff"})
    assert await mail.annotations.get(None, AL) == {"/private/vendor/x/y": b"\0\xff"}
    assert await mail.annotations.get((await inbox(mail)).id, AL) == {}
    assert await mail.annotations.of_all(AL, ["/private/vendor/x/y"]) == {}


async def test_names_have_no_case(mail: Mail) -> None:
    await mail.annotations.set(None, AL, {"/Shared/Comment": b"1"})
    await mail.annotations.set(None, AL, {"/SHARED/comment": b"2"})
    assert await mail.annotations.get(None, AL) == {"/shared/comment": b"2"}


NO_NAMES = [
    *("", "/", "/shared", "/shared/", "/private//a", "/private/a/", "/other/a", "shared/a", "/shared/a*", "/shared/%"),
    *("/shared/é", "/shared/a\n", "/shared/a\x7f", "/private/" + "x" * 500),
]


@pytest.mark.parametrize("name", NO_NAMES)
async def test_what_is_no_name(mail: Mail, name: str) -> None:
    with pytest.raises(NotPossible):
        await mail.annotations.set(None, AL, {"/shared/a": b"1", name: b"2"})
    assert await mail.annotations.get(None, AL) == {}


async def test_too_large(mail: Mail) -> None:
    await mail.annotations.set(None, AL, {"/shared/a": b"x" * LARGEST})
    with pytest.raises(AnnotationTooLarge, match=str(LARGEST)) as refused:
        await mail.annotations.set(None, AL, {"/shared/b": b"1", "/shared/a": b"x" * (LARGEST + 1)})
    assert refused.value.limit == LARGEST
    assert await mail.annotations.get(None, AL) == {"/shared/a": b"x" * LARGEST}


async def test_too_many(mail: Mail) -> None:
    await mail.annotations.set(None, AL, {f"/private/{number}": b"" for number in range(MOST)})
    with pytest.raises(TooManyAnnotations) as refused:
        await mail.annotations.set(None, AL, {"/shared/one-more": b""})
    assert refused.value.limit == MOST
    await mail.annotations.set(None, AL, {"/shared/one-more": b"", "/private/0": None})
    assert len(await mail.annotations.get(None, AL)) == MOST
    await mail.annotations.set(None, BO, {f"/private/{number}": b"" for number in range(MOST - 1)})
    await mail.annotations.set((await inbox(mail)).id, AL, {"/shared/a": b""})


async def test_mailboxes_that_are_not_there(mail: Mail) -> None:
    below = await mail.mailboxes.create("a/b")
    a = await mail.mailboxes.find("a")
    await mail.mailboxes.delete(a.id)
    await mail.mailboxes.delete(below.id)
    for lost in (a.id, below.id, MailboxId(4711)):
        with pytest.raises(NoSuchMailbox):
            await mail.annotations.get(lost, AL)
        with pytest.raises(NoSuchMailbox):
            await mail.annotations.set(lost, AL, {"/shared/a": b""})


async def test_they_follow_a_mailbox_and_go_with_it(mail: Mail) -> None:
    made = await mail.mailboxes.create("a")
    await mail.annotations.set(made.id, AL, {"/shared/a": b"1"})
    await mail.mailboxes.rename(made.id, "b")
    assert await mail.annotations.get(made.id, BO) == {"/shared/a": b"1"}
    await mail.mailboxes.delete(made.id)
    assert await mail.annotations.get((await mail.mailboxes.create("b")).id, AL) == {}


async def test_renaming_inbox_copies_them(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await mail.annotations.set(box, AL, {"/shared/a": b"1", "/private/b": b"2"})
    old = await mail.mailboxes.rename(box, "old")
    for mailbox in (box, old.id):
        assert await mail.annotations.get(mailbox, AL) == {"/shared/a": b"1", "/private/b": b"2"}


async def test_of_all_mailboxes(mail: Mail) -> None:
    one, other = await mail.mailboxes.create("a"), await mail.mailboxes.create("b")
    await mail.annotations.set(one.id, AL, {"/shared/color": b"1", "/private/color": b"2", "/private/x": b"3"})
    await mail.annotations.set(other.id, BO, {"/shared/color": b"4", "/private/color": b"5"})
    asked = ["/Shared/Color", "/private/color", "not a name"]
    assert await mail.annotations.of_all(AL, asked) == {
        one.id: {"/private/color": b"2", "/shared/color": b"1"},
        other.id: {"/shared/color": b"4"},
    }
    assert await mail.annotations.of_all(AccountId(99), ["/private/x"]) == {}


async def test_they_do_not_fill_the_disk(mail: Mail) -> None:
    """They count for no quota."""
    box = (await inbox(mail)).id
    large = {f"/private/{number}": b"x" * LARGEST for number in range(100)}
    for viewer in (1, 2):
        await mail.annotations.set(box, AccountId(viewer), large)
    with pytest.raises(NotPossible, match="octets"):
        await mail.annotations.set(None, AL, large)
    assert await mail.annotations.get(None, AL) == {}
