"""What every engine promises of mailboxes by name (gateway/store/protocol/mailboxes.py)."""

from dataclasses import replace

import pytest

from gateway.mail.units import Seconds, Timestamp
from gateway.store.config import MailboxConfig, QuotaConfig, SpecialNames
from gateway.store.errors import HasChildren, MailboxExists, NoSuchMailbox, NotPossible, OverQuota
from gateway.store.model import Mailbox, MailboxId, SpecialUse
from gateway.store.protocol.mailboxes import Expiry, Order, Purpose
from gateway.store.protocol.store import Mail
from tests.contract.store_support import FIRST, NOW, Stores, inbox, names

NOBODYS = MailboxId(4711)


async def by_name(mail: Mail) -> dict[str, Mailbox]:
    return {each.name: each for each in await mail.mailboxes.all()}


async def test_an_account_begins_with_the_usual_mailboxes(mail: Mail) -> None:
    assert await names(mail) == FIRST
    assert {each.name: each.special_use for each in await mail.mailboxes.all()} == {
        "INBOX": None,
        "Archive": SpecialUse.ARCHIVE,
        "Drafts": SpecialUse.DRAFTS,
        "Junk": SpecialUse.JUNK,
        "Sent": SpecialUse.SENT,
        "Trash": SpecialUse.TRASH,
    }
    assert all(each.subscribed and each.selectable and each.uidnext == 1 for each in await mail.mailboxes.all())


async def test_the_usual_mailboxes_have_configured_names(stores: Stores) -> None:
    config = MailboxConfig(names=SpecialNames("INBOX/Entwürfe", "Gesendet", "", "", "Ablage/Müll"))
    mail = stores.open(config).mail(stores.mail().account)
    assert await names(mail) == ["INBOX", "INBOX/Entwürfe", "Ablage", "Ablage/Müll", "Gesendet"]


async def test_find(mail: Mail) -> None:
    for name in ("INBOX", "inbox", "InBox"):
        assert (await mail.mailboxes.find(name)).name == "INBOX"
    with pytest.raises(NoSuchMailbox, match="nowhere"):
        await mail.mailboxes.find("nowhere")
    with pytest.raises(NoSuchMailbox):
        await mail.mailboxes.find("trash")


@pytest.mark.parametrize("name", ["", "/", "/a", "a/", "a//b", "a\0b", "x" * 256, "/".join("a" * 21)])
async def test_what_is_no_name_is_never_found_and_never_made(mail: Mail, name: str) -> None:
    with pytest.raises(NoSuchMailbox):
        await mail.mailboxes.find(name)
    with pytest.raises(NotPossible):
        await mail.mailboxes.create(name)
    with pytest.raises(NotPossible):
        await mail.mailboxes.subscribe(name)
    await mail.mailboxes.unsubscribe(name)
    assert await names(mail) == FIRST


async def test_create(mail: Mail) -> None:
    made = await mail.mailboxes.create("Reisen")
    assert made == await mail.mailboxes.find("Reisen")
    assert (made.messages, made.unseen, made.deleted, made.size) == (0, 0, 0, 0)
    assert (made.uidnext, made.first_recent, made.parent, made.special_use) == (1, 1, None, None)
    assert (made.selectable, made.subscribed) == (True, False)
    assert made.created == made.changed == made.highestmodseq == await mail.feed.at()
    with pytest.raises(MailboxExists, match="Reisen"):
        await mail.mailboxes.create("Reisen")


async def test_create_makes_the_levels_above(mail: Mail) -> None:
    made = await mail.mailboxes.create("a/b/c")
    found = await by_name(mail)
    assert made.parent == found["a/b"].id
    assert found["a/b"].parent == found["a"].id
    assert found["a"].parent is None
    assert all(found[name].selectable for name in ("a", "a/b", "a/b/c"))
    assert len({each.uidvalidity for each in found.values()}) == len(found)


async def test_names_are_kept_in_one_form(mail: Mail) -> None:
    made = await mail.mailboxes.create("Ju\u0308rgen")
    assert made.name == "J\u00fcrgen"
    assert (await mail.mailboxes.find("Ju\u0308rgen")).id == made.id
    with pytest.raises(MailboxExists):
        await mail.mailboxes.create("J\u00fcrgen")
    assert (await mail.mailboxes.create("jürgen")).id != made.id


