"""Views of open mailboxes: shared, let go, followed; what a session is told."""

import asyncio
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.octets import MemoryOctets
from gateway.mail.units import OctetCount, Seconds, Timestamp
from gateway.mailbox.changes import Since, changed_since
from gateway.mailbox.holes import Holes
from gateway.mailbox.measures import measures
from gateway.mailbox.reading import SummaryReading
from gateway.mailbox.search.days import before, on, since
from gateway.mailbox.search.errors import SearchTookTooLong
from gateway.mailbox.search.marks import Flagged
from gateway.mailbox.search.numbers import Dated, When
from gateway.mailbox.search.query import And, Everything, Not, Query
from gateway.mailbox.search.run import explained, search
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.search.text import Text
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.thread.forest import DUMMY, Forest
from gateway.mailbox.thread.link_column import link_column
from gateway.mailbox.thread.run import Algorithm, threads
from gateway.mailbox.tuning import Tuning
from gateway.store.actions import Append, Expunge, SetFlags, Which
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import open_store
from gateway.store.errors import NoSuchMailbox
from gateway.store.flags import Flags, How, System
from gateway.store.model import ModSeq, NewEmail
from gateway.store.protocol.search import Closeness, Field, Wanted
from gateway.store.uids import UidSet
from gateway.summary.model import Links, SortKeys
from gateway.summary.work import summarize
from tests.unit.mailbox.worlds import World, email, summary


@pytest.fixture
def world():
    made = World(Tuning(idle_octets=OctetCount(0)))
    yield made
    made.close()


@given(st.sets(st.integers(0, 60)), st.integers(0, 60), st.integers(0, 60))
def test_holes_are_not_counted(holes: set[int], start: int, stop: int) -> None:
    made = Holes((at, at + 1) for at in holes)
    counted = [at for at in range(70) if at not in holes]
    assert [made.number(at) for at in counted] == list(range(len(counted)))
    assert [made.position(number) for number in range(len(counted))] == counted
    assert all(made.number(at) is None for at in holes)
    assert made.before(stop) == sum(at < stop for at in holes)
    assert {at for low, high in made.within(start, stop) for at in range(low, high)} == holes & set(range(start, stop))
    left = {at for low, high in made.without([(start, stop)]) for at in range(low, high)}
    assert left == set(range(start, stop)) - holes


@pytest.mark.parametrize("gone", [(), (1, 2), (30,), (5, 6, 17), range(1, 31, 2), range(1, 31)])
@pytest.mark.parametrize("asked", [(), (4,), (18, 20), (1, 4, 29), range(1, 31)])
def test_numbers_of_many_positions_are_those_of_each(world, gone, asked) -> None:
    world.append(*(email() for _ in range(30)))
    session = world.open()
    world.do(Expunge(world.inbox, UidSet.of(gone), Which.ALL))
    world.refresh()
    session.tell(expunges=True)
    positions = [uid - 1 for uid in asked if uid not in gone]
    assert session.numbers_at(positions) == [session.number_at(at) for at in positions]
    session.close()


def test_sessions_share_a_view_and_the_last_lets_it_go(world) -> None:
    world.append(email(), email())
    one, other = world.open(), world.open()
    assert one.view is other.view
    assert world.views.weight > 0
    one.close()
    assert world.views.weight > 0
    other.close()
    assert world.views.weight == 0


def test_an_idle_view_is_brought_up_to_date() -> None:
    world = World()
    world.append(email())
    first = world.open()
    first.close()
    world.append(email())
    again = world.open()
    assert again.view is first.view
    assert again.exists == 2
    again.close()
    world.close()


def test_a_hint_wakes_a_session(world) -> None:
    session = world.open()
    woken = asyncio.Event()
    session.heard = woken.set

    async def deliver() -> None:
        await world.mail.emails.carry_out([Append(world.inbox, (email(),))], world.now)
        await asyncio.wait_for(woken.wait(), 10)

    world.run(deliver())
    assert session.tell(expunges=True).exists == 1
    session.close()


