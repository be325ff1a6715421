"""What a store is, said as simply as can be: dictionaries, no disk.

The model says what happens to an account. It knows nothing of mod-sequences: it counts steps, and whoever compares
knows in which state each step left the account.
"""

from dataclasses import dataclass, field, replace
from itertools import count

from gateway.store.flags import Flags, How, System

INBOX = "INBOX"
TRASH = "Trash"
FIRST = (INBOX, TRASH)
EXPIRE = 1000.0
"""Seconds that messages stay in Trash."""
TOKENS = 7 * 24 * 3600.0


@dataclass(slots=True)
class Message:
    """In a mailbox. `email`: the message wherever it lies. `text` names its octets."""

    email: int
    text: str
    flags: Flags
    received: float
    saved: float
    touched: int
    """When it came here or its flags were set last, in steps."""


@dataclass(slots=True)
class Box:
    """A mailbox, or only a name. `key`: what it stays through renames."""

    key: int
    selectable: bool = True
    uidnext: int = 1
    first_recent: int = 1
    is_trash: bool = False
    rights: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, bytes] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a session stores. `back`: so many steps ago is what it knows; 0: it does not say."""

    uids: set[int]
    how: How
    flags: Flags
    back: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was appended under a token."""

    at: float
    box: int
    uids: list[int]


class Refused(Exception):
    """Nothing was changed."""


@dataclass(slots=True)
class Model:
    """One account. `now` and `step` are set by whoever uses it."""

    now: float
    step: int = 0
    boxes: dict[str, Box] = field(default_factory=dict)
    subscriptions: set[str] = field(default_factory=set)
    limit: int | None = None
    """Messages at most."""
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    """Of all messages that ever were."""
    last: dict[int, int] = field(default_factory=dict)
    """In which step each was in a mailbox last."""
    keys: "count[int]" = field(default_factory=count)

    def begin(self) -> None:
        for name in FIRST:
            self.boxes[name] = Box(next(self.keys), is_trash=name == TRASH)
            self.subscriptions.add(name)

    def end_step(self) -> None:
        """Which messages are anywhere now."""
        for email in self.visible():
            self.last[email] = self.step

    def visible(self) -> set[int]:
        return {one.email for box in self.boxes.values() for one in box.messages.values()}

    def append(self, name: str, texts: list[str], flags: Flags, token: str = "") -> list[int]:
        if token in self.deliveries:
            return self.deliveries[token].uids
        self._room(len(texts))
        made = [self._put(self.boxes[name], self._new(text, flags)) for text in texts]
        if token:
            self.deliveries[token] = Delivery(self.now, self.boxes[name].key, made)
        return made

    def copy(self, name: str, uids: set[int], to: str) -> list[int]:
        taken = self._taken(name, uids)
        self._room(len(taken))
        return [self._put(self.boxes[to], one) for _, one in taken]

    def move(self, name: str, uids: set[int], to: str) -> list[int]:
        taken = self._taken(name, uids)
        made = [self._put(self.boxes[to], one) for _, one in taken]
        for uid, _ in taken:
            del self.boxes[name].messages[uid]
        return made

    def set_flags(self, name: str, wanted: "Wanted") -> tuple[set[int], set[int]]:
        """What changed, and what had changed after `wanted.back` steps ago."""
        taken = self._taken(name, wanted.uids)
        since = self.since(wanted)
        failed = {uid for uid, one in taken if since is not None and one.touched > since}
        changed: set[int] = set()
        for uid, one in taken:
            after = _changed(one.flags, wanted.how, wanted.flags)
            if uid not in failed and after != one.flags:
                one.flags, one.touched = after, self.step
                changed.add(uid)
        return changed, failed

    def since(self, wanted: "Wanted") -> int | None:
        """The step that a session goes by."""
        return max(self.step - wanted.back, 0) if wanted.back else None

    def expunge(self, name: str, uids: set[int] | None, *, marked: bool) -> set[int]:
        messages = self.boxes[name].messages
        wanted = set(messages) if uids is None else uids
        gone = {uid for uid, one in self._taken(name, wanted) if not marked or one.flags.system & System.DELETED}
        for uid in gone:
            del messages[uid]
        return gone

    def tidy(self) -> None:
        for box in self.boxes.values():
            if box.is_trash:
                old = [uid for uid, one in box.messages.items() if one.saved < self.now - EXPIRE]
                for uid in old:
                    del box.messages[uid]
        self.deliveries = {token: one for token, one in self.deliveries.items() if one.at >= self.now - TOKENS}

    def create(self, name: str) -> None:
        ghost = self.boxes.get(name)
        if ghost is not None and ghost.selectable:
            raise Refused
        self._grow(_above(name))
        self.boxes[name] = self._made(name)

    def rename(self, old: str, new: str) -> None:
        if new in self.boxes or (old != INBOX and is_below(new, old)):
            raise Refused
        if old == INBOX:
            self.create(new)
            self.boxes[new].annotations = dict(self.boxes[INBOX].annotations)
            self.move(INBOX, set(self.boxes[INBOX].messages), new)
            return
        self._grow(_above(new))
        for name in [name for name in self.boxes if name == old or is_below(name, old)]:
            self.boxes[new + name[len(old) :]] = self.boxes.pop(name)

    def delete(self, name: str) -> None:
        box, parent = self.boxes[name], self.has_children(name)
        if name == INBOX or (parent and not box.selectable):
            raise Refused
        if parent:
            self.boxes[name] = Box(box.key, selectable=False, uidnext=box.uidnext, first_recent=box.first_recent)
        else:
            del self.boxes[name]

    def has_children(self, name: str) -> bool:
        return any(is_below(each, name) for each in self.boxes)

    def messages(self) -> int:
        return sum(len(box.messages) for box in self.boxes.values())

    def _grow(self, names: list[str]) -> None:
        for name in names:
            if name not in self.boxes:
                self.boxes[name] = self._made(name)

    def _made(self, name: str) -> Box:
        """A new mailbox has the rights of its parent."""
        parent = self.boxes.get(name.rpartition("/")[0])
        return Box(next(self.keys), rights={} if parent is None else dict(parent.rights))

    def _room(self, more: int) -> None:
        if self.limit is not None and more > 0 and self.messages() + more > self.limit:
            raise Refused

    def _taken(self, name: str, uids: set[int]) -> list[tuple[int, Message]]:
        return sorted((uid, one) for uid, one in self.boxes[name].messages.items() if uid in uids)

    def _new(self, text: str, flags: Flags) -> Message:
        email = next(self.keys)
        self.texts[email] = text
        return Message(email, text, flags, self.now, self.now, self.step)

    def _put(self, box: Box, one: Message) -> int:
        uid = box.uidnext
        box.uidnext += 1
        box.messages[uid] = replace(one, saved=self.now, touched=self.step)
        return uid


def _changed(before: Flags, how: How, flags: Flags) -> Flags:
    match how:
        case How.ADD:
            return Flags(before.system | flags.system, before.keywords | flags.keywords)
        case How.REMOVE:
            return Flags(before.system & ~flags.system, before.keywords - flags.keywords)
        case How.REPLACE:
            return flags


def _above(name: str) -> list[str]:
    """All names that are above one, from the top."""
    levels = name.split("/")
    return ["/".join(levels[:depth]) for depth in range(1, len(levels))]


def is_below(name: str, above: str) -> bool:
    return name.startswith(f"{above}/")
