"""Several sessions on one account, in two processes, against a model. After each step everybody sees the same: what
the model says, by reading and by following the feed; at the end what is stored is sound."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from gateway.mail.units import Timestamp
from gateway.store.actions import Append, Arrived, Copy, Expunge, Expunged, FlagsSet, Move, SetFlags, Which
from gateway.store.config import MailboxConfig, SpecialNames
from gateway.store.errors import NotPossible, Resource
from gateway.store.flags import Flags, How, System
from gateway.store.model import MailboxId, ModSeq
from gateway.store.protocol.store import Mail
from gateway.store.uids import UidSet
from tests.contract.store_follower import Follower
from tests.contract.store_support import AL, ENGINES, NOW, Stores, act, append, flags_in, new, octets, texts_in
from tests.property.store_model import Model, Refused, Wanted

T = TypeVar("T")

FEW = MailboxConfig(names=SpecialNames("", "", "", "", "Trash"))

LEVELS = st.sampled_from(["a", "b", "INBOX", "É", "Trash"])
NAMES = st.lists(LEVELS, min_size=1, max_size=3).map("/".join)
FLAGS = st.builds(
    Flags,
    st.sampled_from([System(0), System.SEEN, System.DELETED, System.FLAGGED | System.SEEN]),
    st.frozensets(st.sampled_from(["$a", "$b"]), max_size=2),
)
UIDS = st.sets(st.integers(1, 8), min_size=1, max_size=6) | st.just(set(range(1, 30)))
WHO = st.integers(0, 2)
BOXES = st.integers(0, 2)
ANY = st.integers(0, 20)
WANTED = st.builds(Wanted, UIDS, st.sampled_from(How), FLAGS, st.integers(0, 4))
TEXTS = st.lists(st.sampled_from(["one", "two", "drei"]), min_size=1, max_size=3)


class StoreMachine(RuleBasedStateMachine):
    """Sessions 0 and 1 share a process; 2 has one of its own."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.stores = Stores(
            ENGINES["embedded"], self.folder, MailboxConfig(names=SpecialNames("", "", "", "", "Trash"))
        )
        self.model = Model()
        self.model.begin()
        self.moments = [ModSeq(0)]
        self.keys: dict[MailboxId, int] = {}
        self.run(self._open())

    async def _open(self) -> None:
        one, other = self.stores.open(), self.stores.open()
        self.mails = [one.mail(AL), one.mail(AL), other.mail(AL)]
        self.followers = [Follower(mail, limit) for mail, limit in zip(self.mails, (1, 3, 1000), strict=True)]

    def run(self, doing: Awaitable[T]) -> T:
        async def done() -> T:
            return await doing

        return self.runner.run(done())

    @override
    def teardown(self) -> None:
        try:
            if hasattr(self, "stores"):
                assert self.run(self.stores.faults()) == []
        finally:
            if hasattr(self, "runner"):
                self.runner.close()
                shutil.rmtree(self.folder)

    def name(self, choice: int) -> str:
        """One of the mailboxes, the fullest first: much happens to few."""
        boxes = sorted((-len(box.messages), name) for name, box in self.model.boxes.items() if box.selectable)
        return boxes[choice % len(boxes)][1]

    def any_name(self, choice: int) -> str:
        """Also what is only a name."""
        names = sorted(self.model.boxes)
        return names[choice % len(names)]

    async def id_of(self, mail: Mail, name: str) -> MailboxId:
        [found] = [each.id for each in await mail.mailboxes.all() if each.name == name]
        return found

    def step(self) -> None:
        self.model.step += 1

    @rule(who=WHO, box=BOXES, texts=TEXTS, flags=FLAGS)
    def append(self, who: int, box: int, texts: list[str], flags: Flags) -> None:
        self.step()
        self.run(self._append(self.mails[who], self.name(box), texts, flags))

    async def _append(self, mail: Mail, name: str, texts: list[str], flags: Flags) -> None:
        mailbox = await self.id_of(mail, name)
        try:
            expected = self.model.append(name, texts, flags)
        except Refused:
            await self._refused(append(mail, mailbox, *(new(text, flags) for text in texts)))
        else:
            arrived = await act(mail, Append(mailbox, tuple(new(text, flags) for text in texts)))
            assert isinstance(arrived, Arrived)
            assert list(arrived.uids) == expected

    async def _refused(self, doing: Awaitable[object]) -> None:
        try:
            await doing
        except NotPossible:
            return
        raise AssertionError("the store does what the model refuses")

    @rule(who=WHO, box=BOXES, to=BOXES, uids=UIDS)
    def copy(self, who: int, box: int, to: int, uids: set[int]) -> None:
        self.step()
        self.run(self._copy(self.mails[who], self.name(box), self.name(to), uids))

    async def _copy(self, mail: Mail, name: str, to: str, uids: set[int]) -> None:
        action = Copy(await self.id_of(mail, name), UidSet.of(uids), await self.id_of(mail, to))
        try:
            expected = self.model.copy(name, uids, to)
        except Refused:
            await self._refused(act(mail, action))
        else:
            arrived = await act(mail, action)
            assert isinstance(arrived, Arrived)
            assert list(arrived.uids) == expected

    @rule(who=WHO, box=BOXES, to=BOXES, uids=UIDS)
    def move(self, who: int, box: int, to: int, uids: set[int]) -> None:
        self.step()
        self.run(self._move(self.mails[who], self.name(box), self.name(to), uids))

    async def _move(self, mail: Mail, name: str, to: str, uids: set[int]) -> None:
        action = Move(await self.id_of(mail, name), UidSet.of(uids), await self.id_of(mail, to))
        arrived = await act(mail, action)
        assert isinstance(arrived, Arrived)
        assert list(arrived.uids) == self.model.move(name, uids, to)

    @rule(who=WHO, box=BOXES, wanted=WANTED)
    def set_flags(self, who: int, box: int, wanted: Wanted) -> None:
        self.step()
        self.run(self._set_flags(self.mails[who], self.name(box), wanted))

    async def _set_flags(self, mail: Mail, name: str, wanted: Wanted) -> None:
        since = self.model.since(wanted)
        moment = None if since is None else self.moments[since]
        uids = UidSet.of(wanted.uids)
        result = await act(mail, SetFlags(await self.id_of(mail, name), uids, wanted.how, wanted.flags, moment))
        assert isinstance(result, FlagsSet)
        assert (set(result.changed), set(result.failed)) == self.model.set_flags(name, wanted)

    @rule(who=WHO, box=BOXES, uids=st.none() | UIDS, which=st.sampled_from(Which))
    def expunge(self, who: int, box: int, uids: set[int] | None, which: Which) -> None:
        self.step()
        self.run(self._expunge(self.mails[who], self.name(box), uids, which))

    async def _expunge(self, mail: Mail, name: str, uids: set[int] | None, which: Which) -> None:
        mailbox = await self.id_of(mail, name)
        result = await act(mail, Expunge(mailbox, None if uids is None else UidSet.of(uids), which))
        assert isinstance(result, Expunged)
        assert set(result.uids) == self.model.expunge(name, uids, marked=which is Which.MARKED)

    @rule(who=WHO, name=NAMES)
    def create(self, who: int, name: str) -> None:
        self.step()
        mailboxes = self.mails[who].mailboxes
        try:
            self.model.create(name)
        except Refused:
            self.run(self._refused(mailboxes.create(name)))
        else:
            made = self.run(mailboxes.create(name))
            assert (made.name, made.uidnext) == (name, 1)

    @rule(who=WHO, box=ANY, name=NAMES)
    def rename(self, who: int, box: int, name: str) -> None:
        self.step()
        mail, old = self.mails[who], self.any_name(box)
        mailbox = self.run(self.id_of(mail, old))
        try:
            self.model.rename(old, name)
        except Refused:
            self.run(self._refused(mail.mailboxes.rename(mailbox, name)))
        else:
            assert self.run(mail.mailboxes.rename(mailbox, name)).name == name

    @rule(who=WHO, box=ANY)
    def delete(self, who: int, box: int) -> None:
        self.step()
        mail, name = self.mails[who], self.any_name(box)
        mailbox = self.run(self.id_of(mail, name))
        try:
            self.model.delete(name)
        except Refused:
            self.run(self._refused(mail.mailboxes.delete(mailbox)))
        else:
            self.run(mail.mailboxes.delete(mailbox))

    @rule(who=WHO, name=NAMES, on=st.booleans())
    def subscribe(self, who: int, name: str, on: bool) -> None:
        self.step()
        mailboxes = self.mails[who].mailboxes
        self.run(mailboxes.subscribe(name) if on else mailboxes.unsubscribe(name))
        (self.model.subscriptions.add if on else self.model.subscriptions.discard)(name)

    @rule(who=WHO, limit=st.none() | st.integers(0, 12))
    def limit(self, who: int, limit: int | None) -> None:
        self.step()
        self.run(self.mails[who].quotas.set_limit(Resource.MESSAGES, limit))
        self.model.limit = limit

    @rule(later=st.floats(-1e6, 1e6))
    def time_passes(self, later: float) -> None:
        self.stores.clock.now = Timestamp(NOW + later)

    @precondition(lambda self: len(self.moments) > 3)
    @rule()
    def everybody_leaves_and_comes_back(self) -> None:
        self.run(self.stores.close())
        self.run(self._open())

    @invariant()
    def everybody_sees_the_same(self) -> None:
        if hasattr(self, "mails"):
            self.run(self._compare())

    async def _compare(self) -> None:
        for mail in (self.mails[0], self.mails[2]):
            await self._compare_with(mail)
        for follower in self.followers:
            await follower.follow()
        while len(self.moments) <= self.model.step:
            self.moments.append(await self.mails[0].feed.at())

    async def _compare_with(self, mail: Mail) -> None:
        found = {each.name: each for each in await mail.mailboxes.all()}
        assert {name: each.selectable for name, each in found.items()} == {
            name: box.selectable for name, box in self.model.boxes.items()
        }
        assert set(await mail.mailboxes.subscriptions()) == self.model.subscriptions
        for name, box in self.model.boxes.items():
            one = found[name]
            assert one.subscribed == (name in self.model.subscriptions)
            assert self.keys.setdefault(one.id, box.key) == box.key
            if box.selectable:
                await self._compare_messages(mail, name)
        usage = await mail.quotas.usage()
        assert (usage[Resource.MESSAGES].used, usage[Resource.MESSAGES].limit) == (
            self.model.messages(),
            self.model.limit,
        )

    async def _compare_messages(self, mail: Mail, name: str) -> None:
        box, one = self.model.boxes[name], await mail.mailboxes.find(name)
        messages = dict(sorted(box.messages.items()))
        assert await flags_in(mail, one.id) == {uid: each.flags for uid, each in messages.items()}
        assert await texts_in(mail, one.id) == [octets(each.text) for each in messages.values()]
        flags = [each.flags.system for each in messages.values()]
        assert (one.messages, one.unseen, one.deleted, one.size, one.uidnext) == (
            len(messages),
            sum(not each & System.SEEN for each in flags),
            sum(bool(each & System.DELETED) for each in flags),
            sum(len(octets(each.text)) for each in messages.values()),
            box.uidnext,
        )


TestStoreModel = StoreMachine.TestCase
TestStoreModel.settings = settings(
    max_examples=12,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
