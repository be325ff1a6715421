"""What a store is, said as simply as can be: dictionaries, no disk, no time.

The model says what happens to an account. It knows nothing of mod-sequences; those are compared through the feed.
"""

from dataclasses import dataclass, field
from itertools import count

from gateway.store.flags import Flags, How

INBOX = "INBOX"
FIRST = (INBOX, "Trash")


@dataclass(slots=True)
class Message:
    """In a mailbox. `text` names the octets, `email` the message wherever it lies."""

    email: int
    text: str
    flags: Flags
    touched: int
    """When its flags were set last, in steps of the model."""


@dataclass(slots=True)
class Box:
    """A mailbox, or only a name. `key`: what it stays through renames."""

    key: int
    selectable: bool = True
    uidnext: int = 1
    messages: dict[int, Message] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a session stores. `back`: so many steps ago is what it knows; 0: it does not say."""

    uids: set[int]
    how: How
    flags: Flags
    back: int


class Refused(Exception):
    """Nothing was changed."""


@dataclass(slots=True)
class Model:
    """One account."""

    boxes: dict[str, Box] = field(default_factory=dict)
    subscriptions: set[str] = field(default_factory=set)
    limit: int | None = None
    """Messages at most."""
    step: int = 0
    keys: "count[int]" = field(default_factory=count)

    def begin(self) -> None:
        for name in FIRST:
            self.boxes[name] = Box(next(self.keys))
            self.subscriptions.add(name)

    def append(self, name: str, texts: list[str], flags: Flags) -> list[int]:
        self._room(len(texts))
        return [self._put(self.boxes[name], Message(next(self.keys), text, flags, self.step)) for text in texts]

    def copy(self, name: str, uids: set[int], to: str) -> list[int]:
        taken = self._taken(name, uids)
        self._room(len(taken))
        return [self._put(self.boxes[to], self._same(one)) for _, one in taken]

    def move(self, name: str, uids: set[int], to: str) -> list[int]:
        taken = self._taken(name, uids)
        made = [self._put(self.boxes[to], self._same(one)) for _, one in taken]
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
        gone = {uid for uid, one in self._taken(name, wanted) if not marked or one.flags.system & 8}
        for uid in gone:
            del messages[uid]
        return gone

    def create(self, name: str) -> None:
        ghost = self.boxes.get(name)
        if ghost is not None and ghost.selectable:
            raise Refused
        for above in _and_above(name):
            self.boxes.setdefault(above, Box(next(self.keys)))
        if ghost is not None:
            self.boxes[name] = Box(next(self.keys))

    def rename(self, old: str, new: str) -> None:
        if new in self.boxes or (old != INBOX and _is_below(new, old)):
            raise Refused
        if old == INBOX:
            self.create(new)
            self.move(INBOX, set(self.boxes[INBOX].messages), new)
            return
        for above in _and_above(new)[:-1]:
            self.boxes.setdefault(above, Box(next(self.keys)))
        for name in [name for name in self.boxes if name == old or _is_below(name, old)]:
            self.boxes[new + name[len(old) :]] = self.boxes.pop(name)

    def delete(self, name: str) -> None:
        box = self.boxes[name]
        children = any(_is_below(each, name) for each in self.boxes)
        if name == INBOX or (children and not box.selectable):
            raise Refused
        if children:
            box.selectable = False
            box.messages.clear()
        else:
            del self.boxes[name]

    def messages(self) -> int:
        return sum(len(box.messages) for box in self.boxes.values())

    def _room(self, more: int) -> None:
        if self.limit is not None and more > 0 and self.messages() + more > self.limit:
            raise Refused

    def _taken(self, name: str, uids: set[int]) -> list[tuple[int, Message]]:
        return sorted((uid, one) for uid, one in self.boxes[name].messages.items() if uid in uids)

    def _same(self, one: Message) -> Message:
        return Message(one.email, one.text, one.flags, self.step)

    def _put(self, box: Box, one: Message) -> int:
        uid = box.uidnext
        box.uidnext += 1
        box.messages[uid] = one
        return uid


def _changed(before: Flags, how: How, flags: Flags) -> Flags:
    match how:
        case How.ADD:
            return Flags(before.system | flags.system, before.keywords | flags.keywords)
        case How.REMOVE:
            return Flags(before.system & ~flags.system, before.keywords - flags.keywords)
        case How.REPLACE:
            return flags


def _and_above(name: str) -> list[str]:
    """A name after all that are above it."""
    levels = name.split("/")
    return ["/".join(levels[:depth]) for depth in range(1, len(levels) + 1)]


def _is_below(name: str, above: str) -> bool:
    return name.startswith(f"{above}/")
