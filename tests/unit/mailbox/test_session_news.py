"""What a session is told where it made some of the changes itself, and what is withheld from it."""

from collections.abc import Iterator

import pytest

from gateway.mail.units import OctetCount
from gateway.mailbox.session_view import MANY_EVENTS, SessionView
from gateway.mailbox.tuning import Tuning
from gateway.store.actions import Expunge, FlagsSet, SetFlags, Which
from gateway.store.flags import Flags, How, System
from gateway.store.model import ModSeq
from gateway.store.uids import UidSet
from tests.unit.mailbox.worlds import World, email


@pytest.fixture
def world() -> Iterator[World]:
    made = World(Tuning(OctetCount(0), one_by_one=4))
    yield made
    made.close()


def store(world: World, low: int, high: int, system: System, how: How = How.ADD) -> ModSeq:
    (result,) = world.do(SetFlags(world.inbox, UidSet(((low, high),)), how, Flags(system)))
    assert isinstance(result, FlagsSet)
    return result.at


def told(world: World, session: SessionView) -> list[int]:
    world.refresh()
    news = session.tell(expunges=False)
    return [session.view.uids[at] for low, high in news.flags for at in range(low, high)]


def withheld(session: SessionView) -> ModSeq | None:
    return session.withheld


def test_its_own_change_is_not_told_nor_joined_with_others(world: World) -> None:
    world.append(*(email() for _ in range(3)))
    session = world.open()
    for change in range(MANY_EVENTS // 2):
        store(world, 1, 1, System.SEEN, How.REMOVE if change % 2 else How.ADD)
    session.own(store(world, 2, 2, System.FLAGGED))
    for change in range(MANY_EVENTS):
        store(world, 3, 3, System.SEEN, How.REMOVE if change % 2 else How.ADD)
    assert told(world, session) == [1, 3]
    session.close()


def test_a_large_change_of_its_own_is_not_told(world: World) -> None:
    world.append(*(email() for _ in range(9)))
    session = world.open()
    session.own(store(world, 1, 9, System.FLAGGED))
    assert told(world, session) == []
    session.close()


def test_where_others_changed_some_as_well_all_is_told(world: World) -> None:
    world.append(*(email() for _ in range(9)))
    session = world.open()
    store(world, 7, 7, System.ANSWERED)
    session.own(store(world, 1, 9, System.FLAGGED))
    assert 7 in told(world, session)
    session.close()


def test_what_is_withheld_has_a_moment(world: World) -> None:
    world.append(*(email() for _ in range(3)))
    session = world.open()
    assert withheld(session) is None
    before = session.view.highest
    world.do(Expunge(world.inbox, UidSet(((1, 1),)), Which.ALL))
    store(world, 2, 2, System.SEEN)
    assert told(world, session) == [2]
    assert withheld(session) == before + 1
    session.tell(expunges=True)
    assert withheld(session) is None
    session.close()


def test_the_marks_in_use_are_known_without_looking_at_all_messages(world: World) -> None:
    world.append(email(flags=Flags(System.SEEN)), email())
    session = world.open()
    assert session.view.used == {int(System.SEEN), 0}
    store(world, 1, 1, System.FLAGGED)
    world.append(email(flags=Flags(System.DRAFT)))
    world.refresh()
    assert session.view.used >= {int(System.SEEN | System.FLAGGED), int(System.DRAFT)}
    store(world, 1, 3, System.ANSWERED)
    world.append(*(email() for _ in range(9)))
    store(world, 1, 12, System.DELETED)
    world.refresh()
    assert set(session.view.marks) <= session.view.used
    session.close()
