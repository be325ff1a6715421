"""FETCH responses for new messages, to who wants to be shown them (RFC 5465 5.2 and 7)."""

from collections.abc import Sequence

from gateway.imap.fetch.respond import respond
from gateway.imap.session import UIDONLY, Session
from gateway.imap.wire.fetch import Fact, Item
from gateway.mailbox.spans import Span


async def show(session: Session, places: Sequence[Span], items: Sequence[Item]) -> None:
    """Without making them \\Seen; under IMAP4rev2 with UIDs (RFC 9051 7.5.2). To be called inside `pinned`.

    Raises StoreUnavailable, ConnectionError.
    """
    with_uid = session.rev2 and UIDONLY not in session.enabled
    await respond(session, places, tuple(dict.fromkeys([Fact.UID, *items])) if with_uid else items)
