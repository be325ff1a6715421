"""The store over all accounts: claims of sessions, housekeeping, removal, and whether it works at all."""

import asyncio
from pathlib import Path

import pytest

from gateway.mail.units import Seconds, Timestamp
from gateway.store.actions import Expunge, Which
from gateway.store.config import ExpireConfig, MailboxConfig
from gateway.store.errors import NoSuchMailbox, StoreUnavailable
from gateway.store.model import EmailId, ModSeq
from gateway.store.protocol.feed import HistoryLost
from gateway.store.protocol.store import Mail, Store
from tests.contract.store_support import (
    AL,
    BO,
    CY,
    ENGINES,
    NOW,
    Stores,
    append,
    expunge,
    inbox,
    move,
    new,
    octets,
    texts_in,
    uids_in,
)

DAY = 24 * 3600.0


async def _expunged(mail: Mail, text: str = "hello") -> tuple[EmailId, ModSeq]:
    """A message that came and went, and when."""
    box = (await inbox(mail)).id
    arrived = await append(mail, box, new(text))
    gone = await expunge(mail, Expunge(box, None, Which.ALL))
    return arrived.emails[0], gone.at


async def _there(mail: Mail, *emails: EmailId) -> list[bool]:
    found = await mail.emails.octets(emails)
    assert [each is None for each in found] == [each is None for each in await mail.emails.read(emails)]
    return [each is not None for each in found]


async def test_what_nobody_can_name_goes(stores: Stores) -> None:
    store = stores.open()
    mail = store.mail(AL)
    email, at = await _expunged(mail)
    assert await _there(mail, email) == [True], "until housekeeping has its turn"
    await store.tidy(NOW)
    assert await _there(mail, email) == [False]
    assert await mail.feed.at() == at, "no change is told of"


async def test_what_lies_elsewhere_stays(stores: Stores) -> None:
    store = stores.open()
    mail = store.mail(AL)
    box = await inbox(mail)
    arrived = await append(mail, box.id)
    trash = await mail.mailboxes.find("Trash")
    await move(mail, box.id, [1], trash.id)
    await store.tidy(NOW)
    assert await _there(mail, *arrived.emails) == [True]
    assert await texts_in(mail, trash.id) == [octets()]


async def test_a_session_can_read_what_it_can_name(stores: Stores) -> None:
    """In whatever process it is."""
    one, other = stores.open(), stores.open()
    mail = one.mail(AL)
    hold = await other.hold(AL)
    email, at = await _expunged(mail)
    await one.tidy(NOW)
    [source] = await other.mail(AL).emails.octets([email])
    assert source is not None
    assert source.read(0, len(source)) == octets()
    hold.seen(ModSeq(at - 1))
    await one.tidy(NOW)
    assert await _there(mail, email) == [True]
    hold.seen(at)
    await one.tidy(NOW)
    assert await _there(mail, email) == [False]
    hold.release()


async def test_who_knows_less_decides(stores: Stores) -> None:
    store = stores.open()
    mail = store.mail(AL)
    first, at = await _expunged(mail)
    quick, slow = await store.hold(AL), await store.hold(AL)
    second, later = await _expunged(mail)
    quick.seen(later)
    slow.seen(at)
    quick.seen(at)
    await store.tidy(NOW)
    assert await _there(mail, first, second) == [False, True]
    slow.release()
    slow.release()
    slow.seen(at)
    await store.tidy(NOW)
    assert await _there(mail, first, second) == [False, False]


async def test_a_claim_is_one_accounts(stores: Stores) -> None:
    store = stores.open()
    hold = await store.hold(BO)
    email, _ = await _expunged(store.mail(AL))
    await store.tidy(NOW)
    assert await _there(store.mail(AL), email) == [False]
    hold.release()


async def test_claims_end_with_their_process(stores: Stores) -> None:
    one, other = stores.open(), stores.opened
    store = stores.engine.open(stores.data, stores.config, stores.clock)
    assert store not in other
    await store.hold(AL)
    email, _ = await _expunged(one.mail(AL))
    await one.tidy(NOW)
    assert await _there(one.mail(AL), email) == [True]
    await store.close()
    await one.tidy(NOW)
    assert await _there(one.mail(AL), email) == [False]


async def test_messages_expire(stores: Stores) -> None:
    store = stores.open(MailboxConfig(expire=ExpireConfig(trash=Seconds(7 * DAY))))
    mail = store.mail(AL)
    box = await inbox(mail)
    trash = await mail.mailboxes.find("Trash")
    await append(mail, box.id, new("old"))
    await append(mail, trash.id, new("old"))
    await store.tidy(Timestamp(NOW + 6 * DAY))
    await store.tidy(Timestamp(NOW - 1000 * DAY))
    assert await uids_in(mail, trash.id) == [1]
    await store.tidy(Timestamp(NOW + 8 * DAY))
    assert await uids_in(mail, trash.id) == []
    assert await uids_in(mail, box.id) == [1]
    [*_, last] = (await mail.feed.since(ModSeq(0))).changes
    assert (last.kind, last.mailbox, list(last.uids)) == ("expunged", trash.id, [1])


