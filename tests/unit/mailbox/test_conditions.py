"""Conditions that ask about more than one message, or name messages, each by itself."""

from collections.abc import Iterator

import pytest

from gateway.mail.units import Seconds, Timestamp
from gateway.mailbox.measures import measures
from gateway.mailbox.search.conversation import HowMany, InConversation
from gateway.mailbox.search.elsewhere import OutsideOf
from gateway.mailbox.search.ids import At, EmailIn, ThreadIn
from gateway.mailbox.search.marks import ChangedSince
from gateway.mailbox.search.numbers import Dated, When
from gateway.mailbox.search.query import And, Not, Query
from gateway.mailbox.search.run import explained, search
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.thread.collapsing import collapsed
from gateway.store.actions import Copy, Expunge, SetFlags, Which
from gateway.store.flags import Flags, How, System
from gateway.store.model import EmailId, ThreadId
from gateway.store.uids import UidSet
from gateway.summary.model import Links
from tests.unit.mailbox.worlds import NOW, World, email, summary

FIRST, ANSWER, OTHER = 101, 102, 103


@pytest.fixture
def world() -> Iterator[World]:
    """UIDs 1 and 2 are a conversation, the answer is seen and has a keyword; 3 stands alone, and is seen."""
    made = World()
    made.append(
        email(about=summary(links=Links(FIRST, (), answers=False))),
        email(
            flags=Flags(System.SEEN, frozenset({"Work"})), about=summary(links=Links(ANSWER, (FIRST,), answers=True))
        ),
        email(flags=Flags(System.SEEN), about=summary(links=Links(OTHER, (), answers=False))),
    )
    yield made
    made.close()


def found(world: World, session: SessionView, query: Query) -> list[int]:
    async def run() -> list[int]:
        scope = world.scope(session)
        with session.pinned():
            return list(await (await search(scope, query, Seconds(60))).uids())

    return world.run(run())


@pytest.mark.parametrize(
    ("how_many", "mark", "uids"),
    [
        (HowMany.ALL, System.SEEN, [3]),
        (HowMany.SOME, System.SEEN, [1, 2, 3]),
        (HowMany.SOME, "work", [1, 2]),
        (HowMany.ALL, "work", []),
        (HowMany.SOME, "home", []),
    ],
)
def test_conversations(world: World, how_many: HowMany, mark: System | str, uids: list[int]) -> None:
    assert found(world, world.open(), InConversation(how_many, mark)) == uids


def test_threads_and_messages_by_name(world: World) -> None:
    session = world.open()
    threads = list(world.run(measures(world.mail, session.view)).threads)
    assert threads[0] == threads[1] != threads[2]
    assert found(world, session, ThreadIn(frozenset({ThreadId(threads[0])}))) == [1, 2]
    assert found(world, session, EmailIn(frozenset({EmailId(session.view.emails[2])}))) == [3]
    assert list(collapsed([2, 1, 0], threads)) == [2, 1]


def test_sequence_numbers_are_those_of_the_session(world: World) -> None:
    session = world.open()
    world.do(Expunge(world.inbox, UidSet.of([1]), Which.ALL))
    world.refresh()
    assert found(world, session, At(session.numbered([(2, 3)]))) == [2, 3]
    assert found(world, session, At(session.numbered([(1, 1)]))) == []
    session.tell(expunges=True)
    assert found(world, session, At(session.numbered([(2, 9)]))) == [3]


def test_what_changed_since(world: World) -> None:
    (result,) = world.do(SetFlags(world.inbox, UidSet.of([3]), How.ADD, Flags(System.FLAGGED)))
    session = world.open()
    assert found(world, session, ChangedSince(result.at)) == [3]


def test_other_mailboxes(world: World) -> None:
    archive = world.run(world.mail.mailboxes.find("Archive")).id
    world.do(Copy(world.inbox, UidSet.of([2]), archive))
    session = world.open()
    assert found(world, session, OutsideOf(frozenset({world.inbox}))) == [2]
    assert found(world, session, OutsideOf(frozenset({archive}))) == [1, 2, 3]
    assert found(world, session, OutsideOf(frozenset({archive, world.inbox}))) == []


def test_the_date_of_saving(world: World) -> None:
    world.now = Timestamp(NOW + 60)
    world.append(email(received=NOW - 1000))
    session = world.open()
    assert found(world, session, Dated(When.SAVED, since=Timestamp(NOW + 1))) == [4]
    assert found(world, session, Dated(When.RECEIVED, before=NOW)) == [4]


def test_what_a_search_did_is_told_in_its_order(world: World) -> None:
    session = world.open()

    async def steps() -> str:
        scope = world.scope(session)
        query = And((InConversation(HowMany.ALL, System.SEEN), Not(ThreadIn(frozenset())), At(((0, 2),))))
        with session.pinned():
            return explained((await search(scope, query, Seconds(60))).steps)

    assert world.run(steps()) == ("2 numbers: 2 of 3; of 0 threads: 0 of 2; all of the conversation seen: 0 of 2")
