"""What every engine promises of shared mailboxes (gateway/store/protocol/sharing.py, RFC 4314)."""

import pytest

from gateway.store.errors import NoSuchMailbox, NotPossible
from gateway.store.model import MailboxId
from gateway.store.protocol.sharing import RIGHTS, Identifier
from gateway.store.protocol.store import Mail
from tests.contract.store_support import AL, BO, CY, Stores, inbox

ANYONE, NOT_ANYONE = Identifier("anyone"), Identifier("-anyone")
TO_BO, NOT_BO = Identifier(f"account:{BO}"), Identifier(f"-account:{BO}")


async def test_rights_as_they_are_set(mail: Mail) -> None:
    box = (await inbox(mail)).id
    assert await mail.sharing.rights(box) == {}
    await mail.sharing.set_rights(box, TO_BO, "rl")
    await mail.sharing.set_rights(box, NOT_ANYONE, "aa")
    assert await mail.sharing.rights(box) == {TO_BO: "lr", NOT_ANYONE: "a"}
    await mail.sharing.set_rights(box, TO_BO, "wslr")
    await mail.sharing.set_rights(box, NOT_ANYONE, "")
    await mail.sharing.set_rights(box, ANYONE, "")
    assert await mail.sharing.rights(box) == {TO_BO: "lrsw"}


async def test_rights_are_a_change_of_the_mailbox(mail: Mail) -> None:
    box = await inbox(mail)
    await mail.sharing.set_rights(box.id, TO_BO, "l")
    changed = await inbox(mail)
    assert changed.changed == await mail.feed.at() > box.changed
    await mail.sharing.set_rights(box.id, TO_BO, "l")
    assert await inbox(mail) == changed


@pytest.mark.parametrize("identifier", ["", "-", "Anyone", "al", "account:", "account:0", "account:x", "--anyone"])
async def test_what_is_no_identifier(mail: Mail, identifier: str) -> None:
    with pytest.raises(NotPossible, match="anyone"):
        await mail.sharing.set_rights((await inbox(mail)).id, Identifier(identifier), "l")


@pytest.mark.parametrize("rights", ["c", "d", "L", "lz", "1", "é"])
async def test_what_is_no_right(mail: Mail, rights: str) -> None:
    box = (await inbox(mail)).id
    with pytest.raises(NotPossible, match=RIGHTS):
        await mail.sharing.set_rights(box, TO_BO, rights)
    assert await mail.sharing.rights(box) == {}


async def test_too_many(mail: Mail) -> None:
    box = (await inbox(mail)).id
    for number in range(1, 1001):
        await mail.sharing.set_rights(box, Identifier(f"account:{number}"), "l")
    with pytest.raises(NotPossible, match="1000"):
        await mail.sharing.set_rights(box, ANYONE, "l")
    await mail.sharing.set_rights(box, TO_BO, "lr")
    assert len(await mail.sharing.rights(box)) == 1000


async def test_mailboxes_that_are_not_there(mail: Mail) -> None:
    below = await mail.mailboxes.create("a/b")
    a = await mail.mailboxes.find("a")
    await mail.mailboxes.delete(a.id)
    await mail.mailboxes.delete(below.id)
    for lost in (a.id, below.id, MailboxId(4711)):
        with pytest.raises(NoSuchMailbox):
            await mail.sharing.rights(lost)
        with pytest.raises(NoSuchMailbox):
            await mail.sharing.set_rights(lost, TO_BO, "l")


@pytest.mark.parametrize(
    ("rights", "bo", "cy"),
    [
        ({TO_BO: "rl"}, "lr", None),
        ({ANYONE: "l", TO_BO: "r"}, "lr", "l"),
        ({ANYONE: "lrs", NOT_BO: "rs"}, "l", "lrs"),
        ({ANYONE: "lr", NOT_BO: "lr"}, None, "lr"),
        ({TO_BO: "lrs", NOT_ANYONE: "s"}, "lr", None),
        ({NOT_BO: "l", NOT_ANYONE: "l"}, None, None),
    ],
)
async def test_what_others_may_do(mail: Mail, rights: dict[Identifier, str], bo: str | None, cy: str | None) -> None:
    box = (await inbox(mail)).id
    for identifier, given in rights.items():
        await mail.sharing.set_rights(box, identifier, given)
    assert await mail.sharing.allowed(BO) == ({box: bo} if bo else {})
    assert await mail.sharing.allowed(CY) == ({box: cy} if cy else {})


async def test_the_owner_may_do_everything(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await mail.sharing.set_rights(box, Identifier(f"-account:{AL}"), "lra")
    assert await mail.sharing.allowed(AL) == {each.id: RIGHTS for each in await mail.mailboxes.all()}


async def test_a_new_mailbox_has_the_rights_of_its_parent(mail: Mail) -> None:
    a = await mail.mailboxes.create("a")
    await mail.sharing.set_rights(a.id, TO_BO, "lr")
    below = await mail.mailboxes.create("a/b/c")
    assert await mail.sharing.rights(below.id) == {TO_BO: "lr"}
    await mail.sharing.set_rights(a.id, TO_BO, "")
    assert await mail.sharing.rights(below.id) == {TO_BO: "lr"}
    assert await mail.sharing.rights((await mail.mailboxes.create("b")).id) == {}


async def test_rights_follow_a_mailbox_and_go_with_it(mail: Mail) -> None:
    a = await mail.mailboxes.create("a")
    await mail.sharing.set_rights(a.id, TO_BO, "lr")
    await mail.mailboxes.rename(a.id, "b")
    assert await mail.sharing.allowed(BO) == {a.id: "lr"}
    await mail.mailboxes.create("b/c")
    await mail.mailboxes.delete(a.id)
    c = await mail.mailboxes.find("b/c")
    assert await mail.sharing.allowed(BO) == {c.id: "lr"}
    again = await mail.mailboxes.create("b")
    assert await mail.sharing.rights(again.id) == {}


async def test_who_shares_with_whom(stores: Stores) -> None:
    one, other = stores.open(), stores.open()
    assert await one.shares.shared_with(BO) == []
    for owner in (AL, CY):
        mail = one.mail(owner)
        await mail.sharing.set_rights((await inbox(mail)).id, TO_BO, "l")
    assert await other.shares.shared_with(BO) == [AL, CY]
    assert await other.shares.shared_with(AL) == []
    mail = other.mail(BO)
    await mail.sharing.set_rights((await inbox(mail)).id, ANYONE, "l")
    assert await one.shares.shared_with(AL) == [BO]
    assert await one.shares.shared_with(BO) == [AL, CY]
    await mail.sharing.set_rights((await inbox(mail)).id, Identifier(f"-account:{CY}"), "l")
    assert BO in await one.shares.shared_with(CY)
