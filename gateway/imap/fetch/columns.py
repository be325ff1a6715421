"""What is said of messages without their contents, a column at a time: how it is written, and the values."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from gateway.imap.fetch.batch import Batch
from gateway.imap.fetch.shown import Shown
from gateway.imap.news import Column, forms, introduce
from gateway.imap.session import Session
from gateway.imap.wire import strings
from gateway.imap.wire.date_time import date_time
from gateway.imap.wire.fetch import Fact, Item, Preview
from gateway.imap.wire.object_ids import email_id, thread_id
from gateway.mail.units import Timestamp
from gateway.mailbox.bench import at_bench
from gateway.store.model import Glance
from gateway.summary.structure_form import without_extensions

T = TypeVar("T")
_LARGE: Final = 16 * 1024
"""Octets of structures that are worked on in the event loop."""
_Writer = Callable[[Session, Batch], Awaitable[Column]]

OF_EMAILS: Final = frozenset(
    {
        Fact.INTERNALDATE,
        Fact.SIZE,
        Fact.THREADID,
        Fact.ENVELOPE,
        Fact.BODY,
        Fact.BODYSTRUCTURE,
    }
)
"""For these, what is known of a message has to be read."""
DESCRIBED: Final = frozenset({Fact.ENVELOPE, Fact.BODY, Fact.BODYSTRUCTURE})
OF_FORM: Final = DESCRIBED | {Fact.SIZE}
"""What is said of the form in which a session sees a message."""


async def column(session: Session, batch: Batch, item: Item) -> Column:
    """Of one item that is no section. Raises StoreUnavailable."""
    if isinstance(item, Preview):
        return b"PREVIEW %b", [_preview(email, lazy=item.lazy) for email in batch.emails]
    if isinstance(item, Fact):
        return await _WRITERS[item](session, batch)
    raise AssertionError(item)


async def _uid(_session: Session, batch: Batch) -> Column:
    return b"UID %d", batch.uids


async def _flags(session: Session, batch: Batch) -> Column:
    return b"FLAGS (%b)", await flags(session, batch)


async def flags(session: Session, batch: Batch) -> list[bytes]:
    """Without parentheses; the client is told of new keywords first. Raises StoreUnavailable."""
    await introduce(session, set(batch.marks))
    return forms(session, batch.marks, batch.uids)


async def _modseq(_session: Session, batch: Batch) -> Column:
    return b"MODSEQ (%d)", batch.modseqs


async def _internal_date(_session: Session, batch: Batch) -> Column:
    return b'INTERNALDATE "%b"', [date_time(email.received) for email in batch.emails]


async def _save_date(session: Session, batch: Batch) -> Column:
    """None knows it any more of what was expunged meanwhile: the store keeps it with the place in a mailbox."""
    located = session.mailbox.located
    places = await located.mail.emails.places(batch.ids)
    found: dict[int, Timestamp] = {
        place.uid: place.saved for each in places for place in each if place.mailbox == located.mailbox.id
    }
    return b"SAVEDATE %b", [_quoted_date(found.get(uid)) for uid in batch.uids]


def _quoted_date(at: Timestamp | None) -> bytes:
    return strings.NIL if at is None else b'"%b"' % date_time(at)


async def _size(_session: Session, batch: Batch) -> Column:
    return b"RFC822.SIZE %d", _by_form(batch, lambda email: email.size, lambda shown: len(shown.octets))


async def _email_id(session: Session, batch: Batch) -> Column:
    account = session.mailbox.located.mail.account
    return b"EMAILID (%b)", [email_id(account, email) for email in batch.ids]


async def _thread_id(session: Session, batch: Batch) -> Column:
    account = session.mailbox.located.mail.account
    return b"THREADID (%b)", [thread_id(account, email.thread) for email in batch.emails]


async def _envelope(_session: Session, batch: Batch) -> Column:
    return b"ENVELOPE %b", _by_form(batch, lambda email: email.envelope, lambda shown: shown.describe().envelope)


async def _structure(_session: Session, batch: Batch) -> Column:
    return b"BODYSTRUCTURE %b", _by_form(batch, lambda email: email.structure, lambda shown: shown.describe().structure)


async def _body(session: Session, batch: Batch) -> Column:
    def bodies() -> list[bytes]:
        return _by_form(batch, lambda email: without_extensions(email.structure), Shown.body)

    if sum(len(email.structure) for email in batch.emails) > _LARGE:
        return b"BODY %b", await at_bench(session.mailbox.located.mail.account, bodies)
    return b"BODY %b", bodies()


def _by_form(batch: Batch, stored: Callable[[Glance], T], made: Callable[[Shown], T]) -> list[T]:
    """What is stored holds for messages that are shown as they are."""
    return [
        stored(email) if shown is None or not shown.mended else made(shown)
        for email, shown in zip(batch.emails, batch.shown, strict=True)
    ]


def _preview(email: Glance, *, lazy: bool) -> bytes:
    """In UTF-8 for everybody (RFC 8970 3.3): to whoever does not expect that in quotes, as a literal."""
    if email.odd is None and lazy:
        return strings.NIL
    return strings.string(email.preview.encode("utf-8", "replace"))


_WRITERS: Final[Mapping[Fact, _Writer]] = {
    Fact.UID: _uid,
    Fact.FLAGS: _flags,
    Fact.MODSEQ: _modseq,
    Fact.INTERNALDATE: _internal_date,
    Fact.SAVEDATE: _save_date,
    Fact.SIZE: _size,
    Fact.EMAILID: _email_id,
    Fact.THREADID: _thread_id,
    Fact.ENVELOPE: _envelope,
    Fact.BODY: _body,
    Fact.BODYSTRUCTURE: _structure,
}
