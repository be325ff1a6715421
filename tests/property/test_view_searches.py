"""Searches and sorting against a look at each message, with an index that knows some messages, and is sure or not."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from gateway.mail.units import Seconds, Timestamp
from gateway.mailbox.search.attached import HasAttachment
from gateway.mailbox.search.conversation import HowMany, InConversation
from gateway.mailbox.search.elsewhere import InMailbox
from gateway.mailbox.search.header import Header
from gateway.mailbox.search.ids import UidIn
from gateway.mailbox.search.marks import Flagged, Keyword
from gateway.mailbox.search.numbers import Dated, Sized, When
from gateway.mailbox.search.query import And, Everything, Not, Or, Query
from gateway.mailbox.search.run import search
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.search.text import Text
from gateway.mailbox.sort.criteria import By, ByMatch, Criterion, Key
from gateway.mailbox.sort.run import sort
from gateway.store.actions import Copy, Expunge, Which
from gateway.store.flags import Flags, System
from gateway.store.model import EmailId, MailboxId, NewEmail
from gateway.store.protocol.search import Field, Found, SearchIndex, Wanted
from gateway.store.protocol.store import Mail
from gateway.store.uids import UidSet
from gateway.summary.model import SortKeys
from tests.unit.mailbox.worlds import World, email, summary, uids_of

START = 1_800_000_000


@dataclass(frozen=True)
class Message:
    """One, and where it lies."""

    subject: str
    body: str
    flags: Flags
    received: int
    sent: int
    attached: bool
    copied: bool
    indexed: bool

    @property
    def octets(self) -> bytes:
        return f"Subject: {self.subject}\r\nX-Tag: {self.body[:3]}\r\n\r\n{self.body}\r\n".encode()

    def new(self) -> NewEmail:
        text = self.subject.encode()
        keys = SortKeys(text, text[:1], b"", b"", text[1:], b"")
        about = summary(sent=START + self.sent, keys=keys, attached=self.attached)
        return email(self.octets, received=START + self.received, flags=self.flags, about=about)


WORDS = st.text("ab", max_size=4)
SYSTEM = st.sampled_from([System(0), System.SEEN, System.DELETED, System.SEEN | System.DRAFT])
KEYWORDS = st.frozensets(st.sampled_from(["$Work", "$Home", "later"]))
MESSAGE = st.builds(
    Message,
    WORDS,
    WORDS,
    st.builds(Flags, SYSTEM, KEYWORDS),
    st.integers(0, 9),
    st.integers(0, 9),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@dataclass
class PartIndex(SearchIndex):
    """Knows some messages; where it is not sure, it names others too."""

    known: dict[EmailId, Message]
    sure: bool

    @override
    async def find(self, wanted: Wanted) -> Found:
        hits = (email for email, one in self.known.items() if not self.sure or in_fields(one, wanted))
        return Found(array("q", sorted(hits)), self.sure)

    @override
    async def missing(self, emails: Sequence[EmailId]) -> Sequence[EmailId]:
        return [email for email in emails if email not in self.known]

    @override
    async def snippets(self, emails: Sequence[EmailId], wanted: Wanted) -> Sequence[tuple[str, str]]:
        return [("", "")] * len(emails)


class Indexed:
    """An account's mail, with another index."""

    def __init__(self, mail: Mail, index: SearchIndex) -> None:
        self.mail = mail
        self.index = index

    def __getattr__(self, name: str) -> object:
        return getattr(self.mail, name)


def in_fields(one: Message, wanted: Wanted) -> bool:
    texts = {Field.SUBJECT: one.subject, Field.BODY: one.body + "\r\n", Field.HEADERS: f"X-Tag: {one.body[:3]}"}
    return any(wanted.text.casefold() in texts.get(field, "").casefold() for field in wanted.fields)


Test = Callable[[int, Message], bool]
OTHER = MailboxId(0)
"""Stands for the second mailbox, whose number the test knows."""


def plain(query: Query, test: Test) -> st.SearchStrategy[tuple[Query, Test]]:
    return st.just((query, test))


def dated(pair: tuple[int, int], when: When) -> tuple[Query, Test]:
    low, high = pair
    query = Dated(when, Timestamp(START + low), Timestamp(START + high))
    return query, lambda _, one: low <= (one.sent if when is When.SENT else one.received) < high


def texts(text: str, fields: frozenset[Field]) -> tuple[Query, Test]:
    wanted = Wanted(text, fields)
    return Text(wanted), lambda _, one: in_fields(one, wanted)


def marked(mark: System | str) -> Test:
    if isinstance(mark, System):
        return lambda _, one: bool(one.flags.system & mark)
    return lambda _, one: mark in {name.lower() for name in one.flags.keywords}


LEAVES = st.one_of(
    plain(Everything(), lambda _, __: True),
    plain(Flagged(System.SEEN), marked(System.SEEN)),
    plain(Flagged(System.DRAFT), marked(System.DRAFT)),
    plain(Keyword("$WORK"), marked("$work")),
    plain(Keyword("LATER"), marked("later")),
    plain(Keyword("unknown"), lambda _, __: False),
    plain(HasAttachment(), lambda _, one: one.attached),
    plain(InMailbox(OTHER), lambda _, one: one.copied),
    plain(InConversation(HowMany.ALL, System.SEEN), marked(System.SEEN)),
    plain(InConversation(HowMany.SOME, "$work"), marked("$work")),
    plain(Sized(least=30), lambda _, one: len(one.octets) >= 30),
    plain(Sized(below=33), lambda _, one: len(one.octets) < 33),
    plain(Header("Subject", "a"), lambda _, one: "a" in one.subject),
    plain(Header("x-tag", ""), lambda _, __: True),
    plain(Header("x-none", ""), lambda _, __: False),
    WORDS.filter(bool).map(lambda text: (Header("X-TAG", text), lambda _, one: text in one.body[:3])),
    st.frozensets(st.integers(1, 20)).map(lambda uids: (UidIn(UidSet.of(uids)), lambda uid, _: uid in uids)),
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: dated(pair, When.SENT)),
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: dated(pair, When.RECEIVED)),
    st.builds(texts, WORDS, st.frozensets(st.sampled_from([Field.SUBJECT, Field.BODY]), min_size=1)),
)