async def test_inbox_in_any_case_is_the_first_level_too(mail: Mail) -> None:
    made = await mail.mailboxes.create("inbox/a")
    assert made.name == "INBOX/a"
    assert made.parent == (await inbox(mail)).id
    assert (await mail.mailboxes.create("a/inbox")).name == "a/inbox"
    with pytest.raises(MailboxExists):
        await mail.mailboxes.create("Inbox")


async def test_mailboxes_are_in_order(mail: Mail) -> None:
    for name in ("B/a", "A b", "A/z", "A", "INBOX/x", "É"):
        if name not in await names(mail):
            await mail.mailboxes.create(name)
    listed = [name for name in await names(mail) if name not in FIRST or name == "INBOX"]
    assert listed == ["INBOX", "INBOX/x", "A", "A/z", "A b", "B", "B/a", "É"]


async def test_a_use_belongs_to_one_mailbox(mail: Mail) -> None:
    made = await mail.mailboxes.create("Important", SpecialUse.IMPORTANT)
    assert made.special_use is SpecialUse.IMPORTANT
    with pytest.raises(NotPossible, match="Trash"):
        await mail.mailboxes.create("a/b", SpecialUse.TRASH)
    assert "a" not in await names(mail)
    assert (await mail.mailboxes.create("b/c", SpecialUse.FLAGGED)).special_use is SpecialUse.FLAGGED
    assert (await mail.mailboxes.find("b")).special_use is None


async def test_mailboxes_are_a_quota(stores: Stores) -> None:
    mail = stores.open(MailboxConfig(quota=QuotaConfig(mailboxes=len(FIRST) + 2))).mail(stores.mail().account)
    with pytest.raises(OverQuota) as refused:
        await mail.mailboxes.create("a/b/c")
    assert (refused.value.limit, refused.value.used) == (8, 6)
    assert await names(mail) == FIRST
    await mail.mailboxes.create("a/b")
    a = await mail.mailboxes.find("a")
    with pytest.raises(OverQuota):
        await mail.mailboxes.rename((await inbox(mail)).id, "old")
    with pytest.raises(OverQuota):
        await mail.mailboxes.rename(a.id, "c/d")
    assert (await mail.mailboxes.rename(a.id, "c")).name == "c"


async def test_a_uidvalidity_is_given_once(stores: Stores) -> None:
    mail = stores.mail()
    given = [each.uidvalidity for each in await mail.mailboxes.all()]
    for time in (NOW, NOW, NOW - 1e6, NOW + 5, 0.0, 2.0**33, NOW):
        stores.clock.now = Timestamp(time)
        made = await mail.mailboxes.create("a")
        given.append(made.uidvalidity)
        await mail.mailboxes.delete(made.id)
    assert len(set(given)) == len(given)
    assert all(0 < each < 2**32 for each in given)
    assert given[-7:] == sorted(given[-7:])


async def test_rename(mail: Mail) -> None:
    made = await mail.mailboxes.create("a", SpecialUse.IMPORTANT)
    await mail.mailboxes.subscribe("a")
    renamed = await mail.mailboxes.rename(made.id, "b")
    assert renamed.name == "b"
    assert renamed.changed == await mail.feed.at()
    same = replace(made, name="b", changed=renamed.changed)
    assert renamed == same
    assert "a" not in await names(mail)
    assert "a" in await mail.mailboxes.subscriptions()


async def test_rename_takes_along_what_is_below(mail: Mail) -> None:
    await mail.mailboxes.create("a/b/c")
    before = await by_name(mail)
    await mail.mailboxes.rename(before["a"].id, "x/y")
    after = await by_name(mail)
    assert [after[name].id for name in ("x/y", "x/y/b", "x/y/b/c")] == [
        before[name].id for name in ("a", "a/b", "a/b/c")
    ]
    assert after["x/y/b/c"].uidvalidity == before["a/b/c"].uidvalidity
    assert "a" not in after
    assert all(after[name].changed > before["a/b/c"].changed for name in ("x/y", "x/y/b", "x/y/b/c"))


