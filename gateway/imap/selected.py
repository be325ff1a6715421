"""The selected mailbox of a session: message numbers, and what the session has been told of it."""

from typing import Protocol

from gateway.imap.access import Located
from gateway.imap.flag_forms import FlagForms
from gateway.imap.wire.completion import Refusal, bad, refused
from gateway.imap.wire.sets import SequenceSet
from gateway.mailbox import spans
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.spans import Span
from gateway.store.model import ModSeq
from gateway.store.uids import UidSet


class Contexts(Protocol):
    """Searches whose results the client is kept told of (RFC 5267 4.3)."""

    async def expunged(self) -> None:
        """Before the client is told that messages are gone: what of them is in results. Awaits nothing at its end, so
        that nothing else is gone when it returns. Raises StoreUnavailable."""
        ...

    async def changed(self) -> None:
        """The client knows all the news. Raises StoreUnavailable."""
        ...


class Selected:
    """From SELECT to CLOSE, UNSELECT or the next SELECT."""

    def __init__(self, located: Located, view: SessionView, forms: FlagForms, *, read_only: bool) -> None:
        self.located = located
        self.view = view
        self.forms = forms
        self.read_only = read_only
        self.recent = UidSet()
        """Messages that are \\Recent in this session (RFC 3501 2.3.2)."""
        self.seen = view.view.highest
        """The mailbox's HIGHESTMODSEQ when the client was told of it last."""
        self.saved = UidSet()
        """`$` (RFC 5182)."""
        self.contexts: Contexts | None = None
        self.told_marks: set[int] = set()
        """Marks whose keywords the client was told of in FLAGS."""
        self.told_keywords: dict[str, None] = {}
        """What the last FLAGS response had, in its order."""

    def places(self, wanted: SequenceSet, *, uids: bool) -> tuple[Span, ...]:
        """Positions of the messages that a command names; those that it does not have are passed over.

        Raises Refusal for message numbers that there are not (RFC 9051 9 seq-number); UIDs may be any. Positions mean
        the same until the next `await`, or inside `view.pinned()`.
        """
        view = self.view
        if wanted.saved:
            return view.named(self.saved)
        if uids:
            return view.named(wanted.upto(view.uid(view.exists) or 0))
        if wanted.highest > view.exists and not (view.exists == 0 and _all_of_nothing(wanted)):
            raise Refusal(bad(f"there are only {view.exists} messages"))
        return view.numbered(wanted.upto(view.exists).ranges)

    def uids(self, places: tuple[Span, ...]) -> UidSet:
        """Of positions."""
        return spans.exact(self.view.view.uids, places)

    def covered(self, places: tuple[Span, ...]) -> UidSet:
        """UIDs of positions, for the store alone: some that are there no more may be among them."""
        return spans.covering(self.view.view.uids, places)

    def living(self, places: tuple[Span, ...]) -> tuple[Span, ...]:
        """Without what is expunged already, told or not."""
        return tuple(self.view.view.dead.without(places))

    def own(self, at: ModSeq) -> None:
        """The session made this change, and answers for it itself."""
        self.view.own(at)

    @property
    def recents(self) -> int:
        """How many messages are."""
        return spans.total(self.view.named(self.recent)) if self.recent else 0

    @property
    def synced(self) -> ModSeq:
        """The client knows all that happened up to then (RFC 7162 3.1.2.1 HIGHESTMODSEQ)."""
        withheld = self.view.withheld
        return ModSeq(max(self.seen if withheld is None else min(self.seen, withheld - 1), 1))

    def require_writable(self) -> None:
        """Raises Refusal."""
        if self.read_only:
            why = "the mailbox is open for reading alone: use SELECT, not EXAMINE, or ask its owner for rights"
            raise refused(why, b"READ-ONLY")


def _all_of_nothing(wanted: SequenceSet) -> bool:
    """`1:*` of an empty mailbox, which clients send without looking."""
    return not wanted.numbers
