"""Threads of the same subject made one: step 5 of REFERENCES (RFC 5256 3)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.mailbox.slices import LOOPED, breathe
from gateway.mailbox.thread.forest import Growing

NO_SUBJECT = -1


@dataclass(slots=True)
class Merging:
    """Of trees whose roots and siblings are sorted (step 4)."""

    trees: Growing
    subject: Callable[[int], int]
    """Of a message: a number for each base subject; NO_SUBJECT: it has none."""
    answers: Callable[[int], bool]
    """Whether a message's subject says that it answers or forwards."""
    _table: dict[int, int] = field(default_factory=dict)
    """The root that stands for each subject."""

    async def merge(self) -> None:
        """Roots are in no order afterwards."""
        subjects = [self._thread_subject(root) for root in self.trees.roots]
        await breathe()
        for root, subject in zip(self.trees.roots, subjects, strict=True):
            if subject != NO_SUBJECT:
                self._enter(root, subject)
        await breathe()
        kept: dict[int, None] = {}
        for number, (root, subject) in enumerate(zip(self.trees.roots, subjects, strict=True)):
            self._merge(root, subject, kept)
            if number % LOOPED == 0:
                await breathe()
        self.trees.roots = list(kept)

    def _thread_subject(self, root: int) -> int:
        return self.subject(self.trees.children[root][0] if root < 0 else root)

    def _enter(self, root: int, subject: int) -> None:
        there = self._table.setdefault(subject, root)
        if there >= 0 and (root < 0 or (self.answers(there) and not self.answers(root))):
            self._table[subject] = root

    def _merge(self, root: int, subject: int, kept: dict[int, None]) -> None:
        there = root if subject == NO_SUBJECT else self._table[subject]
        if there == root:
            kept[root] = None
        elif there < 0 and root < 0:
            self.trees.children[there].extend(self.trees.children.pop(root))
        elif there < 0 or (self.answers(root) and not self.answers(there)):
            self.trees.attach(there, root)
        else:
            dummy = self.trees.new_dummy()
            self.trees.children[dummy] = [there, root]
            self._table[subject] = dummy
            kept.pop(there, None)
            kept[dummy] = None
