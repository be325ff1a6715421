"""Several sessions on one account, in two processes, against a model. After each step what can be read is what the
model says, and whoever follows the feed knows it too; at the end what is stored is sound.

The account has mail from the beginning, and rules that need a certain state choose a mailbox that is in it: much
happens in few steps.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from gateway.mail.units import Seconds, Timestamp
from gateway.store.actions import Action, Append, Arrived, Copy, Expunge, Expunged, FlagsSet, Move, SetFlags, Which
from gateway.store.config import ExpireConfig, MailboxConfig, SpecialNames
from gateway.store.errors import NotPossible, Resource, StateChanged
from gateway.store.flags import Flags, How, System
from gateway.store.model import MailboxId
from gateway.store.protocol.feed import HistoryLost
from gateway.store.protocol.sharing import Identifier
from gateway.store.protocol.store import Hold, Mail
from gateway.store.uids import UidSet
from tests.contract.store_follower import Follower
from tests.contract.store_support import AL, ENGINES, Stores
from tests.property.store_comparison import TEXTS, Comparison, new
from tests.property.store_model import EXPIRE, INBOX, TRASH, Box, Model, Refused, Wanted

T = TypeVar("T")

CONFIG = MailboxConfig(
    names=SpecialNames("", "", "", "", TRASH), expire=ExpireConfig(trash=Seconds(EXPIRE)), history=Seconds(50_000)
)
START = Timestamp(1_700_000_000.0)
"""Long ago: files that nothing names are younger, and are not swept before they are found."""
LIMITS = (1, 3, 1000)
"""Lines of the feed that each session takes at once."""

LEVELS = st.sampled_from(["a", "b", INBOX, "É", TRASH])
NAMES = st.lists(LEVELS, min_size=1, max_size=3).map("/".join)
FLAGS = st.builds(
    Flags,
    st.sampled_from([System(0), System.SEEN, System.DELETED, System.FLAGGED | System.SEEN]),
    st.frozensets(st.sampled_from(["$a", "$b"]), max_size=2),
)
UIDS = st.sets(st.integers(1, 8), min_size=1, max_size=6) | st.just(set(range(1, 30)))
WHO = st.integers(0, 2)
BOXES = st.integers(0, 3)
ANY = st.integers(0, 20)
WANTED = st.builds(Wanted, UIDS, st.sampled_from(How), FLAGS, st.integers(0, 4))
SOME = st.lists(st.sampled_from(sorted(TEXTS)), min_size=1, max_size=3)
LATER = st.sampled_from([1.0, EXPIRE / 2, EXPIRE * 2, 60_000.0, 700_000.0, -EXPIRE, -1e6])


class StoreMachine(RuleBasedStateMachine):
    """Sessions 0 and 1 share a process; 2 has one of its own."""

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.stores = Stores(ENGINES["embedded"], self.folder, CONFIG)
        self.model = Model(START)
        self.model.begin()
        self.comparison = Comparison(self.model)
        self.holds: list[tuple[Hold, list[int]]] = []
        self.agreed = False
        self.run(self._open())
        self._furnish()

    async def _open(self) -> None:
        self.processes = [self.stores.open(), self.stores.open()]
        one, other = self.processes
        self.mails = [one.mail(AL), one.mail(AL), other.mail(AL)]
        self.followers = [await Follower.begin(mail, limit) for mail, limit in zip(self.mails, LIMITS, strict=True)]

    def _furnish(self) -> None:
        """A tree with what is only a name, and mail of all kinds. Each session follows some of the steps."""
        for name in ("a/b", "name/below"):
            self.create(0, name)
            self.everybody_sees_the_same()
        self._delete(0, "name")
        self.everybody_sees_the_same()
        self.set_attributes(0, 0, "lr", b"x")
        self.everybody_sees_the_same()
        for name, texts, flags in (
            (INBOX, ["one", "other"], Flags(keywords=frozenset({"$a", "$b"}))),
            (INBOX, ["answer", "large"], Flags(System.SEEN | System.DELETED)),
            ("a", ["one"], Flags(System.DELETED, frozenset({"$b"}))),
            ("a/b", ["large"], Flags()),
            (TRASH, ["other"], Flags(System.SEEN | System.DELETED)),
        ):
            self.step()
            self.run(self._append(self.mails[0], name, texts, flags))
            self.everybody_sees_the_same()

    def run(self, doing: Awaitable[T]) -> T:
        async def done() -> T:
            return await doing

        return self.runner.run(done())

    @override
    def teardown(self) -> None:
        if not hasattr(self, "runner"):
            return
        try:
            if self.agreed:
                self.run(self._all_agree())
                assert self.run(self.stores.faults()) == []
        finally:
            self.run(self.stores.close())
            self.runner.close()
            shutil.rmtree(self.folder)

    def name(self, choice: int, fits: Callable[[str, Box], object] = lambda _name, _box: True) -> str:
        """One of the mailboxes, the fullest first: much happens to few."""
        boxes = self.model.boxes.items()
        names = sorted((-len(box.messages), name) for name, box in boxes if box.selectable and fits(name, box))
        return names[choice % len(names)][1]

    def any_name(self, choice: int) -> str:
        """Also what is only a name."""
        names = sorted(self.model.boxes)
        return names[choice % len(names)]

    async def id_of(self, mail: Mail, name: str) -> MailboxId:
        [found] = [each.id for each in await mail.mailboxes.all() if each.name == name]
        return found

    def step(self) -> None:
        """A second has passed since the last one."""
        self.agreed = False
        self.model.step += 1
        self.model.now += 1
        self.stores.clock.now = Timestamp(self.model.now)

    async def _act(self, mail: Mail, *actions: Action) -> object:
        results = await mail.emails.carry_out(actions, Timestamp(self.model.now))
        return results[-1]

    async def _agrees(self, expected: Callable[[], list[int]], mail: Mail, action: Action) -> Arrived | None:
        """The UIDs are those of the model, or both refuse."""
        try:
            uids = expected()
        except Refused:
            await self._refused(self._act(mail, action))
            return None
        arrived = await self._act(mail, action)
        assert isinstance(arrived, Arrived)
        assert list(arrived.uids) == uids
        return arrived

    async def _refused(self, doing: Awaitable[object]) -> None:
        try:
            await doing
        except NotPossible:
            return
        raise AssertionError("the store does what the model refuses")

    @rule(who=WHO, box=BOXES, texts=SOME, flags=FLAGS)
    def append(self, who: int, box: int, texts: list[str], flags: Flags) -> None:
        self.step()
        self.run(self._append(self.mails[who], self.name(box), texts, flags))

    @rule(who=WHO, box=BOXES, text=st.sampled_from(sorted(TEXTS)), token=st.sampled_from(["t1", "t2"]))
    def deliver(self, who: int, box: int, text: str, token: str) -> None:
        """At least twice, wherever the filter of the time would put it."""
        self.step()
        before = self.model.deliveries.get(token)
        arrived = self.run(self._append(self.mails[who], self.name(box), [text], Flags(), token))
        if arrived is not None and before is not None:
            assert self.comparison.boxes.get(arrived.mailbox) == before.box

    async def _append(self, mail: Mail, name: str, texts: list[str], flags: Flags, token: str = "") -> Arrived | None:
        emails = tuple(new(text, flags, self.model.now) for text in texts)
        action = Append(await self.id_of(mail, name), emails, token)
        return await self._agrees(lambda: self.model.append(name, texts, flags, token), mail, action)

    @rule(who=WHO, box=BOXES, to=BOXES, uids=UIDS)
    def copy(self, who: int, box: int, to: int, uids: set[int]) -> None:
        self.step()
        self.run(self._transfer(Copy, self.mails[who], (self.name(box), self.name(to)), uids))

    @rule(who=WHO, box=BOXES, to=BOXES, uids=UIDS)
    def move(self, who: int, box: int, to: int, uids: set[int]) -> None:
        self.step()
        self.run(self._transfer(Move, self.mails[who], (self.name(box), self.name(to)), uids))

    async def _transfer(self, kind: type[Copy] | type[Move], mail: Mail, ends: tuple[str, str], uids: set[int]) -> None:
        name, to = ends
        action = kind(await self.id_of(mail, name), UidSet.of(uids), await self.id_of(mail, to))
        doing = self.model.copy if kind is Copy else self.model.move
        there = uids & set(self.model.boxes[name].messages)
        arrived = await self._agrees(lambda: doing(name, uids, to), mail, action)
        assert arrived is None or list(arrived.sources) == sorted(there)

    @rule(who=WHO, box=BOXES, wanted=WANTED)
    def set_flags(self, who: int, box: int, wanted: Wanted) -> None:
        self.step()
        self.run(self._set_flags(self.mails[who], self.name(box), wanted))

    async def _set_flags(self, mail: Mail, name: str, wanted: Wanted) -> None:
        since = self.model.since(wanted)
        moment = None if since is None else self.comparison.states[since]
        uids = UidSet.of(wanted.uids)
        result = await self._act(mail, SetFlags(await self.id_of(mail, name), uids, wanted.how, wanted.flags, moment))
        assert isinstance(result, FlagsSet)
        assert (set(result.changed), set(result.failed)) == self.model.set_flags(name, wanted)

    @rule(who=WHO, box=BOXES, uids=UIDS, keyword=st.sampled_from(["$a", "$b"]), how=st.sampled_from(How))
    def set_keyword(self, who: int, box: int, uids: set[int], keyword: str, how: How) -> None:
        """One of two: what becomes of the other shows whether sets are mixed up."""
        self.set_flags(who, box, Wanted(uids, how, Flags(keywords=frozenset({keyword})), 0))

    @precondition(lambda self: any(map(_deleted, self.model.boxes.values())))
    @rule(who=WHO, choice=BOXES, how=st.sampled_from([How.REMOVE, How.REPLACE]))
    def undelete(self, who: int, choice: int, how: How) -> None:
        name = self.name(choice, lambda _, box: _deleted(box))
        flags = Flags(System.DELETED) if how is How.REMOVE else Flags()
        self.step()
        self.run(self._set_flags(self.mails[who], name, Wanted(set(self.model.boxes[name].messages), how, flags, 0)))

    @rule(who=WHO, box=BOXES, uids=st.none() | UIDS, which=st.sampled_from(Which))
    def expunge(self, who: int, box: int, uids: set[int] | None, which: Which) -> None:
        self.step()
        self.run(self._expunge(self.mails[who], self.name(box), uids, which))

    async def _expunge(self, mail: Mail, name: str, uids: set[int] | None, which: Which) -> None:
        mailbox = await self.id_of(mail, name)
        result = await self._act(mail, Expunge(mailbox, None if uids is None else UidSet.of(uids), which))
        assert isinstance(result, Expunged)
        assert set(result.uids) == self.model.expunge(name, uids, marked=which is Which.MARKED)

    @rule(who=WHO, box=BOXES)
    def all_or_nothing(self, who: int, box: int) -> None:
        """What is refused at its end, or goes by what was, changes nothing."""
        self.step()
        mail, now = self.mails[who], Timestamp(self.model.now)
        mailbox = self.run(self.id_of(mail, self.name(box)))
        appended = Append(mailbox, (new("one", Flags(keywords=frozenset({"$a"})), now),), "never")
        self.run(
            self._refused(self._act(mail, appended, Expunge(mailbox, None, Which.ALL), Expunge(MailboxId(999), None)))
        )
        try:
            self.run(mail.emails.carry_out([appended], now, expected=self.comparison.states[1]))
        except StateChanged:
            return
        raise AssertionError("the account is in another state")

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

    @precondition(lambda self: not all(box.selectable for box in self.model.boxes.values()))
    @rule(who=WHO)
    def create_what_is_only_a_name(self, who: int) -> None:
        self.create(who, next(name for name, box in self.model.boxes.items() if not box.selectable))

    @rule(who=WHO, box=ANY, name=NAMES)
    def rename(self, who: int, box: int, name: str) -> None:
        self._rename(who, self.any_name(box), name)

    @rule(who=WHO)
    def rename_inbox(self, who: int) -> None:
        self._rename(who, INBOX, f"old {self.model.step}")

    @precondition(lambda self: any(self.model.has_children(name) and name != INBOX for name in self.model.boxes))
    @rule(who=WHO, choice=ANY)
    def rename_tree(self, who: int, choice: int) -> None:
        trees = [name for name in sorted(self.model.boxes) if self.model.has_children(name) and name != INBOX]
        self._rename(who, trees[choice % len(trees)], f"b/tree {self.model.step}")

    def _rename(self, who: int, old: str, name: str) -> None:
        self.step()
        mail = self.mails[who]
        mailbox = self.run(self.id_of(mail, old))
        try:
            self.model.rename(old, name)
        except Refused:
            self.run(self._refused(mail.mailboxes.rename(mailbox, name)))
        else:
            assert self.run(mail.mailboxes.rename(mailbox, name)).name == name

    @rule(who=WHO, box=ANY)
    def delete(self, who: int, box: int) -> None:
        self._delete(who, self.any_name(box))

    @precondition(lambda self: any(box.messages for name, box in self.model.boxes.items() if name != INBOX))
    @rule(who=WHO, choice=BOXES)
    def delete_with_messages(self, who: int, choice: int) -> None:
        self._delete(who, self.name(choice, lambda name, box: box.messages and name != INBOX))

    @precondition(lambda self: any(b.selectable and self.model.has_children(n) for n, b in self.model.boxes.items()))
    @rule(who=WHO, choice=BOXES)
    def delete_above_others(self, who: int, choice: int) -> None:
        self._delete(who, self.name(choice, lambda name, _: self.model.has_children(name)))

    def _delete(self, who: int, name: str) -> None:
        self.step()
        mail = self.mails[who]
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

    @rule(who=WHO, box=BOXES, rights=st.sampled_from(["", "lr", "lrswit"]), note=st.sampled_from([None, b"x", b"yy"]))
    def set_attributes(self, who: int, box: int, rights: str, note: bytes | None) -> None:
        self.step()
        mail, name, anyone = self.mails[who], self.name(box), Identifier("anyone")
        mailbox, model = self.run(self.id_of(mail, name)), self.model.boxes[name]
        self.run(mail.sharing.set_rights(mailbox, anyone, rights))
        self.run(mail.annotations.set(mailbox, AL, {"/shared/comment": note}))
        model.rights = {anyone: rights} if rights else {}
        model.annotations = {} if note is None else {"/shared/comment": note}

    @rule(who=WHO, box=BOXES)
    def claim_recent(self, who: int, box: int) -> None:
        self.step()
        mail, name = self.mails[who], self.name(box)
        model = self.model.boxes[name]
        assert self.run(mail.mailboxes.claim_recent(self.run(self.id_of(mail, name)))) == model.first_recent
        model.first_recent = model.uidnext

    @rule(who=WHO, more=st.none() | st.integers(-1, 3))
    def limit(self, who: int, more: int | None) -> None:
        """Nearly reached, or passed; then somebody copies."""
        self.step()
        limit = None if more is None else max(self.model.messages() + more, 0)
        self.run(self.mails[who].quotas.set_limit(Resource.MESSAGES, limit))
        self.model.limit = limit
        if limit is not None:
            self.everybody_sees_the_same()
            self.copy(who, 0, 0, set(range(1, 30)))

    @rule(later=LATER)
    def time_passes(self, later: float) -> None:
        self.model.now += later

    @precondition(lambda self: len(self.holds) < 3)
    @rule(process=st.integers(0, 1), looks=st.booleans())
    def hold(self, process: int, looks: bool) -> None:
        self.holds.append((self.run(self.processes[process].hold(AL)), [0]))
        if looks:
            self.look(len(self.holds) - 1)

    @precondition(lambda self: self.holds)
    @rule(choice=ANY)
    def look(self, choice: int) -> None:
        hold, seen = self.holds[choice % len(self.holds)]
        hold.seen(self.comparison.states[self.model.step])
        seen[0] = self.model.step

    @precondition(lambda self: self.holds)
    @rule(choice=ANY)
    def release(self, choice: int) -> None:
        hold, _ = self.holds.pop(choice % len(self.holds))
        hold.release()

    @rule()
    def tidy(self) -> None:
        """The first call expunges what is too old, the second sweeps it."""
        self.step()
        for _ in range(2):
            self.run(self.processes[0].tidy(Timestamp(self.model.now)))
        self.model.tidy()
        self.model.end_step()
        self.run(
            self.comparison.compare_expunged(self.mails[1], min((seen[0] for _, seen in self.holds), default=None))
        )

    @rule(who=WHO, box=BOXES, uids=UIDS)
    def tidy_what_a_session_can_name(self, who: int, box: int, uids: set[int]) -> None:
        if not self.holds:
            self.hold(who % 2, looks=True)
        self.expunge(who, box, uids, Which.ALL)
        self.everybody_sees_the_same()
        self.tidy()

    @rule(who=WHO, box=BOXES)
    def tidy_long_after(self, who: int, box: int) -> None:
        """Nobody remembers anything."""
        while self.holds:
            self.release(0)
        self.expunge(who, box, None, Which.ALL)
        self.everybody_sees_the_same()
        self.model.now += 60_000
        self.tidy()

    @rule()
    def everybody_leaves_and_comes_back(self) -> None:
        self.run(self._all_agree())
        self.run(self.stores.close())
        self.holds.clear()
        self.run(self._open())

    @invariant()
    def everybody_sees_the_same(self) -> None:
        """Another session looks after each step; those who follow catch up with several."""
        if hasattr(self, "mails"):
            self.agreed = False
            self.run(self._agree(self.model.step % len(self.mails)))
            self.agreed = True

    async def _agree(self, who: int) -> None:
        if len(self.comparison.states) == self.model.step:
            self.comparison.states.append(await self.mails[0].feed.at())
            self.model.end_step()
        await self.comparison.compare(self.mails[who])
        await self._follow(who)

    async def _all_agree(self) -> None:
        for who in range(len(self.mails)):
            await self.comparison.compare(self.mails[who])
            await self._follow(who)

    async def _follow(self, who: int) -> None:
        """Who comes back after too long begins anew."""
        follower, mail = self.followers[who], self.mails[who]
        try:
            await follower.follow()
        except HistoryLost:
            assert follower.at < await mail.mailboxes.history_since(await self.id_of(mail, INBOX))
            self.followers[who] = await Follower.begin(mail, LIMITS[who])


def _deleted(box: Box) -> bool:
    return any(one.flags.system & System.DELETED for one in box.messages.values())


TestStoreModel = StoreMachine.TestCase
TestStoreModel.settings = settings(
    max_examples=16,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