def test_a_session_is_not_told_what_it_did_itself(world) -> None:
    uids = UidSet.of(world.append(email(), email()).uids)
    mine, other = world.open(), world.open()
    (result,) = world.do(SetFlags(world.inbox, uids, How.ADD, Flags(System.FLAGGED)))
    mine.own(result.at)
    world.run(world.views.reach(world.account, result.at))
    assert not mine.tell(expunges=True)
    assert other.tell(expunges=True).flags == ((0, 2),)
    mine.close()
    other.close()


def test_what_the_worker_did_to_flags_itself_is_shown_without_reading(world) -> None:
    arrived = world.append(*(email() for _ in range(9)))
    world.do(SetFlags(world.inbox, UidSet.of(arrived.uids[2:5]), How.ADD, Flags(System.SEEN)))
    session, other = world.open(), world.open()

    async def mark() -> None:
        action = SetFlags(world.inbox, UidSet.of(arrived.uids[:7]), How.ADD, Flags(System.FLAGGED))
        (done,) = await world.mail.emails.carry_out([action], world.now)
        session.own(done.at)
        with pytest.raises(StopIteration):
            world.views.show(world.account, done).send(None)

    world.run(mark())
    entries = world.run(world.mail.emails.entries(world.inbox))
    view = session.view
    assert (view.marks, view.modseqs, view.at) == (entries.marks, entries.modseqs, entries.at)
    assert set(entries.marks) <= view.used
    assert view.highest == entries.mailbox.highestmodseq
    assert not session.tell(expunges=True)
    assert other.tell(expunges=True).flags == ((0, 7),)
    session.close()
    other.close()


def test_where_others_were_first_what_the_worker_did_is_read(world) -> None:
    uids = UidSet.of(world.append(email(), email(), email()).uids)
    session = world.open()
    elsewhere = open_store(world.folder, MailboxConfig(), lambda: world.now, HostHints(world.folder))

    async def mark() -> None:
        flagged = SetFlags(world.inbox, UidSet.of([1, 2]), How.ADD, Flags(System.FLAGGED))
        await elsewhere.mail(world.account).emails.carry_out([flagged], world.now)
        seen = SetFlags(world.inbox, uids, How.ADD, Flags(System.SEEN))
        (done,) = await world.mail.emails.carry_out([seen], world.now)
        session.own(done.at)
        await world.views.show(world.account, done)
        await elsewhere.close()

    world.run(mark())
    entries = world.run(world.mail.emails.entries(world.inbox))
    view = session.view
    assert (view.marks, view.modseqs, view.at) == (entries.marks, entries.modseqs, entries.at)
    assert session.tell(expunges=True).flags == ((0, 2),)
    session.close()


def test_a_mailbox_that_is_deleted_ends(world) -> None:
    box = world.run(world.mail.mailboxes.create("Work"))
    world.append(email(), mailbox=box.id)
    session = world.open(box.id)
    world.run(world.mail.mailboxes.delete(box.id))
    world.refresh()
    assert session.ended
    assert session.exists == 1
    with pytest.raises(NoSuchMailbox):
        world.open(box.id)
    session.close()
    assert world.views.weight == 0


def _since(world: World, session: SessionView, moment: int, known: UidSet | None = None) -> Since:
    return world.run(changed_since(world.mail, session, ModSeq(moment), known))


def test_what_changed_since_a_moment(world) -> None:
    world.append(*(email() for _ in range(6)))
    session = world.open()
    then = session.view.at
    world.do(SetFlags(world.inbox, UidSet.of([2]), How.ADD, Flags(System.SEEN)))
    world.do(Expunge(world.inbox, UidSet.of([4, 5]), Which.ALL))
    world.append(email())
    world.refresh()
    assert _since(world, session, then).vanished == UidSet()
    session.tell(expunges=True)
    found = _since(world, session, then)
    assert found.vanished == UidSet.of([4, 5])
    assert [session.view.uids[at] for low, high in found.changed for at in range(low, high)] == [2, 7]
    assert _since(world, session, then, UidSet.of([1, 5])).vanished == UidSet.of([5])
    session.close()


