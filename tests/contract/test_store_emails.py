"""What every engine promises of messages (gateway/store/protocol/emails.py, gateway/store/actions.py)."""

import asyncio

import pytest

from gateway.mail.octets import MemoryOctets
from gateway.mail.units import Timestamp
from gateway.store.actions import Action, Append, Arrived, Copy, Expunge, FlagsSet, Move, SetFlags, Which
from gateway.store.errors import NoSuchMailbox, NotPossible, StateChanged, StoreUnavailable
from gateway.store.flags import MAX_KEYWORD, MAX_KEYWORDS, Flags, How, System, mark
from gateway.store.model import EmailId, MailboxId, ModSeq, NewEmail, ThreadId
from gateway.store.protocol.store import Mail
from gateway.store.uids import UidSet
from tests.contract.store_support import (
    AL,
    DELETED,
    FLAGGED,
    NOTHING,
    NOW,
    SEEN,
    Stores,
    act,
    append,
    copy,
    expunge,
    flags_in,
    inbox,
    move,
    new,
    octets,
    set_flags,
    texts_in,
    uids_in,
)

SIZE = len(octets())
LARGE = b"Subject: large\r\n\r\n" + b"x" * 200_000
LATER = Timestamp(NOW + 60)


def keywords(*names: str, system: System = System.SEEN) -> Flags:
    return Flags(system, frozenset(names))


async def counts(mail: Mail, mailbox: MailboxId) -> tuple[int, int, int, int]:
    one = (await mail.emails.entries(mailbox)).mailbox
    return one.messages, one.unseen, one.deleted, one.size


async def test_append(mail: Mail) -> None:
    box = await inbox(mail)
    first = await append(mail, box.id, new("one", SEEN, Timestamp(12.5)), new("two"))
    second = await append(mail, box.id, new("three", DELETED))
    assert (first.uidvalidity, first.uids, first.sources) == (box.uidvalidity, (1, 2), ())
    assert (second.uids, second.at) == ((3,), await mail.feed.at())
    assert sorted((*first.emails, *second.emails)) == [*first.emails, *second.emails]
    entries = await mail.emails.entries(box.id)
    assert entries.at == second.at
    assert list(entries.uids) == [1, 2, 3]
    assert list(entries.emails) == [*first.emails, *second.emails]
    assert list(entries.modseqs) == [first.at, first.at, second.at]
    assert (entries.mailbox.uidnext, entries.mailbox.highestmodseq) == (4, second.at)
    assert await texts_in(mail, box.id) == [octets("one"), octets("two"), octets("three")]
    assert await flags_in(mail, box.id) == {1: SEEN, 2: NOTHING, 3: DELETED}
    assert await counts(mail, box.id) == (3, 2, 1, sum(map(len, await texts_in(mail, box.id))))


async def test_what_is_known_of_a_message(mail: Mail) -> None:
    box = (await inbox(mail)).id
    [result] = await mail.emails.carry_out([Append(box, (new(received=Timestamp(12.5)),))], LATER)
    assert isinstance(result, Arrived)
    [email] = result.emails
    [found, missing] = await mail.emails.read([email, EmailId(4711)])
    assert missing is None
    assert found is not None
    assert (found.id, found.size, found.received, found.created) == (email, SIZE, 12.5, result.at)
    assert found.summary is None
    [place], none = await mail.emails.places([email, EmailId(4711)])
    assert none == ()
    assert (place.email, place.mailbox, place.uid, place.modseq, place.saved) == (email, box, 1, result.at, LATER)
    measures = await mail.emails.measures(box)
    assert [list(each) for each in (measures.uids, measures.sizes, measures.received, measures.saved)] == [
        [1],
        [SIZE],
        [12.5],
        [LATER],
    ]
    assert list(measures.threads) == [found.thread]
    assert await mail.emails.threads([found.thread, ThreadId(4711)]) == [(email,), ()]
    assert await mail.emails.octets([EmailId(4711)]) == [None]


