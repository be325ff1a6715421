"""Several sessions on one mailbox, each told when it likes: against lists of what each has been told."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from gateway.mail.units import OctetCount, Timestamp
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.tuning import Tuning
from gateway.store.actions import Arrived, Copy, Expunge, Move, SetFlags, Which
from gateway.store.flags import Flags, How, Mark, System, system_of
from gateway.store.model import EmailId, Uid
from gateway.store.uids import UidSet
from tests.unit.mailbox.worlds import World, email

DAY = 24 * 3600.0
PICKS = st.integers(0, 2**40)
FLAGS = st.sampled_from([System.SEEN, System.DELETED, System.SEEN | System.FLAGGED])


@dataclass
class Client:
    """What a client believes, from what it was told."""

    session: SessionView
    known: list[int]
    flags: dict[int, System] = field(default_factory=dict)


class Sessions(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        # Everything that is otherwise done to large mailboxes alone is done to these.
        self.world = World(Tuning(OctetCount(0), one_by_one=4, holes=2, holes_in=1_000_000))
        self.there: dict[int, System] = {}
        self.emails: dict[int, EmailId] = {}
        self.clients: list[Client] = []

    @override
    def teardown(self) -> None:
        for client in self.clients:
            client.session.close()
        self.world.close()

    def picked(self, pick: int) -> UidSet:
        return UidSet.of(uid for number, uid in enumerate(sorted(self.there)) if pick >> number % 40 & 1)

    def look(self, client: Client, position: int) -> None:
        view = client.session.view
        client.flags[view.uids[position]] = system_of(Mark(view.marks[position]))

    @rule(number=st.integers(1, 6), system=FLAGS)
    def append(self, number: int, system: System) -> None:
        self.arrived(self.world.append(*(email(flags=Flags(system)) for _ in range(number))), [system] * number)

    def arrived(self, arrived: Arrived, flags: list[System]) -> None:
        self.emails.update(zip(arrived.uids, arrived.emails, strict=True))
        self.there.update(zip(arrived.uids, flags, strict=True))

    @rule(pick=PICKS)
    def copy(self, pick: int) -> None:
        uids = self.picked(pick)
        (copied,) = self.world.do(Copy(self.world.inbox, uids, self.world.inbox))
        assert isinstance(copied, Arrived)
        self.arrived(copied, [self.there[uid] for uid in copied.sources])

    @rule(pick=PICKS)
    def move_within(self, pick: int) -> None:
        archive = self.world.run(self.world.mail.mailboxes.find("Archive")).id
        uids = self.picked(pick)
        self.world.do(Move(self.world.inbox, uids, archive))
        for uid in uids:
            del self.there[uid]

    @rule(pick=PICKS, system=FLAGS, how=st.sampled_from(How))
    def store(self, pick: int, system: System, how: How) -> None:
        uids = self.picked(pick)
        self.world.do(SetFlags(self.world.inbox, uids, how, Flags(system)))
        for uid in uids:
            old = self.there[uid]
            self.there[uid] = {How.ADD: old | system, How.REMOVE: old & ~system, How.REPLACE: system}[how]

    @rule(pick=PICKS)
    def expunge(self, pick: int) -> None:
        uids = self.picked(pick)
        self.world.do(Expunge(self.world.inbox, uids, Which.ALL))
        for uid in uids:
            del self.there[uid]

    @rule()
    def refresh(self) -> None:
        self.world.refresh()

    @rule()
    def tidy(self) -> None:
        self.world.run(self.world.store.tidy(self.world.now))

    @rule()
    def history_is_forgotten(self) -> None:
        self.world.now = Timestamp(self.world.now + 100 * DAY)
        self.world.run(self.world.store.tidy(self.world.now))

    @precondition(lambda self: len(self.clients) < 4)
    @rule()
    def open(self) -> None:
        client = Client(self.world.open(), sorted(self.there))
        for number in range(1, client.session.exists + 1):
            position = client.session.position(number)
            assert position is not None
            self.look(client, position)
        assert client.flags == self.there
        self.clients.append(client)

    @precondition(lambda self: self.clients)
    @rule(which=st.integers(0, 3))
    def close(self, which: int) -> None:
        self.clients.pop(which % len(self.clients)).session.close()

    @precondition(lambda self: self.clients)
    @rule(which=st.integers(0, 3), expunges=st.booleans())
    def tell(self, which: int, *, expunges: bool) -> None:
        self.world.refresh()
        client = self.clients[which % len(self.clients)]
        session, before = client.session, client.known
        news = session.tell(expunges=expunges)
        gone = [uid for uid in before if uid not in self.there] if expunges else []
        assert list(news.vanished) == gone
        assert [before[at - 1] for low, high in news.numbers for at in range(low, high + 1)] == gone
        new = [uid for uid in sorted(self.there) if uid > max(before, default=0) and uid not in before]
        client.known = [uid for uid in before if uid not in gone] + new
        assert news.exists == len(client.known)
        changed = {session.view.uids[at] for low, high in news.flags for at in range(low, high)}
        assert changed <= set(before) - set(gone)
        for low, high in (*news.flags, news.arrived):
            for at in range(low, high):
                self.look(client, at)
        for uid in set(client.known) & set(self.there):
            assert client.flags[uid] == self.there[uid], uid
        if expunges:
            assert not session.waiting
        else:
            self.tidy()

    @invariant()
    def numbers_are_right(self) -> None:
        for client in self.clients:
            session = client.session
            assert session.exists == len(client.known)
            assert [session.uid(number + 1) for number in range(len(client.known))] == client.known
            assert [session.number(uid) for uid in client.known] == list(range(1, len(client.known) + 1))
            assert session.uid(0) is None
            assert session.uid(len(client.known) + 1) is None
            unknown = set(self.emails) - set(client.known)
            assert not any(session.number(uid) for uid in unknown)

    @invariant()
    def what_can_be_named_can_be_read(self) -> None:
        for client in self.clients:
            named = [self.emails[Uid(uid)] for uid in client.known]
            assert all(octets is not None for octets in self.world.run(self.world.mail.emails.octets(named)))


Sessions.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestSessions = Sessions.TestCase