@pytest.mark.parametrize("name", ["a", "a/b", "Trash", "inbox", "INBOX"])
async def test_rename_to_a_name_that_is_taken(mail: Mail, name: str) -> None:
    made = await mail.mailboxes.create("a/b")
    a = await mail.mailboxes.find("a")
    for mailbox in (a.id, made.id):
        with pytest.raises(MailboxExists):
            await mail.mailboxes.rename(mailbox, name)
    assert await names(mail) == sorted([*FIRST, "a", "a/b"], key=lambda name: (name != "INBOX", name))


async def test_a_mailbox_is_not_renamed_below_itself(mail: Mail) -> None:
    made = await mail.mailboxes.create("a")
    for name in ("a/b", "a/b/c"):
        with pytest.raises(NotPossible, match="below itself"):
            await mail.mailboxes.rename(made.id, name)
    assert (await mail.mailboxes.rename(made.id, "aa/b")).name == "aa/b"


async def test_renaming_makes_no_tree_too_deep(mail: Mail) -> None:
    await mail.mailboxes.create("/".join("b" * 19))
    a = await mail.mailboxes.find("b")
    with pytest.raises(NotPossible, match="20 levels"):
        await mail.mailboxes.rename(a.id, "x/y/z")
    assert (await mail.mailboxes.rename(a.id, "x/y")).name == "x/y"
    assert max(name.count("/") for name in await names(mail)) == 19


async def test_renaming_what_is_not_there(mail: Mail) -> None:
    with pytest.raises(NoSuchMailbox):
        await mail.mailboxes.rename(NOBODYS, "a")
    made = await mail.mailboxes.create("a")
    with pytest.raises(NotPossible):
        await mail.mailboxes.rename(made.id, "a//b")


async def test_delete(mail: Mail) -> None:
    made = await mail.mailboxes.create("a")
    await mail.mailboxes.delete(made.id)
    assert await names(mail) == FIRST
    for lost in (made.id, NOBODYS):
        with pytest.raises(NoSuchMailbox):
            await mail.mailboxes.delete(lost)
    again = await mail.mailboxes.create("a")
    assert again.id > made.id
    assert again.uidvalidity > made.uidvalidity


async def test_inbox_stays(mail: Mail) -> None:
    with pytest.raises(NotPossible, match="INBOX"):
        await mail.mailboxes.delete((await inbox(mail)).id)
    below = await mail.mailboxes.create("a/INBOX")
    await mail.mailboxes.delete(below.id)


async def test_what_is_deleted_above_others_stays_as_a_name(mail: Mail) -> None:
    below = await mail.mailboxes.create("a/b")
    a = await mail.mailboxes.change((await mail.mailboxes.find("a")).id, Purpose(SpecialUse.ALL), Order(3))
    await mail.mailboxes.delete(a.id)
    assert [name for name in await names(mail) if name not in FIRST] == ["(a)", "a/b"]
    [name] = [each for each in await mail.mailboxes.all() if each.name == "a"]
    assert (name.special_use, name.sort_order, name.messages) == (None, 0, 0)
    for asked in (
        mail.mailboxes.find("a"),
        mail.mailboxes.change(a.id, Order(1)),
        mail.mailboxes.claim_recent(a.id),
        mail.mailboxes.history_since(a.id),
    ):
        with pytest.raises(NoSuchMailbox):
            await asked
    with pytest.raises(HasChildren):
        await mail.mailboxes.delete(a.id)
    await mail.mailboxes.delete(below.id)
    await mail.mailboxes.delete(a.id)
    assert await names(mail) == FIRST


async def test_a_name_becomes_a_mailbox_again(mail: Mail) -> None:
    below = await mail.mailboxes.create("a/b")
    a = await mail.mailboxes.find("a")
    await mail.mailboxes.delete(a.id)
    again = await mail.mailboxes.create("a", SpecialUse.ALL)
    assert again.id > a.id
    assert again.uidvalidity > below.uidvalidity
    assert (again.selectable, again.special_use, again.uidnext) == (True, SpecialUse.ALL, 1)
    assert (await mail.mailboxes.find("a/b")).id == below.id
    assert (await mail.mailboxes.find("a/b")).parent == again.id