async def test_history_is_forgotten(stores: Stores) -> None:
    store = stores.open(MailboxConfig(history=Seconds(7 * DAY)))
    mail = store.mail(AL)
    box = await inbox(mail)
    before = await mail.feed.at()
    at = (await append(mail, box.id)).at
    await store.tidy(Timestamp(NOW + 6 * DAY))
    assert (await mail.feed.since(before)).changes
    await store.tidy(Timestamp(NOW + 8 * DAY))
    with pytest.raises(HistoryLost):
        await mail.feed.since(before)
    since = await mail.mailboxes.history_since(box.id)
    assert before < since <= at
    assert (await mail.feed.since(since)).at == at
    with pytest.raises(HistoryLost):
        await mail.feed.since(ModSeq(at + 1))
    with pytest.raises(NoSuchMailbox):
        await mail.mailboxes.history_since(box.id + 1000)  # type: ignore[arg-type]


async def test_tokens_are_known_for_a_week(stores: Stores) -> None:
    store = stores.open()
    mail = store.mail(AL)
    box = (await inbox(mail)).id
    first = await append(mail, box, new(), token="t")
    await store.tidy(Timestamp(NOW + 6 * DAY))
    assert await append(mail, box, new(), token="t") == first
    await store.tidy(Timestamp(NOW + 8 * DAY))
    assert (await append(mail, box, new(), token="t")).uids == (2,)


async def test_accounts(stores: Stores) -> None:
    store = stores.open()
    assert list(await store.accounts()) == []
    for account in (CY, AL, BO):
        store.mail(account)
        assert account not in await store.accounts(), "it is made at its first use"
        await inbox(store.mail(account))
    assert sorted(await stores.open().accounts()) == [AL, BO, CY]


async def test_a_removed_account(stores: Stores) -> None:
    """It waits for whoever has a claim, is closed to everybody at once, and never comes back."""
    one, other = stores.open(), stores.open()
    theirs = other.mail(AL)
    await append(theirs, (await inbox(theirs)).id)
    await append(one.mail(BO), (await inbox(one.mail(BO))).id)
    hold = await other.hold(AL)
    await one.remove(AL)
    await _is_closed(one)
    await _is_closed(other)
    await one.tidy(NOW)
    assert sorted(await other.accounts()) in ([BO], [AL, BO])
    hold.release()
    for _ in range(3):
        await one.tidy(NOW)
    assert list(await other.accounts()) == [BO]
    await one.remove(AL)
    await one.tidy(NOW)
    await stores.close()
    later = stores.open()
    await _is_closed(later)
    assert list(await later.accounts()) == [BO]
    assert await uids_in(later.mail(BO), (await inbox(later.mail(BO))).id) == [1]


async def _is_closed(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        store.mail(AL)
    with pytest.raises(StoreUnavailable):
        await store.hold(AL)


async def test_a_removal_survives_the_process(stores: Stores) -> None:
    store = stores.open()
    await inbox(store.mail(AL))
    await store.remove(AL)
    await stores.close()
    store = stores.open()
    for _ in range(3):
        await store.tidy(NOW)
    assert list(await store.accounts()) == []


async def test_health(stores: Stores, tmp_path: Path) -> None:
    assert await stores.open().healthy()
    nowhere = tmp_path / "no folder"
    nowhere.write_bytes(b"")
    store = ENGINES["embedded"].open(nowhere, stores.config, stores.clock)
    assert not await store.healthy()
    await store.close()


async def test_what_was_begun_is_finished(stores: Stores) -> None:
    store = stores.open()
    mail = store.mail(AL)
    box = (await inbox(mail)).id
    begun = [asyncio.ensure_future(append(mail, box)) for _ in range(20)]
    await asyncio.sleep(0)
    await stores.close()
    done = [
        each for each in await asyncio.gather(*begun, return_exceptions=True) if not isinstance(each, BaseException)
    ]
    mail = stores.open().mail(AL)
    assert await uids_in(mail, box) == sorted(uid for arrived in done for uid in arrived.uids)


async def test_a_clock_that_goes_backwards_over_a_restart(stores: Stores) -> None:
    """Numbers only rise; nothing is removed early; dates are what the clock says."""
    store = stores.open(MailboxConfig(expire=ExpireConfig(trash=Seconds(DAY))))
    mail = store.mail(AL)
    trash = await mail.mailboxes.find("Trash")
    made = await mail.mailboxes.create("a")
    first = await append(mail, trash.id, new())
    await stores.close()
    stores.clock.now = Timestamp(NOW - 400 * DAY)
    store = stores.open(MailboxConfig(expire=ExpireConfig(trash=Seconds(DAY))))
    mail = store.mail(AL)
    await mail.mailboxes.delete(made.id)
    again = await mail.mailboxes.create("a")
    assert again.uidvalidity > made.uidvalidity
    moved = await move(mail, trash.id, [1], again.id)
    back = await move(mail, again.id, [1], trash.id)
    assert first.at < moved.at < back.at
    assert back.uids == (2,)
    hold = await store.hold(AL)
    email, gone = await _expunged(mail)
    assert gone > back.at
    for days in (-400, -399, 0, 0.9):
        await store.tidy(Timestamp(NOW + days * DAY))
    assert await uids_in(mail, trash.id) == [2]
    assert await _there(mail, email) == [True]
    assert list((await mail.emails.measures(trash.id)).saved) == [NOW]
    hold.release()