def grown(inner: st.SearchStrategy[tuple[Query, Test]]) -> st.SearchStrategy[tuple[Query, Test]]:
    several = st.lists(inner, max_size=3)
    return st.one_of(
        inner.map(lambda one: (Not(one[0]), lambda uid, message: not one[1](uid, message))),
        several.map(
            lambda some: (
                And(tuple(query for query, _ in some)),
                lambda uid, message: all(test(uid, message) for _, test in some),
            )
        ),
        several.map(
            lambda some: (
                Or(tuple(query for query, _ in some)),
                lambda uid, message: any(test(uid, message) for _, test in some),
            )
        ),
    )


QUERIES = st.recursive(LEAVES, grown, max_leaves=8)
NUMBERS = [Key.ARRIVAL, Key.DATE, Key.SIZE, Key.SUBJECT, Key.FROM, Key.DISPLAY_FROM, Key.TO]
CRITERIA = st.lists(
    st.one_of(
        st.builds(By, st.sampled_from(NUMBERS), st.booleans()),
        st.builds(ByMatch, st.just(Flagged(System.SEEN)), st.booleans()),
    ),
    max_size=3,
)


def resolved(query: Query, other: MailboxId) -> Query:
    match query:
        case InMailbox():
            return InMailbox(other)
        case Not(inner):
            return Not(resolved(inner, other))
        case And(some):
            return And(tuple(resolved(one, other) for one in some))
        case Or(some):
            return Or(tuple(resolved(one, other) for one in some))
        case _:
            return query


def value(by: Criterion, one: Message) -> object:
    if isinstance(by, ByMatch):
        return bool(one.flags.system & System.SEEN)
    assert isinstance(by, By)
    values: dict[Key, object] = {
        Key.ARRIVAL: one.received,
        Key.DATE: one.sent,
        Key.SIZE: len(one.octets),
        Key.SUBJECT: one.subject,
        Key.FROM: one.subject[:1],
        Key.DISPLAY_FROM: one.subject[1:],
        Key.TO: "",
    }
    return values[by.key]


def ordered(uids: list[int], there: dict[int, Message], criteria: Sequence[Criterion]) -> list[int]:
    def compare(one: int, other: int) -> int:
        for by in criteria:
            mine, others = value(by, there[one]), value(by, there[other])
            if mine != others:
                return (1 if mine > others else -1) * (-1 if by.reverse else 1)  # type: ignore[operator]
        return one - other

    return sorted(uids, key=cmp_to_key(compare))


@pytest.fixture(scope="module")
def world():
    made = World()
    yield made
    made.close()


@given(
    st.lists(MESSAGE, min_size=1, max_size=10),
    st.lists(MESSAGE, max_size=4),
    st.lists(st.tuples(QUERIES, CRITERIA), min_size=1, max_size=6),
    st.tuples(st.sets(st.integers(0, 13)), st.booleans()),
)
@settings(max_examples=60, deadline=None)
def test_as_a_look_at_each_says(world, first, later, asked, gone_and_sure) -> None:
    gone, sure = gone_and_sure
    world.next_account()
    archive = world.run(world.mail.mailboxes.find("Archive")).id
    there: dict[int, Message] = {}
    known: dict[EmailId, Message] = {}

    def add(messages: list[Message]) -> None:
        if not messages:
            return
        arrived = world.append(*(message.new() for message in messages))
        for uid, name, message in zip(arrived.uids, arrived.emails, messages, strict=True):
            there[uid] = message
            if message.indexed:
                known[name] = message
        world.do(Copy(world.inbox, UidSet.of(u for u in arrived.uids if there[u].copied), archive))

    def check() -> None:
        mail = Indexed(world.mail, PartIndex(known, sure))

        async def run(query: Query, criteria: Sequence[Criterion]) -> tuple[list[int], list[int], list[int]]:
            scope = Scope(mail, session.view, session.upto, world.scope(session).reading)  # type: ignore[arg-type]
            with session.pinned():
                result = await search(scope, query, Seconds(60))
                arranged = await sort(scope, result, criteria)
                assert await sort(scope, result, criteria, limit=2) == arranged[:2]
                assert len(result) == len(arranged)
                return list(await result.uids()), uids_of(session, await result.positions()), uids_of(session, arranged)

        for (query, test), criteria in asked:
            found, positions, arranged = world.run(run(resolved(query, archive), criteria))
            expected = [uid for uid, message in there.items() if test(uid, message)]
            assert found == positions == expected
            assert arranged == ordered(expected, there, criteria)

    add(first)
    session = world.open()
    check()
    add(later)
    world.refresh()
    session.tell(expunges=True)
    check()
    expunged = UidSet.of(uid for number, uid in enumerate(there) if number in gone)
    world.do(Expunge(world.inbox, expunged, Which.ALL))
    world.refresh()
    for uid in expunged:
        there.pop(uid, None)
    check()
    session.close()
