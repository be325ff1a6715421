"""A list of actions as one job: all of them happen, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.store.actions import Action, Append, Copy, Expunge, Move, Result, SetFlags
from gateway.store.embedded.database.transaction import Transaction
from gateway.store.embedded.emails.appending import Body, append
from gateway.store.embedded.emails.copying import copy, move
from gateway.store.embedded.emails.flagging import set_flags
from gateway.store.embedded.emails.keywords import Keywords
from gateway.store.embedded.emails.removing import expunge
from gateway.store.errors import StateChanged, StoreUnavailable
from gateway.store.model import ModSeq


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of it."""

    results: tuple[Result, ...]
    adopted: frozenset[str]
    """Files that rows name now."""


@dataclass(frozen=True, slots=True)
class CarryOut:
    """The job. `bodies`: of each action, those of its new messages; `folder`: where those are that are files."""

    actions: Sequence[Action]
    bodies: Sequence[Sequence[Body]]
    folder: Path
    expected: ModSeq | None

    def __call__(self, transaction: Transaction) -> Carried:
        """Raises NoSuchMailbox, OverQuota, StateChanged, NotPossible; StoreUnavailable where a file is gone."""
        self._require_files()
        if self.expected is not None and self.expected != transaction.seq:
            raise StateChanged("the account has changed meanwhile")
        before = len(transaction.adopted)
        keywords = Keywords(transaction.connection)
        pairs = zip(self.actions, self.bodies, strict=True)
        results = tuple(_carry_out(transaction, keywords, action, bodies) for action, bodies in pairs)
        return Carried(results, frozenset(transaction.adopted[before:]))

    def _require_files(self) -> None:
        """Nobody sweeps while this transaction is under way; before, a clock that jumped may have made a file old."""
        for body in (body for some in self.bodies for body in some if body.file is not None):
            if not (self.folder / str(body.file)).exists():
                raise StoreUnavailable("the file of a large message is gone")


def _carry_out(transaction: Transaction, keywords: Keywords, action: Action, bodies: Sequence[Body]) -> Result:
    match action:
        case Append():
            return append(transaction, keywords, action, bodies)
        case Copy():
            return copy(transaction, action)
        case Move():
            return move(transaction, action)
        case SetFlags():
            return set_flags(transaction, keywords, action)
        case Expunge():
            return expunge(transaction, action)
