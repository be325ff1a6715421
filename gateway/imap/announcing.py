"""LIST responses that nobody asked for: what became of a name (RFC 9051 6.3.9.7)."""

from collections.abc import Sequence

from gateway.imap.session import Session
from gateway.imap.wire.listing import Row
from gateway.store.names import INBOX


def announce(session: Session, name: str, written: str, attributes: Sequence[bytes] = ()) -> None:
    """The client wrote a name of the mailbox that is not the one that LIST shows: not in NFC. Those who know
    IMAP4rev2 are told; INBOX is known in any case."""
    if session.rev2 and name not in (written, INBOX):
        session.output.untagged(Row(name, attributes, oldname=written).wire(utf8=session.utf8))


def announce_rename(session: Session, old: str, new: str, attributes: Sequence[bytes] = ()) -> None:
    """Its former name, to those who know IMAP4rev2. INBOX stays."""
    if session.rev2 and old != INBOX:
        session.output.untagged(Row(new, attributes, oldname=old).wire(utf8=session.utf8))