def test_where_history_is_lost_all_that_is_not_there_has_vanished(world) -> None:
    world.append(*(email() for _ in range(6)))
    world.do(Expunge(world.inbox, UidSet.of([4, 6]), Which.ALL))
    world.now += 100 * 24 * 3600
    world.run(world.store.tidy(world.now))
    session = world.open()
    assert _since(world, session, 1).vanished == UidSet.of([4, 6])
    assert _since(world, session, 1, UidSet.of([2, 4])).vanished == UidSet.of([4])
    session.close()


def test_a_search_says_what_it_did(world) -> None:
    world.append(email(), email(flags=Flags(System.SEEN)))
    session = world.open()
    text = Text(Wanted("body", frozenset({Field.BODY})))
    result = world.run(search(world.scope(session), And((text, Not(Flagged(System.SEEN)))), Seconds(60)))
    assert explained(result.steps) == "\\Seen: 1 of 2; exact 'body' in body: 1 of 1, 1 of them read"
    session.close()


def test_a_search_that_takes_too_long_ends(world) -> None:
    world.append(*(email() for _ in range(200)))
    session = world.open()
    query = And((Not(Flagged(System.SEEN)), Text(Wanted("x", frozenset({Field.BODY})))))
    with pytest.raises(SearchTookTooLong, match=r"more than 0\.001 s: "):
        world.run(search(world.scope(session), query, Seconds(0.001)))
    assert len(world.run(search(world.scope(session), Everything(), Seconds(60)))) == 200
    session.close()


@pytest.mark.parametrize(
    ("text", "closeness", "found"),
    [
        ("STRASSE", Closeness.EXACT, []),
        ("straße 5", Closeness.EXACT, [1]),
        ("障害", Closeness.EXACT, [2]),
        ("strasse cafe", Closeness.FUZZY, [1]),
    ],
)
def test_text_that_is_not_indexed_is_read(world, text: str, closeness: Closeness, found: list[int]) -> None:
    head = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    world.append(email(f"{head}Café, Straße 5\r\n".encode()), email(f"{head}東京サーバの障害\r\n".encode()))
    session = world.open()
    scope = Scope(world.mail, session.view, session.upto, SummaryReading())

    async def run() -> list[int]:
        wanted = Wanted(text, frozenset({Field.BODY}), closeness)
        return list(await (await search(scope, Text(wanted), Seconds(60))).uids())

    assert world.run(run()) == found
    session.close()


def test_days_begin_where_the_user_is() -> None:
    day, offset = date(2026, 2, 1), Seconds(3600)
    midnight = Timestamp(1_769_904_000.0 - 3600)
    received = When.RECEIVED
    assert since(received, day, offset) == Dated(received, since=midnight)
    assert before(received, day, offset) == Dated(received, before=midnight)
    assert on(received, day, offset) == Dated(received, midnight, Timestamp(midnight + 86400))


def _refs(world: World, *mails: tuple[int, tuple[int, ...], float, float]) -> list[tuple[int, int]]:
    """UID (0: nobody) and depth of THREAD=REFS; of each mail Message-ID, References, Date and INTERNALDATE."""
    keys = SortKeys(b"SAME", b"", b"", b"", b"", b"")
    made = (
        email(received=received, about=summary(sent=sent, keys=keys, links=Links(own, references, answers=True)))
        for own, references, sent, received in mails
    )
    world.append(*made)
    session = world.open()

    async def run() -> Forest:
        scope = world.scope(session)
        return await threads(scope, await search(scope, Everything(), Seconds(60)), Algorithm.REFS)

    forest = world.run(run())
    uids = [0 if at == DUMMY else session.view.uids[at] for at in forest.positions]
    session.close()
    return list(zip(uids, forest.depths, strict=True))


def test_refs_ignores_subjects(world: World) -> None:
    """draft-ietf-morg-inthread 4: "THREAD=REFS ignores Subject"; it has no step 5."""
    assert _refs(world, (1, (), 1, 1), (2, (), 2, 2), (3, (1,), 3, 3)) == [(2, 0), (1, 0), (3, 1)]


