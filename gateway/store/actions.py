"""What is done to messages. A list of actions is one transaction: all of them happen, durably, or none does."""

from dataclasses import dataclass
from enum import Enum, auto

from gateway.store.flags import Flags, How, Mark
from gateway.store.model import EmailId, MailboxId, ModSeq, NewEmail, Uid, UidValidity
from gateway.store.uids import UidSet


class Which(Enum):
    """What EXPUNGE takes of the UIDs that it names."""

    MARKED = auto()
    """Those with \\Deleted (IMAP)."""
    ALL = auto()
    """All (JMAP, expiry)."""


@dataclass(frozen=True, slots=True)
class Append:
    """New messages, in this order (APPEND, MULTIAPPEND, delivery)."""

    mailbox: MailboxId
    emails: tuple[NewEmail, ...]
    token: str = ""
    """Names this very delivery. What was appended with the same token in the last days is not appended again: the
    result is that of the first time."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The same messages in one more mailbox: flags, INTERNALDATE and EMAILID are kept (RFC 9051 6.4.7)."""

    mailbox: MailboxId
    uids: UidSet
    to: MailboxId


@dataclass(frozen=True, slots=True)
class Move:
    """RFC 6851."""

    mailbox: MailboxId
    uids: UidSet
    to: MailboxId


@dataclass(frozen=True, slots=True)
class SetFlags:
    """STORE. `unchanged_since`: only what has not changed after that (RFC 7162 3.1.3)."""

    mailbox: MailboxId
    uids: UidSet
    how: How
    flags: Flags
    unchanged_since: ModSeq | None = None


@dataclass(frozen=True, slots=True)
class Expunge:
    """Takes messages out of a mailbox. `uids` None: of all that it holds.

    `every`: where one of the UIDs is not there, or not to be taken, nothing of the list of actions happens
    (StateChanged).
    """

    mailbox: MailboxId
    uids: UidSet | None
    which: Which = Which.MARKED
    every: bool = False


Action = Append | Copy | Move | SetFlags | Expunge


@dataclass(frozen=True, slots=True)
class Arrived:
    """Of Append, Copy and Move. `sources` (none for Append) and `uids` and `emails` belong together one by one."""

    mailbox: MailboxId
    uidvalidity: UidValidity
    uids: tuple[Uid, ...]
    emails: tuple[EmailId, ...]
    at: ModSeq
    sources: tuple[Uid, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagsSet:
    """Of SetFlags. `changed`: their modseq is `at`. `failed`: changed after `unchanged_since`. UIDs that the mailbox
    does not have are in neither, nor are those that were so already."""

    mailbox: MailboxId
    changed: UidSet
    failed: UidSet
    at: ModSeq
    """The mailbox's highestmodseq afterwards."""
    marks: tuple[tuple[Mark, UidSet], ...] = ()
    """What the changed ones are marked with now."""


@dataclass(frozen=True, slots=True)
class Expunged:
    """Of Expunge."""

    mailbox: MailboxId
    uids: UidSet
    at: ModSeq


Result = Arrived | FlagsSet | Expunged
