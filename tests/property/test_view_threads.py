"""Threads against RFC 5256 written down step by step, without a thought of speed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.units import Seconds
from gateway.mailbox.search.ids import UidIn
from gateway.mailbox.search.query import Everything, Query
from gateway.mailbox.search.run import search
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.thread.forest import Forest
from gateway.mailbox.thread.run import Algorithm, threads
from gateway.store.actions import Expunge, Which
from gateway.store.model import NewEmail
from gateway.store.uids import UidSet
from gateway.summary.model import Links, SortKeys
from tests.unit.mailbox.worlds import World, email, summary


@dataclass(frozen=True)
class Mail:
    """What threads are made from."""

    own: int
    references: tuple[int, ...]
    answers: bool
    subject: bytes
    sent: int
    received: int

    def new(self) -> NewEmail:
        keys = SortKeys(self.subject, b"", b"", b"", b"", b"")
        links = Links(self.own, self.references, self.answers)
        return email(received=self.received, about=summary(sent=self.sent, keys=keys, links=links))


MAIL = st.builds(
    Mail,
    st.integers(1, 8),
    st.lists(st.integers(1, 10), max_size=4).map(tuple),
    st.booleans(),
    st.sampled_from([b"", b"A", b"B"]),
    st.integers(1, 5),
    st.integers(1, 5),
)
MAILS = st.lists(MAIL, max_size=12)


@dataclass(eq=False)
class Node:
    """`uid` 0: a dummy."""

    uid: int = 0
    mail: Mail | None = None
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)

    def put(self, parent: "Node | None") -> None:
        if self.parent is not None:
            self.parent.children.remove(self)
        self.parent = parent
        if parent is not None:
            parent.children.append(self)

    def above(self, other: "Node | None") -> bool:
        while other is not None and other is not self:
            other = other.parent
        return other is self

    def key(self) -> tuple[int, int]:
        if self.mail is not None:
            return self.mail.sent, self.uid
        return min(child.key() for child in self.children)

    def subject(self) -> bytes:
        first = self if self.mail else min(self.children, key=Node.key)
        assert first.mail is not None
        return first.mail.subject

    def answers(self) -> bool:
        return self.mail is not None and self.mail.answers

    def latest(self) -> tuple[int, int]:
        own = [(self.mail.received, self.uid)] if self.mail else []
        return max([*own, *(child.latest() for child in self.children)])

    def shape(self) -> tuple[object, ...]:
        return self.uid, tuple(child.shape() for child in sorted(self.children, key=Node.key))


def linked(mails: Sequence[tuple[int, Mail]]) -> list[Node]:
    table: dict[int, Node] = {}
    nodes: list[Node] = []

    def named(identifier: int) -> Node:
        if identifier not in table:
            table[identifier] = Node()
            nodes.append(table[identifier])
        return table[identifier]

    for uid, mail in mails:
        chain = [named(reference) for reference in mail.references]
        for parent, child in pairwise(chain):
            if child.parent is None and not child.above(parent):
                child.put(parent)
        node = named(mail.own)
        if node.mail is not None:
            node = Node()
            nodes.append(node)
        node.uid, node.mail = uid, mail
        node.put(None)
        if chain and not node.above(chain[-1]):
            node.put(chain[-1])
    return [node for node in nodes if node.parent is None]


def prune(node: Node) -> None:
    for child in list(node.children):
        prune(child)
        if child.mail is None:
            for grandchild in list(child.children):
                grandchild.put(node)
            child.put(None)


def pruned(roots: list[Node]) -> list[Node]:
    kept = []
    for root in roots:
        prune(root)
        if root.mail is not None or len(root.children) > 1:
            kept.append(root)
        elif root.children:
            (child,) = root.children
            child.put(None)
            kept.append(child)
    return kept


def merged(roots: list[Node]) -> list[Node]:
    roots = sorted(roots, key=Node.key)
    subjects = [root.subject() for root in roots]
    table: dict[bytes, Node] = {}
    for root, subject in zip(roots, subjects, strict=True):
        if not subject:
            continue
        there = table.setdefault(subject, root)
        if there.mail is not None and (root.mail is None or (there.answers() and not root.answers())):
            table[subject] = root
    result = list(roots)
    for root, subject in zip(roots, subjects, strict=True):
        there = table.get(subject, root)
        if there is root or root not in result:
            continue
        result.remove(root)
        if there.mail is None and root.mail is None:
            for child in list(root.children):
                child.put(there)
        elif there.mail is None or (root.answers() and not there.answers()):
            root.put(there)
        else:
            dummy = Node()
            result[result.index(there)] = dummy
            there.put(dummy)
            root.put(dummy)
            table[subject] = dummy
    return result


def expected(mails: Sequence[tuple[int, Mail]], algorithm: Algorithm) -> list[tuple[object, ...]]:
    if algorithm is Algorithm.ORDERED_SUBJECT:
        by_subject: dict[bytes, list[Node]] = {}
        for node in sorted((Node(uid, mail) for uid, mail in mails), key=Node.key):
            by_subject.setdefault(node.subject(), []).append(node)
        return [(first.uid, tuple((node.uid, ()) for node in rest)) for first, *rest in by_subject.values()]
    roots = pruned(linked(mails))
    if algorithm is Algorithm.REFERENCES:
        return [root.shape() for root in sorted(merged(roots), key=Node.key)]
    return [root.shape() for root in sorted(roots, key=Node.latest)]


def shapes(session: SessionView, forest: Forest) -> list[tuple[object, ...]]:
    """The forest, as nested tuples of UIDs."""
    roots: list[tuple[object, ...]] = []
    path: list[list[object]] = []
    trees: list[list[object]] = []
    for position, depth in zip(forest.positions, forest.depths, strict=True):
        node: list[object] = [session.view.uids[position] if position >= 0 else 0, []]
        del path[depth:]
        if path:
            children = path[-1][1]
            assert isinstance(children, list)
            children.append(node)
        else:
            trees.append(node)
        path.append(node)
    roots.extend(map(frozen, trees))
    return roots


def frozen(node: list[object]) -> tuple[object, ...]:
    uid, children = node
    assert isinstance(children, list)
    return uid, tuple(map(frozen, children))


def made(world: World, session: SessionView, query: Query, algorithm: Algorithm) -> list[tuple[object, ...]]:
    async def run() -> Forest:
        scope = world.scope(session)
        with session.pinned():
            return await threads(scope, await search(scope, query, Seconds(60)), algorithm)

    return shapes(session, world.run(run()))


@pytest.fixture(scope="module")
def world():
    made = World()
    yield made
    made.close()


@pytest.mark.parametrize("algorithm", Algorithm)
@given(
    first=MAILS,
    more=st.lists(MAILS, max_size=3),
    picked=st.tuples(st.sets(st.integers(0, 11)), st.sets(st.integers(0, 30))),
)
@settings(max_examples=30, deadline=None)
def test_as_the_rfc_says(world, algorithm, first, more, picked) -> None:
    """At once, as messages arrive one after another, after some have gone, and of some of them."""
    gone, chosen = picked
    world.next_account()
    known: list[tuple[int, Mail]] = []

    def add(mails: list[Mail]) -> None:
        if mails:
            known.extend(zip(world.append(*(mail.new() for mail in mails)).uids, mails, strict=True))

    add(first)
    session = world.open()
    assert made(world, session, Everything(), algorithm) == expected(known, algorithm)
    for mails in more:
        add(mails)
        world.refresh()
        session.tell(expunges=True)
        assert made(world, session, Everything(), algorithm) == expected(known, algorithm)
    some = UidSet.of(uid for number, (uid, _) in enumerate(known) if number in chosen)
    assert made(world, session, UidIn(some), algorithm) == expected([one for one in known if one[0] in some], algorithm)
    expunged = UidSet.of(uid for number, (uid, _) in enumerate(known) if number in gone)
    world.do(Expunge(world.inbox, expunged, Which.ALL))
    world.refresh()
    known = [one for one in known if one[0] not in expunged]
    assert made(world, session, Everything(), algorithm) == expected(known, algorithm)
    session.close()


def test_a_chain_of_ten_thousand_answers(world) -> None:
    world.next_account()
    mails = [
        Mail(number + 1, (number,) if number else (), answers=True, subject=b"A", sent=1, received=1)
        for number in range(10_000)
    ]
    world.append(*(mail.new() for mail in mails))
    session = world.open()

    async def run() -> Forest:
        scope = world.scope(session)
        with session.pinned():
            return await threads(scope, await search(scope, Everything(), Seconds(60)), Algorithm.REFERENCES)

    forest = world.run(run())
    assert list(forest.depths) == list(range(10_000))
    session.close()
