"""Threads of the same subject made one: step 5 of REFERENCES (RFC 5256 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.mailbox.slices import LOOPED, breathe
from gateway.mailbox.thread.forest import Growing

NO_SUBJECT = -1


@dataclass(slots=True)
class Merging:
    """Of trees whose roots are sorted (step 4)."""

    trees: Growing
    roots: Mapping[int, int]
    """In order, each with its first message."""
    subjects: Sequence[int]
    """Of messages: a number for each base subject; NO_SUBJECT: it has none."""
    answers: Sequence[int]
    """Of messages: whether the subject says that it answers or forwards."""
    _table: dict[int, int] = field(default_factory=dict)
    """The root that stands for each subject."""

    async def merge(self) -> None:
        """Roots become children of others, or of new dummies."""
        await self._each(self._enter)
        await self._each(self._merge)

    async def _each(self, do: Callable[[int, int], None]) -> None:
        for number, (root, first) in enumerate(self.roots.items()):
            subject = self.subjects[first]
            if subject != NO_SUBJECT:
                do(root, subject)
            if number % LOOPED == 0:
                await breathe()

    def _is_dummy(self, root: int) -> bool:
        return root >= self.trees.size

    def _replies(self, root: int) -> bool:
        return not self._is_dummy(root) and bool(self.answers[root])

    def _enter(self, root: int, subject: int) -> None:
        there = self._table.setdefault(subject, root)
        better = self._is_dummy(root) or (self._replies(there) and not self._replies(root))
        if better and not self._is_dummy(there):
            self._table[subject] = root

    def _merge(self, root: int, subject: int) -> None:
        there = self._table[subject]
        if there == root:
            return
        if self._is_dummy(there) and self._is_dummy(root):
            self.trees.moved[root] = there
        elif self._is_dummy(there) or (self._replies(root) and not self._replies(there)):
            self.trees.parent[root] = there
        else:
            dummy = self._table[subject] = self.trees.new_dummy()
            self.trees.parent[there] = self.trees.parent[root] = dummy
