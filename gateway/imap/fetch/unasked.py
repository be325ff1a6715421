"""FETCH responses for new messages, to who wants to be shown them (RFC 5465 5.2 and 7)."""

from collections.abc import Sequence

from gateway.imap.fetch.respond import respond
from gateway.imap.session import UIDONLY, Session
from gateway.imap.wire.fetch import Fact, Item
from gateway.mailbox.spans import Span


async def show(session: Session, places: Sequence[Span], items: Sequence[Item]) -> None:
    """Without making them \\Seen; under IMAP4rev2 with UIDs (RFC 9051 7.5.2), to who knows mod-sequences with these and
    UIDs (RFC 7162 3.2.4). To be called inside `pinned`.

    Raises StoreUnavailable, ConnectionError.
    """
    told = (session.rev2 or session.condstore) and UIDONLY not in session.enabled
    first = [Fact.UID] if told else []
    last = [Fact.MODSEQ] if session.condstore else []
    await respond(session, places, tuple(dict.fromkeys([*first, *items, *last])))
