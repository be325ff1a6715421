"""What an account's mail consists of, as values. The names are those of RFC 9051, RFC 8474 and RFC 8621."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, NewType

from gateway.mail.octets import OctetSource
from gateway.mail.units import Seconds, Timestamp
from gateway.store.flags import Flags, Mark
from gateway.store.uids import UidSet
from gateway.summary.model import Summary

MailboxId = NewType("MailboxId", int)
"""Never used again within an account; kept when the mailbox is renamed (RFC 8474 4)."""
EmailId = NewType("EmailId", int)
"""One message, whatever mailboxes it lies in; ascending in the order of arrival; never used again (RFC 8474 5.1)."""
ThreadId = NewType("ThreadId", int)
"""One conversation (RFC 8621 3)."""
Uid = NewType("Uid", int)
UidValidity = NewType("UidValidity", int)
NO_DAY: Final = -(1 << 31)
ModSeq = NewType("ModSeq", int)
"""A moment in the history of an account. One counter serves them all: IMAP's mod-sequences and JMAP's states."""


class SpecialUse(StrEnum):
    """What a mailbox is for (RFC 6154 2, RFC 8457), and JMAP's roles (RFC 8621 2) in lower case. INBOX has none."""

    ALL = "\\All"
    ARCHIVE = "\\Archive"
    DRAFTS = "\\Drafts"
    FLAGGED = "\\Flagged"
    IMPORTANT = "\\Important"
    JUNK = "\\Junk"
    SENT = "\\Sent"
    TRASH = "\\Trash"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox, and what STATUS tells of it (RFC 9051 6.3.11)."""

    id: MailboxId
    name: str
    """From the top, with `/` between the levels, NFC. `INBOX` is written so."""
    parent: MailboxId | None
    uidvalidity: UidValidity
    uidnext: Uid
    highestmodseq: ModSeq
    """When its messages changed last."""
    created: ModSeq
    changed: ModSeq
    """When anything but its messages and counts changed last: name, parent, use, subscription, order."""
    messages: int
    unseen: int
    deleted: int
    size: int
    """Octets of all its messages."""
    first_recent: Uid
    """Messages from here on have been shown to no session yet (\\Recent, RFC 3501 2.3.2)."""
    special_use: SpecialUse | None = None
    selectable: bool = True
    """False: only a name above others (\\NonExistent)."""
    subscribed: bool = False
    sort_order: int = 0
    expire_after: Seconds | None = None
    """Messages saved longer ago than this are expunged."""


@dataclass(frozen=True, slots=True)
class NewEmail:
    """A message to be stored, with its octets in memory or in a finished spool of this account."""

    octets: OctetSource
    received: Timestamp
    """INTERNALDATE."""
    flags: Flags = Flags()
    summary: Summary | None = None
    """None: worked out when it is first asked for."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What is in a mailbox, as arrays of the same length, by ascending UID. Nobody changes them."""

    mailbox: Mailbox
    at: ModSeq
    """The state of the account that they show."""
    uids: "array[int]"
    """`I`."""
    marks: "array[int]"
    """`q`, each a `Mark`."""
    modseqs: "array[int]"
    """`q`."""
    emails: "array[int]"
    """`q`, each an EmailId."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Numbers about the messages of a mailbox, in the order of their UIDs."""

    uids: "array[int]"
    """`I`."""
    sizes: "array[int]"
    """`q`, octets."""
    received: "array[float]"
    saved: "array[float]"
    """When it came into this mailbox (RFC 8514)."""
    sent: "array[float]"
    """Of the Date field; `received` where there is none, or no summary yet (RFC 5256 2.2)."""
    days: "array[int]"
    """`i`, `Summary.day`; NO_DAY where there is none."""
    threads: "array[int]"
    """`q`, each a ThreadId."""


class SortText(StrEnum):
    """Which of `SortKeys`."""

    SUBJECT = "subject"
    SENDER = "sender"
    TO = "to"
    CC = "cc"
    DISPLAY_FROM = "display_from"
    DISPLAY_TO = "display_to"


@dataclass(frozen=True, slots=True)
class LinkColumns:
    """`Links` of many messages. None in each column: no summary yet, or no such message."""

    own: Sequence[int | None]
    answers: Sequence[int | None]
    """0 or 1."""
    counts: Sequence[int | None]
    """So many references of each."""
    references: "array[int]"
    """`q`, of one after the other."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies."""

    email: EmailId
    mailbox: MailboxId
    uid: Uid
    modseq: ModSeq
    mark: Mark
    saved: Timestamp


@dataclass(frozen=True, slots=True)
class Email:
    """What is known of a message, but for its octets."""

    id: EmailId
    thread: ThreadId
    size: int
    received: Timestamp
    created: ModSeq
    summary: Summary | None
    """None: none was made yet, or by an older version (`Emails.keep`)."""


class Glance(NamedTuple):
    """What is shown of a message in lists, without what nobody shows: quick to read of many."""

    id: EmailId
    thread: ThreadId
    size: int
    received: Timestamp
    odd: int | None
    """`Odd`. None: there is no summary yet; then the other parts of it mean nothing."""
    envelope: bytes
    structure: bytes
    preview: str
    """These three are empty where nobody asked for them."""


class ChangeKind(StrEnum):
    """What happened."""

    ARRIVED = "arrived"
    """Messages came into a mailbox."""
    FLAGS = "flags"
    EXPUNGED = "expunged"
    MAILBOX = "mailbox"
    """One was created, or its name, parent, use, subscription, order or rights changed."""
    MAILBOX_GONE = "mailbox-gone"
    ANNOTATION = "annotation"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the feed. `uids` and `emails` are those concerned; emails in the order of their UIDs."""

    at: ModSeq
    kind: ChangeKind
    mailbox: MailboxId | None
    uids: UidSet = UidSet()
    emails: tuple[EmailId, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened after a moment, oldest first."""

    changes: tuple[Change, ...]
    at: ModSeq
    """The account's state after the last of them."""
    more: bool
    """There are others after these: the limit was reached."""