async def test_what_is_asked_for_twice_is_answered_twice(mail: Mail) -> None:
    box = (await inbox(mail)).id
    one, two = (await append(mail, box, new("one"), new("two"))).emails
    found = await mail.emails.read([two, one, two])
    assert [each and each.id for each in found] == [two, one, two]
    assert [each and each.read(0, 1000) for each in await mail.emails.octets([two, one, two])] == [
        octets("two"),
        octets("one"),
        octets("two"),
    ]
    assert [len(each) for each in await mail.emails.places([two, one, two])] == [1, 1, 1]
    assert await mail.emails.read([]) == []


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 1_000_000])
async def test_octets_of_any_size(stores: Stores, size: int) -> None:
    mail = stores.mail()
    box = (await inbox(mail)).id
    data = (b"\0\r\n\xff" * (size // 4 + 1))[:size]
    await append(mail, box, NewEmail(MemoryOctets(data), NOW))
    await stores.close()
    assert await texts_in(stores.mail(), box) == [data]
    assert await counts(stores.mail(), box) == (1, 1, 0, size)


async def test_a_spooled_message(stores: Stores) -> None:
    mail = stores.mail()
    box = (await inbox(mail)).id
    spool = mail.emails.spool()
    for start in range(0, len(LARGE), 7000):
        await spool.write(LARGE[start : start + 7000])
    source = await spool.finish()
    assert len(source) == len(LARGE)
    await append(mail, box, NewEmail(source, NOW), new())
    spool.discard()
    spool.discard()
    await stores.close()
    assert await texts_in(stores.mail(), box) == [LARGE, octets()]


async def test_a_spool_that_came_to_nothing(mail: Mail) -> None:
    box = (await inbox(mail)).id
    given_up = mail.emails.spool()
    await given_up.write(LARGE)
    given_up.discard()
    kept = mail.emails.spool()
    await kept.write(LARGE)
    source = await kept.finish()
    with pytest.raises(NoSuchMailbox):
        await append(mail, MailboxId(4711), NewEmail(source, NOW))
    await append(mail, box, NewEmail(source, NOW))
    kept.discard()
    unused = mail.emails.spool()
    await unused.write(LARGE)
    await unused.finish()
    unused.discard()
    assert await texts_in(mail, box) == [LARGE]


@pytest.mark.parametrize("looked_at", [False, True])
async def test_a_spool_that_was_discarded_is_not_appended(mail: Mail, *, looked_at: bool) -> None:
    box = (await inbox(mail)).id
    spool = mail.emails.spool()
    await spool.write(LARGE)
    source = await spool.finish()
    if looked_at:
        assert len(source) == len(LARGE)
    spool.discard()
    with pytest.raises(StoreUnavailable):
        await append(mail, box, NewEmail(source, NOW))
    await append(mail, box)
    assert await texts_in(mail, box) == [octets()]


async def test_copy(mail: Mail) -> None:
    box, trash = (await inbox(mail)).id, await mail.mailboxes.find("Trash")
    await append(mail, trash.id)
    arrived = await append(mail, box, new("one", keywords("$A")), new("two"), new("three", DELETED))
    [copied] = await mail.emails.carry_out([Copy(box, UidSet.of([3, 1, 9]), trash.id)], LATER)
    assert isinstance(copied, Arrived)
    assert (copied.mailbox, copied.uidvalidity) == (trash.id, trash.uidvalidity)
    assert (copied.sources, copied.uids) == ((1, 3), (2, 3))
    assert copied.emails == (arrived.emails[0], arrived.emails[2])
    assert await flags_in(mail, trash.id) == {1: NOTHING, 2: keywords("$A"), 3: DELETED}
    assert await uids_in(mail, box) == [1, 2, 3]
    [places] = await mail.emails.places([arrived.emails[0]])
    assert [(place.mailbox, place.uid, place.saved) for place in places] == [(box, 1, NOW), (trash.id, 2, LATER)]
    [email] = await mail.emails.read([arrived.emails[0]])
    assert email is not None
    assert (email.received, email.created) == (NOW, arrived.at)


async def test_copy_into_the_same_mailbox(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await append(mail, box, new("one"), new("two"))
    copied = await copy(mail, box, [1, 2], box)
    assert (copied.sources, copied.uids) == ((1, 2), (3, 4))
    assert await texts_in(mail, box) == [octets("one"), octets("two")] * 2
    assert await counts(mail, box) == (4, 4, 0, 2 * sum(map(len, (octets("one"), octets("two")))))


async def test_move(mail: Mail) -> None:
    box, trash = (await inbox(mail)).id, (await mail.mailboxes.find("Trash")).id
    arrived = await append(mail, box, new("one", SEEN), new("two"), new("three"))
    moved = await move(mail, box, [1, 3, 4], trash)
    assert (moved.sources, moved.uids) == ((1, 3), (1, 2))
    assert moved.emails == (arrived.emails[0], arrived.emails[2])
    assert await uids_in(mail, box) == [2]
    assert await flags_in(mail, trash) == {1: SEEN, 2: NOTHING}
    assert [len(places) for places in await mail.emails.places(arrived.emails)] == [1, 1, 1]
    again = await move(mail, box, [2], box)
    assert (again.sources, again.uids) == ((2,), (4,))
    assert await uids_in(mail, box) == [4]


async def test_nothing_to_copy_or_move(mail: Mail) -> None:
    box, trash = (await inbox(mail)).id, await mail.mailboxes.find("Trash")
    for result in (await copy(mail, box, [1], trash.id), await move(mail, box, [], trash.id)):
        assert (result.mailbox, result.uidvalidity, result.uids, result.emails, result.sources) == (
            trash.id,
            trash.uidvalidity,
            (),
            (),
            (),
        )


async def test_flags(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await append(mail, box, new(), new(flags=FLAGGED), new(flags=SEEN))
    added = await set_flags(mail, box, [1, 2, 7], FLAGGED)
    assert (added.changed, added.failed) == (UidSet.of([1]), UidSet())
    assert added.at == await mail.feed.at()
    removed = await set_flags(mail, box, [1, 2, 3], keywords("$x", system=System.FLAGGED), how=How.REMOVE)
    assert removed.changed == UidSet.of([1, 2])
    replaced = await set_flags(mail, box, [2, 3], keywords("$X"), how=How.REPLACE)
    assert replaced.changed == UidSet.of([2, 3])
    assert await flags_in(mail, box) == {1: NOTHING, 2: keywords("$X"), 3: keywords("$X")}
    entries = await mail.emails.entries(box)
    assert list(entries.modseqs) == [removed.at, replaced.at, replaced.at]
    assert entries.mailbox.highestmodseq == replaced.at
    nothing = await set_flags(mail, box, [2], SEEN)
    assert (nothing.changed, nothing.failed, nothing.at) == (UidSet(), UidSet(), replaced.at)


async def test_keywords_are_compared_without_case(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await append(mail, box, new(flags=keywords("$Forwarded", "Urlaub")))
    await set_flags(mail, box, [1], keywords("$FORWARDED", "arbeit"))
    assert await flags_in(mail, box) == {1: keywords("$Forwarded", "Urlaub", "arbeit")}
    await set_flags(mail, box, [1], Flags(keywords=frozenset({"URLAUB"})), how=How.REMOVE)
    await append(mail, box, new(flags=keywords("urlaub")))
    assert await flags_in(mail, box) == {1: keywords("$Forwarded", "arbeit"), 2: keywords("Urlaub")}


async def test_a_set_of_keywords_keeps_its_number(mail: Mail) -> None:
    box = (await inbox(mail)).id
    assert await mail.emails.keyword_sets() == {0: frozenset()}
    await append(mail, box, new(flags=keywords("a")), new(flags=keywords("a", "b")))
    before = await mail.emails.keyword_sets()
    await expunge(mail, Expunge(box, None, Which.ALL))
    await append(mail, box, new(flags=keywords("c")))
    after = await mail.emails.keyword_sets()
    assert all(after.get(number, names) == names for number, names in before.items())


async def test_too_many_keywords(mail: Mail) -> None:
    box = (await inbox(mail)).id
    most = [f"k{number}" for number in range(MAX_KEYWORDS)]
    await append(mail, box, new(flags=keywords(*most)))
    for change in (
        set_flags(mail, box, [1], keywords("one-more")),
        append(mail, box, new(flags=keywords(*most, "one-more"))),
    ):
        with pytest.raises(NotPossible, match=str(MAX_KEYWORDS)):
            await change
    assert await flags_in(mail, box) == {1: keywords(*most)}


async def test_keywords_do_not_fill_the_disk_and_junk_is_always_marked(mail: Mail) -> None:
    """They count for no quota, and all of an account's sets are read when one is made."""
    box = (await inbox(mail)).id
    await append(mail, box, new())

    async def flood() -> None:
        for number in range(100):
            many = [f"k{number}-{each}-{'x' * 80}" for each in range(MAX_KEYWORDS)]
            await set_flags(mail, box, [1], keywords(*many), how=How.REPLACE)

    with pytest.raises(NotPossible, match="too many sets"):
        await flood()
    await set_flags(mail, box, [1], keywords("$Junk"), how=How.REPLACE)
    assert await flags_in(mail, box) == {1: keywords("$Junk")}


@pytest.mark.parametrize("name", ["", "a b", "é", "(", "\\Seen", "x" * (MAX_KEYWORD + 1), "a\n", '"', "%", "]"])
async def test_what_is_no_keyword(mail: Mail, name: str) -> None:
    box = (await inbox(mail)).id
    with pytest.raises(NotPossible):
        await append(mail, box, new(flags=keywords(name)))
    assert await uids_in(mail, box) == []


async def test_flags_that_nobody_has_changed_since(mail: Mail) -> None:
    box = (await inbox(mail)).id
    first = await append(mail, box, new(), new(), new())
    second = await set_flags(mail, box, [2], FLAGGED)
    set_ = await set_flags(mail, box, [1, 2, 3, 9], SEEN, unchanged_since=first.at)
    assert (set_.changed, set_.failed) == (UidSet.of([1, 3]), UidSet.of([2]))
    assert await flags_in(mail, box) == {1: SEEN, 2: FLAGGED, 3: SEEN}
    again = await set_flags(mail, box, [1, 2, 3], SEEN, unchanged_since=second.at)
    assert (again.changed, again.failed) == (UidSet.of([2]), UidSet.of([1, 3]))
    never = await set_flags(mail, box, [1], FLAGGED, unchanged_since=ModSeq(0))
    assert (never.changed, never.failed) == (UidSet(), UidSet.of([1]))


async def test_expunge(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await append(mail, box, new(flags=DELETED), new(), new(flags=DELETED), new(flags=DELETED))
    some = await expunge(mail, Expunge(box, UidSet.of([1, 2, 4])))
    assert (some.uids, some.at) == (UidSet.of([1, 4]), await mail.feed.at())
    assert await uids_in(mail, box) == [2, 3]
    assert (await expunge(mail, Expunge(box, None))).uids == UidSet.of([3])
    assert (await expunge(mail, Expunge(box, UidSet.of([2, 3]), Which.ALL))).uids == UidSet.of([2])
    assert await counts(mail, box) == (0, 0, 0, 0)
    nothing = await expunge(mail, Expunge(box, None, Which.ALL))
    assert (nothing.uids, nothing.at) == (UidSet(), (await inbox(mail)).highestmodseq)
    assert (await append(mail, box)).uids == (5,)


async def test_expunging_every_message_or_doing_nothing(mail: Mail) -> None:
    """With what else is in the list: REPLACE (RFC 8508)."""
    box = (await inbox(mail)).id
    await append(mail, box, new(), new(flags=DELETED))
    at = await mail.feed.at()
    for uids, which in (([1, 9], Which.ALL), ([1, 2], Which.MARKED), ([7], Which.ALL)):
        with pytest.raises(StateChanged):
            await mail.emails.carry_out(
                [Append(box, (new(),)), Expunge(box, UidSet.of(uids), which, every=True), Append(box, (new(),))], NOW
            )
    assert (await mail.feed.at(), await uids_in(mail, box)) == (at, [1, 2])
    await mail.emails.carry_out([Expunge(box, UidSet.of([1, 2]), Which.ALL, every=True), Append(box, (new(),))], NOW)
    assert await uids_in(mail, box) == [3]


async def test_what_is_expunged_lies_nowhere(mail: Mail) -> None:
    box, trash = (await inbox(mail)).id, (await mail.mailboxes.find("Trash")).id
    arrived = await append(mail, box, new("one"), new("two"))
    await copy(mail, box, [1], trash)
    [known, _] = await mail.emails.read(arrived.emails)
    assert known is not None
    await expunge(mail, Expunge(box, None, Which.ALL))
    assert [len(places) for places in await mail.emails.places(arrived.emails)] == [1, 0]
    assert await mail.emails.threads([known.thread]) == [(arrived.emails[0],)]


async def test_mailboxes_that_are_not_there(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await append(mail, box)
    below = await mail.mailboxes.create("a/b")
    a = await mail.mailboxes.find("a")
    await mail.mailboxes.delete(a.id)
    for lost in (a.id, MailboxId(4711)):
        every: list[Action] = [
            Append(lost, (new(),)),
            Copy(lost, UidSet.of([1]), box),
            Copy(box, UidSet.of([1]), lost),
            Move(lost, UidSet.of([1]), box),
            Move(box, UidSet.of([1]), lost),
            SetFlags(lost, UidSet.of([1]), How.ADD, SEEN),
            Expunge(lost, None),
        ]
        for action in every:
            with pytest.raises(NoSuchMailbox):
                await mail.emails.carry_out([Append(box, (new(),)), action], NOW)
        with pytest.raises(NoSuchMailbox):
            await mail.emails.entries(lost)
        with pytest.raises(NoSuchMailbox):
            await mail.emails.measures(lost)
    assert await uids_in(mail, box) == [1]
    assert await uids_in(mail, below.id) == []


async def test_actions_happen_all_or_not_at_all(mail: Mail) -> None:
    box, trash = (await inbox(mail)).id, (await mail.mailboxes.find("Trash")).id
    at = await mail.feed.at()
    with pytest.raises(NotPossible):
        await mail.emails.carry_out([Append(box, (new(),)), Append(trash, (new(flags=keywords("a b")),))], NOW)
    assert await mail.feed.at() == at
    results = await mail.emails.carry_out(
        [
            Append(box, (new(), new())),
            Copy(box, UidSet.of([1]), trash),
            SetFlags(trash, UidSet.of([1]), How.ADD, DELETED),
            Expunge(trash, None),
        ],
        NOW,
    )
    assert [type(result).__name__ for result in results] == ["Arrived", "Arrived", "FlagsSet", "Expunged"]
    assert (await uids_in(mail, box), await uids_in(mail, trash)) == ([1, 2], [])


async def test_the_state_that_the_caller_goes_by(mail: Mail) -> None:
    box = (await inbox(mail)).id
    at = await mail.feed.at()
    await mail.emails.carry_out([Append(box, (new(),))], NOW, expected=at)
    with pytest.raises(StateChanged):
        await mail.emails.carry_out([Append(box, (new(),))], NOW, expected=at)
    assert await uids_in(mail, box) == [1]


async def test_a_delivery_is_carried_out_once(stores: Stores) -> None:
    mail = stores.mail()
    box = (await inbox(mail)).id
    first = await append(mail, box, new("one"), new("two"), token="queue-1")
    await stores.close()
    mail = stores.mail()
    assert await append(mail, box, new("one"), new("two"), token="queue-1") == first
    other = await append(mail, box, new("one"), token="queue-2")
    assert other.uids == (3,)
    await expunge(mail, Expunge(box, None, Which.ALL))
    assert await append(mail, box, new("one"), token="queue-2") == other
    assert await uids_in(mail, box) == []


async def test_large_messages_of_a_delivery_that_is_known(mail: Mail) -> None:
    box = (await inbox(mail)).id
    for _ in range(2):
        spool = mail.emails.spool()
        await spool.write(LARGE)
        await append(mail, box, NewEmail(await spool.finish(), NOW), token="queue-1")
        spool.discard()
    assert await texts_in(mail, box) == [LARGE]


async def test_renaming_inbox_moves_its_messages(stores: Stores) -> None:
    mail = stores.mail()
    box = await inbox(mail)
    below = await mail.mailboxes.create("INBOX/below")
    arrived = await append(mail, box.id, new("one", SEEN), new("two"), new("three", keywords("$a")))
    await expunge(mail, Expunge(box.id, UidSet.of([2]), Which.ALL))
    stores.clock.now = LATER
    renamed = await mail.mailboxes.rename(box.id, "old/mail")
    assert renamed.id not in (box.id, below.id)
    assert renamed == await mail.mailboxes.find("old/mail")
    assert await flags_in(mail, renamed.id) == {1: SEEN, 2: keywords("$a")}
    assert await texts_in(mail, renamed.id) == [octets("one"), octets("three")]
    assert renamed.uidnext == 3
    assert list((await mail.emails.measures(renamed.id)).saved) == [LATER, LATER]
    assert await counts(mail, renamed.id) == (2, 0, 0, len(octets("one")) + len(octets("three")))
    assert await counts(mail, box.id) == (0, 0, 0, 0)
    assert (await inbox(mail)).uidvalidity == box.uidvalidity
    assert (await mail.mailboxes.find("INBOX/below")).parent == box.id
    assert [len(places) for places in await mail.emails.places(arrived.emails)] == [1, 0, 1]
    assert (await append(mail, box.id)).uids == (4,)


async def test_deleting_a_mailbox_expunges_its_messages(mail: Mail) -> None:
    box, made = (await inbox(mail)).id, (await mail.mailboxes.create("a")).id
    arrived = await append(mail, made, new("one"), new("two"))
    await copy(mail, made, [1], box)
    with pytest.raises(NotPossible, match="messages"):
        await mail.mailboxes.delete(made, if_empty=True)
    await mail.mailboxes.delete(made)
    assert [len(places) for places in await mail.emails.places(arrived.emails)] == [1, 0]
    assert await texts_in(mail, box) == [octets("one")]
    empty = await mail.mailboxes.create("a")
    await mail.mailboxes.delete(empty.id, if_empty=True)


async def test_messages_are_recent_for_one_session(stores: Stores) -> None:
    mine, other = stores.open().mail(AL), stores.open().mail(AL)
    box = (await inbox(mine)).id
    assert await mine.mailboxes.claim_recent(box) == 1
    await append(mine, box, new(), new())
    assert (await inbox(mine)).first_recent == 1
    at = await mine.feed.at()
    assert await other.mailboxes.claim_recent(box) == 1
    assert await mine.mailboxes.claim_recent(box) == 3
    assert (await inbox(mine)).first_recent == 3
    assert await mine.feed.at() == at
    await append(other, box)
    claims = await asyncio.gather(mine.mailboxes.claim_recent(box), other.mailboxes.claim_recent(box))
    assert sorted(claims) == [3, 4]


async def test_several_write_at_once(stores: Stores) -> None:
    mails = [stores.open().mail(AL) for _ in range(2)]
    box = (await inbox(mails[0])).id
    arrived = await asyncio.gather(*(append(mails[number % 2], box, new(str(number))) for number in range(40)))
    assert sorted(uid for one in arrived for uid in one.uids) == list(range(1, 41))
    assert len({one.at for one in arrived}) == 40
    texts = await texts_in(mails[1], box)
    assert all(texts[one.uids[0] - 1] == octets(str(number)) for number, one in enumerate(arrived))


async def test_accounts_have_nothing_in_common(stores: Stores) -> None:
    store = stores.open()
    one, other = store.mail(AL), store.mail(type(AL)(1007))
    await append(one, (await inbox(one)).id)
    assert await uids_in(other, (await inbox(other)).id) == []
    assert sorted(await store.accounts()) == [7, 1007]


async def test_a_change_of_flags_says_what_they_have_become(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await append(mail, box, *(new() for _ in range(9)))
    await act(mail, SetFlags(box, UidSet.of([1, 2, 5]), How.ADD, SEEN))
    await act(mail, SetFlags(box, UidSet.of([5]), How.ADD, Flags(keywords=frozenset({"$Forwarded"}))))
    result = await act(mail, SetFlags(box, UidSet.of(range(1, 8)), How.ADD, Flags(System.SEEN | System.FLAGGED)))
    assert isinstance(result, FlagsSet)
    assert result.changed == UidSet.of(range(1, 8))
    entries = await mail.emails.entries(box)
    said = {uid: marked for marked, uids in result.marks for uid in uids}
    assert said == dict(zip(entries.uids[:7], entries.marks[:7], strict=True))
    assert len(result.marks) == 2


async def test_an_action_of_ranges(mail: Mail) -> None:
    box = (await inbox(mail)).id
    await append(mail, box, *(new() for _ in range(20)))
    everything = UidSet.ranges_of([(1, 2**32 - 1)])
    result = await act(mail, SetFlags(box, everything, How.ADD, SEEN))
    uids = UidSet.of(range(1, 21))
    assert result == FlagsSet(box, uids, UidSet(), await mail.feed.at(), ((mark(System.SEEN, 0), uids),))
    await act(mail, Expunge(box, UidSet.ranges_of([(0, 3), (5, 5), (19, 99)]), Which.ALL))
    assert await uids_in(mail, box) == [4, *range(6, 19)]
