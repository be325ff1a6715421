"""The selected mailbox of a session: message numbers, and news of it."""

from gateway.imap.access import Located
from gateway.imap.flag_forms import FlagForms
from gateway.imap.wire.completion import Refusal, bad
from gateway.imap.wire.sets import SequenceSet
from gateway.mailbox import spans
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.spans import Span
from gateway.store.model import ModSeq, Uid
from gateway.store.uids import UidSet


class Selected:
    """From SELECT to CLOSE, UNSELECT or the next SELECT."""

    def __init__(self, located: Located, view: SessionView, forms: FlagForms, *, read_only: bool) -> None:
        self.located = located
        self.view = view
        self.forms = forms
        self.read_only = read_only
        self.recent_from = Uid(1 << 32)
        """Messages from here on are \\Recent in this session (RFC 3501 2.3.2)."""
        self.saved = UidSet()
        """`$` (RFC 5182)."""
        self.told_keywords: frozenset[str] = frozenset()
        """What the last FLAGS response had."""

    def places(self, wanted: SequenceSet, *, uids: bool) -> tuple[Span, ...]:
        """Positions of the messages that a command names; those that it does not have are passed over.

        Raises Refusal for message numbers that there are not (RFC 9051 9 seq-number); UIDs may be any. Positions mean
        the same until the next `await`, or inside `view.pinned()`.
        """
        view = self.view
        if wanted.saved:
            return view.named(self.saved)
        if uids:
            last = view.uid(view.exists) or 0
            return view.named(wanted.upto(last))
        if wanted.highest > view.exists and view.exists:
            raise Refusal(bad(f"there are only {view.exists} messages"))
        return view.numbered(wanted.upto(view.exists).ranges)

    def uids(self, places: tuple[Span, ...]) -> UidSet:
        """Of positions."""
        return spans.exact(self.view.view.uids, places)

    def own(self, at: ModSeq) -> None:
        """The session made this change, and answers for it itself."""
        self.view.own(at)
