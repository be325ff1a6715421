"""How many messages one SEARCH looks at (MESSAGELIMIT, RFC 9738 3.1): of those that its own sets of numbers and UIDs
leave, the ones with the highest UIDs. What matches does not count, but what is asked about."""

from typing import Final

from gateway.imap.limits import highest
from gateway.imap.search.ground import Ground
from gateway.imap.session import Session
from gateway.imap.wire.search_keys import And as Both
from gateway.imap.wire.search_keys import Key, Named, Numbered
from gateway.mailbox.search.ids import UidIn
from gateway.mailbox.search.query import And, Query
from gateway.mailbox.spans import Span
from gateway.store.uids import UidSet

_LAST: Final = (1 << 32) - 1


def narrowed(session: Session, ground: Ground, key: Key) -> tuple[Query, int | None]:
    """The search; and where it looks at some of the messages alone, their lowest UID. To be called inside `pinned`."""
    query = ground.query(key)
    most, view = session.service.config.message_limit, session.mailbox.view
    if most is None or view.exists <= most:
        return query, None
    _, lowest = highest(session, _asked_about(session, ground, key))
    if lowest is None:
        return query, None
    return And((UidIn(UidSet(((lowest, _LAST),))), query)), lowest


def _asked_about(session: Session, ground: Ground, key: Key) -> tuple[Span, ...]:
    selected = session.mailbox
    left = UidSet(((1, _LAST),))
    for each in key.keys if isinstance(key, Both) else (key,):
        match each:
            case Named(uids):
                last = selected.view.uid(selected.view.exists) or 0
                left &= ground.saved if uids.saved else uids.upto(last)
            case Numbered(numbers) if numbers.saved:
                left &= ground.saved
            case Numbered(numbers):
                left &= selected.covered(selected.view.numbered(numbers.upto(selected.view.exists).ranges))
            case _:
                pass
    return selected.view.named(left)
