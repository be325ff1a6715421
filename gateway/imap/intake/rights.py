"""Where messages go, and what the rights there leave of their flags (RFC 4314 4)."""

from typing import Final

from gateway.imap.access import Located
from gateway.imap.session import Session
from gateway.imap.wire.completion import Refusal, refused
from gateway.store.flags import NONE, Flags, System

ALL_FLAGS: Final = "swt"
"""The rights to set \\Seen, other flags, and \\Deleted."""
_OTHERS: Final = System.ANSWERED | System.FLAGGED | System.DRAFT


async def destination(session: Session, name: str, needs: str = "i") -> Located:
    """The mailbox that messages are put into. Raises Refusal: NO [TRYCREATE], NO [NOPERM]; StoreUnavailable."""
    try:
        return await session.mail.find(name, needs)
    except Refusal as refusal:
        if refusal.completion.code == b"NONEXISTENT":
            raise gone() from refusal
        raise


def gone() -> Refusal:
    """To be raised: the mailbox is not there."""
    return refused("no such mailbox: CREATE it first", b"TRYCREATE")


def allowed(flags: Flags, rights: str) -> Flags:
    """Those that may be set. The others are left out: nothing fails for them."""
    if all(right in rights for right in ALL_FLAGS):
        return flags
    mask = NONE
    for right, system in (("s", System.SEEN), ("t", System.DELETED), ("w", _OTHERS)):
        if right in rights:
            mask |= system
    return Flags(flags.system & mask, flags.keywords if "w" in rights else frozenset())