def test_refs_sorts_threads_by_arrival_and_messages_by_sending(world: World) -> None:
    """Section 4: by the most recent INTERNALDATE in each thread; messages within a thread by sent date."""
    first = (1, (), 9, 1), (2, (1,), 8, 3), (3, (1,), 7, 4)
    other = (4, (), 1, 2), (5, (4,), 2, 5)
    assert _refs(world, *first, *other) == [(1, 0), (3, 1), (2, 1), (4, 0), (5, 1)]
    # "When a new message arrives, its thread becomes the latest thread."
    assert _refs(world, (6, (1,), 0, 6)) == [(4, 0), (5, 1), (1, 0), (6, 1), (3, 1), (2, 1)]


def test_refs_keeps_those_together_that_name_what_is_not_there(world: World) -> None:
    """Steps 2 and 3 of REFERENCES stay, with their dummies."""
    assert _refs(world, (1, (7,), 2, 2), (2, (), 0, 3), (3, (7,), 1, 1)) == [(0, 0), (3, 1), (1, 1), (2, 0)]


@pytest.mark.parametrize(
    ("date_field", "received", "day"),
    [
        ("Sun, 1 Feb 2026 23:59:59 -0800", 1_770_500_000.0, 1),
        ("Sun, 1 Feb 2026 00:00:00 +1400", 1_770_500_000.0, 1),
        ("Sun, 1 Feb 2026 12:00:00 +0000", 1_770_500_000.0, 1),
        ("Mon, 2 Feb 2026 00:00:00 -0100", 1_770_500_000.0, 2),
        ("no date", 1_769_904_000.0, 1),
        ("no date", 1_769_904_000.0 + 86_400, 2),
    ],
)
@pytest.mark.parametrize("others", [0, 70])
def test_sent_days_are_those_of_the_date_field(
    world: World, date_field: str, received: float, day: int, others: int
) -> None:
    """RFC 9051 6.4.4: disregarding time and timezone. Whether measured with the mailbox or by itself."""
    world.append(*(email(about=summary(sent=0.0)) for _ in range(others)))
    octets = MemoryOctets(f"Date: {date_field}\r\n\r\nx\r\n".encode())
    world.append(NewEmail(octets, Timestamp(received), summary=summarize(octets)))
    session = world.open()
    first, second, utc = date(2026, 2, 1), date(2026, 2, 2), Seconds(0)

    async def found(query: Query) -> bool:
        return others + 1 in await (await search(world.scope(session), query, Seconds(60))).uids()

    assert world.run(found(on(When.SENT, first, utc))) is (day == 1)
    assert world.run(found(on(When.SENT, second, utc))) is (day == 2)
    assert world.run(found(before(When.SENT, second, utc))) is (day == 1)
    assert world.run(found(since(When.SENT, second, utc))) is (day == 2)
    session.close()


def test_what_is_kept_beside_a_view_loses_what_was_expunged() -> None:
    """Columns mean the same positions as the view after its holes were taken out."""
    world = World(Tuning(holes=2, holes_in=1_000_000))
    abouts = [summary(sent=float(at), links=Links(at + 1, tuple(range(at)), answers=at % 2 > 0)) for at in range(9)]
    world.append(*(email(received=float(at), about=about) for at, about in enumerate(abouts)))
    session = world.open()

    async def columns() -> tuple[list[float], list[list[int]], bytes]:
        links, measured = await link_column(world.mail, session.view), await measures(world.mail, session.view)
        named = [list(links.references(at)) for at in range(len(links))]
        return list(measured.sent), named, bytes(links.answers)

    before = world.run(columns())
    assert before[0] == [float(at) for at in range(9)]
    world.do(Expunge(world.inbox, UidSet.of([1, 4, 5, 9]), Which.ALL))
    world.refresh()
    session.tell(expunges=True)
    world.append(email(received=50.0, about=summary(sent=50.0, links=Links(77, (5,), answers=True))))
    world.refresh()
    session.tell(expunges=True)
    assert len(session.view) == 6, "the holes were taken out"
    sent, named, answers = world.run(columns())
    assert sent == [1.0, 2.0, 5.0, 6.0, 7.0, 50.0]
    assert named == [[0], [0, 1], [0, 1, 2, 3, 4], list(range(6)), list(range(7)), [5]]
    assert answers == bytes([1, 0, 1, 0, 1, 1])
    session.close()
    world.close()