async def test_a_name_is_renamed_with_what_is_below(mail: Mail) -> None:
    await mail.mailboxes.create("a/b")
    a = await mail.mailboxes.find("a")
    await mail.mailboxes.delete(a.id)
    await mail.mailboxes.rename(a.id, "c")
    assert [name for name in await names(mail) if name not in FIRST] == ["(c)", "c/b"]
    with pytest.raises(MailboxExists):
        await mail.mailboxes.rename((await inbox(mail)).id, "c")


async def test_traits(mail: Mail) -> None:
    made = await mail.mailboxes.create("a")
    shown = await mail.mailboxes.change(made.id, Purpose(SpecialUse.ALL), Order(7), Expiry(Seconds(60.5)))
    assert (shown.special_use, shown.sort_order, shown.expire_after) == (SpecialUse.ALL, 7, 60.5)
    assert shown.changed == await mail.feed.at() > made.changed
    assert shown.highestmodseq == made.highestmodseq
    assert await mail.mailboxes.change(made.id, Order(7), Purpose(SpecialUse.ALL)) == shown
    assert await mail.mailboxes.change(made.id) == shown
    assert await mail.mailboxes.find("a") == shown
    plain = await mail.mailboxes.change(made.id, Purpose(None), Expiry(None))
    assert (plain.special_use, plain.sort_order, plain.expire_after) == (None, 7, None)


async def test_traits_that_cannot_be(mail: Mail) -> None:
    made = await mail.mailboxes.create("a")
    first = await inbox(mail)
    for mailbox, trait in (
        (made.id, Purpose(SpecialUse.TRASH)),
        (first.id, Purpose(SpecialUse.ALL)),
        (made.id, Order(-1)),
        (made.id, Order(2**31)),
        (made.id, Expiry(Seconds(0))),
        (made.id, Expiry(Seconds(float("nan")))),
        (NOBODYS, Order(1)),
    ):
        with pytest.raises(NotPossible):
            await mail.mailboxes.change(mailbox, Order(1), trait)
    assert await mail.mailboxes.find("a") == made


async def test_a_use_moves_to_another_mailbox(mail: Mail) -> None:
    made = await mail.mailboxes.create("Papierkorb")
    await mail.mailboxes.change((await mail.mailboxes.find("Trash")).id, Purpose(None))
    assert (await mail.mailboxes.change(made.id, Purpose(SpecialUse.TRASH))).special_use is SpecialUse.TRASH


async def test_subscriptions(mail: Mail) -> None:
    made = await mail.mailboxes.create("a")
    await mail.mailboxes.subscribe("a")
    subscribed = await mail.mailboxes.find("a")
    assert subscribed == replace(made, subscribed=True, changed=await mail.feed.at())
    await mail.mailboxes.subscribe("a")
    assert await mail.mailboxes.find("a") == subscribed
    assert await mail.mailboxes.subscriptions() == sorted([*FIRST, "a"], key=lambda name: (name != "INBOX", name))
    await mail.mailboxes.unsubscribe("a")
    await mail.mailboxes.unsubscribe("a")
    assert await mail.mailboxes.subscriptions() == FIRST
    assert not (await mail.mailboxes.find("a")).subscribed


async def test_subscriptions_need_no_mailbox(mail: Mail) -> None:
    before = await mail.feed.at()
    await mail.mailboxes.subscribe("no/such/Ju\u0308rgen")
    assert "no/such/J\u00fcrgen" in await mail.mailboxes.subscriptions()
    assert await mail.feed.at() > before
    made = await mail.mailboxes.create("no/such/J\u00fcrgen")
    assert made.subscribed
    await mail.mailboxes.delete(made.id)
    assert "no/such/J\u00fcrgen" in await mail.mailboxes.subscriptions()
    await mail.mailboxes.unsubscribe("no/such/J\u00fcrgen")
    assert await mail.mailboxes.subscriptions() == FIRST


async def test_all_of_it_is_seen_by_another_process(stores: Stores) -> None:
    one, other = stores.open().mail(stores.mail().account), stores.open().mail(stores.mail().account)
    made = await one.mailboxes.create("a/b")
    assert await other.mailboxes.find("a/b") == made
    await other.mailboxes.rename(made.id, "c")
    assert (await one.mailboxes.find("c")).id == made.id
    await stores.close()
    assert (await stores.mail().mailboxes.find("c")).id == made.id
