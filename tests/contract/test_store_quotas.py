"""What every engine promises of quotas (gateway/store/protocol/quotas.py, RFC 9208)."""

import pytest

from gateway.mail.units import OctetCount
from gateway.store.actions import Append, Copy
from gateway.store.config import MailboxConfig, QuotaConfig
from gateway.store.errors import NotPossible, OverQuota, Resource
from gateway.store.protocol.quotas import Usage
from gateway.store.protocol.store import Mail
from gateway.store.uids import UidSet
from tests.contract.store_support import AL, FIRST, NOW, Stores, append, copy, inbox, move, new, octets, uids_in

STORAGE, MESSAGES, MAILBOXES = Resource.STORAGE, Resource.MESSAGES, Resource.MAILBOXES
SIZE = len(octets())


async def test_usage_without_limits(mail: Mail) -> None:
    assert await mail.quotas.usage() == {
        STORAGE: Usage(0, None, own=False),
        MESSAGES: Usage(0, None, own=False),
        MAILBOXES: Usage(len(FIRST), 10_000, own=False),
    }


async def test_limits_of_the_configuration(stores: Stores) -> None:
    mail = stores.open(MailboxConfig(quota=QuotaConfig(OctetCount(1000), 10, None))).mail(AL)
    assert [(one.limit, one.own) for one in (await mail.quotas.usage()).values()] == [
        (1000, False),
        (10, False),
        (None, False),
    ]


async def test_limits_of_the_account(stores: Stores) -> None:
    mail = stores.open(MailboxConfig(quota=QuotaConfig(OctetCount(1000), 10))).mail(AL)
    await mail.quotas.set_limit(STORAGE, 5)
    await mail.quotas.set_limit(MESSAGES, None)
    usage = await mail.quotas.usage()
    assert (usage[STORAGE], usage[MESSAGES]) == (Usage(0, 5, own=True), Usage(0, None, own=True))
    await mail.quotas.set_limit(STORAGE, 6)
    await mail.quotas.reset_limit(MESSAGES)
    usage = await mail.quotas.usage()
    assert (usage[STORAGE], usage[MESSAGES]) == (Usage(0, 6, own=True), Usage(0, 10, own=False))
    for limit in (-1, 2**63):
        with pytest.raises(NotPossible):
            await mail.quotas.set_limit(STORAGE, limit)


async def test_limits_are_changes(mail: Mail) -> None:
    before = await mail.feed.at()
    await mail.quotas.set_limit(STORAGE, 5)
    after = await mail.feed.at()
    assert after > before
    await mail.quotas.set_limit(STORAGE, 5)
    await mail.quotas.reset_limit(MESSAGES)
    assert await mail.feed.at() == after
    await mail.quotas.reset_limit(STORAGE)
    assert await mail.feed.at() > after


async def test_a_message_counts_in_each_mailbox(mail: Mail) -> None:
    box = (await inbox(mail)).id
    made = await mail.mailboxes.create("a")
    await append(mail, box, new(), new())
    await copy(mail, box, [1], made.id)
    usage = await mail.quotas.usage()
    assert (usage[STORAGE].used, usage[MESSAGES].used, usage[MAILBOXES].used) == (3 * SIZE, 3, len(FIRST) + 1)
    await mail.mailboxes.delete(made.id)
    usage = await mail.quotas.usage()
    assert (usage[STORAGE].used, usage[MESSAGES].used, usage[MAILBOXES].used) == (2 * SIZE, 2, len(FIRST))


@pytest.mark.parametrize(("resource", "one"), [(STORAGE, SIZE), (MESSAGES, 1)])
async def test_what_is_over_quota_is_not_taken(mail: Mail, resource: Resource, one: int) -> None:
    box = (await inbox(mail)).id
    await mail.quotas.set_limit(resource, 3 * one)
    await append(mail, box, new(), new())
    with pytest.raises(OverQuota) as refused:
        await append(mail, box, new(), new())
    assert (refused.value.resource, refused.value.limit, refused.value.used) == (resource, 3 * one, 2 * one)
    with pytest.raises(OverQuota):
        await copy(mail, box, [1, 2], box)
    with pytest.raises(OverQuota):
        await mail.emails.carry_out([Append(box, (new(),)), Copy(box, UidSet.of([1]), box)], NOW)
    assert await uids_in(mail, box) == [1, 2]
    await append(mail, box)
    assert (await mail.quotas.usage())[resource].used == 3 * one


async def test_whoever_is_over_quota_can_put_things_in_order(mail: Mail) -> None:
    box = (await inbox(mail)).id
    trash = (await mail.mailboxes.find("Trash")).id
    await append(mail, box, new(), new())
    for resource in Resource:
        await mail.quotas.set_limit(resource, 0)
    await move(mail, box, [1], trash)
    await mail.mailboxes.rename((await mail.mailboxes.find("Junk")).id, "Spam")
    await mail.mailboxes.delete(trash)
    with pytest.raises(OverQuota, match="over quota: 5 of 0 mailboxes"):
        await mail.mailboxes.create("Trash")
    assert (await mail.quotas.usage())[MESSAGES] == Usage(1, 0, own=True)


async def test_another_process_heeds_it(stores: Stores) -> None:
    one, other = stores.open().mail(AL), stores.open().mail(AL)
    await one.quotas.set_limit(MESSAGES, 0)
    with pytest.raises(OverQuota):
        await append(other, (await inbox(other)).id)
