"""What happened to a mailbox since a moment that a client remembers (QRESYNC, RFC 7162 3.2)."""

from dataclasses import dataclass

from gateway.mailbox import masks, spans
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.spans import Span
from gateway.store.model import ChangeKind, ModSeq
from gateway.store.protocol.feed import HistoryLost
from gateway.store.protocol.store import Mail
from gateway.store.uids import UidSet


@dataclass(frozen=True, slots=True)
class Since:
    """Of messages that the session counts."""

    vanished: UidSet
    """UIDs that are there no more. Where history is lost, all that could have been."""
    changed: tuple[Span, ...]
    """Positions of messages that came or changed."""


async def changed_since(mail: Mail, session: SessionView, moment: ModSeq, known: UidSet | None) -> Since:
    """`known`: the UIDs that the client has; None: all that there may have been. To be called inside `pinned`.

    Raises StoreUnavailable.
    """
    view, stop = session.view, session.upto
    mask = await masks.where(int(moment).__lt__, view.modseqs, stop)
    changed = mask & masks.from_octets(view.alive[:stop])
    vanished = await _vanished(mail, session, moment, known)
    return Since(vanished, tuple(masks.spans_of(changed, stop)))


async def _vanished(mail: Mail, session: SessionView, moment: ModSeq, known: UidSet | None) -> UidSet:
    possible = UidSet.ranges_of([(1, session.view.uidnext - 1)] if session.view.uidnext > 1 else [])
    everything = possible if known is None else known & possible
    try:
        expunged = await _expunged(mail, session, moment)
    except HistoryLost:
        expunged = everything
    return _missing(session, expunged & everything)


def _missing(session: SessionView, gone: UidSet) -> UidSet:
    """Without what the session counts, and what came without being told yet."""
    view = session.view
    living = view.dead.without(spans.of_uids(view.uids, gone, len(view.uids)))
    return gone - spans.exact(view.uids, session.named(gone)) - spans.exact(view.uids, tuple(living))


async def _expunged(mail: Mail, session: SessionView, moment: ModSeq) -> UidSet:
    found = UidSet()
    more = True
    while more:
        changes = await mail.feed.since(moment, mailbox=session.view.mailbox)
        gone = (change.uids for change in changes.changes if change.kind is ChangeKind.EXPUNGED)
        found = UidSet.ranges_of([*found.ranges, *(pair for uids in gone for pair in uids.ranges)])
        moment, more = changes.at, changes.more
    return found
