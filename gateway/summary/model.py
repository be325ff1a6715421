"""A summary, as it is stored beside a message. Pure values; `gateway.summary.work` makes them."""

from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from gateway.mail.units import Timestamp

VERSION: Final = 2
"""Of what a summary is made of. What an older version made is made anew at its first request."""


@dataclass(frozen=True, slots=True)
class SortKeys:
    """What SORT (RFC 5256 3, RFC 5957) and JMAP compare: UTF-8, as i;unicode-casemap (RFC 5051) makes it."""

    subject: bytes
    """The base subject (RFC 5256 2.1)."""
    sender: bytes
    """The localpart of the first address of `From`."""
    to: bytes
    cc: bytes
    display_from: bytes
    """The display name of the first address of `From`, else the address."""
    display_to: bytes


@dataclass(frozen=True, slots=True)
class Links:
    """What threads are made by. A Message-ID is known by 63 bits of a hash of its normal form (RFC 5256 2.1)."""

    own: int
    """Of the Message-ID field; of the whole header's octets where there is none that can be read."""
    references: tuple[int, ...]
    """From References, else the first of In-Reply-To; oldest first, at most the last 100."""
    answers: bool
    """Whether the subject says that it answers or forwards (RFC 5256 2.1)."""


class Odd(IntFlag):
    """Why not everybody may be shown a message as it is (RFC 9755 7 and 8, RFC 9051 4.3.1)."""

    HEADER = 1
    """An octet over 127 in a header, its own or of a part, or a message/global inside."""
    NUL = 2
    """A NUL anywhere."""


NOT_ODD: Final = Odd(0)


@dataclass(frozen=True, slots=True)
class Summary:
    """Of one message."""

    envelope: bytes
    """ENVELOPE as IMAP writes it (RFC 9051 7.5.2), in parentheses, header text as it stands in the message: UTF-8 of
    the header is in it raw, each such string as a literal. Where `isascii()`, there are no literals in it."""
    structure: bytes
    """BODYSTRUCTURE with its extension data as IMAP writes it, likewise."""
    preview: str
    """At most 256 characters of what it says (RFC 8970 3), on one line; empty where there is no text."""
    sent: Timestamp | None
    """From the Date field; None where that cannot be read."""
    keys: SortKeys
    links: Links
    attached: bool
    """Whether it has an attachment (RFC 8621 4.1.4 hasAttachment)."""
    zone: int = 0
    """Of the Date field, minutes east of UTC: with it, `sent` is the day and time as they were written."""
    odd: Odd = NOT_ODD

    @property
    def day(self) -> int | None:
        """The day that the Date field names, disregarding time and zone (RFC 9051 6.4.4), counted from 1-Jan-1970."""
        return None if self.sent is None else int((self.sent + 60 * self.zone) // 86_400)


@dataclass(frozen=True, slots=True)
class SearchText:
    """The decoded text that searches look in, by place. Each is NFC, on lines."""

    subject: str
    sender: str
    """`From`: display names and addresses, as U-labels and A-labels."""
    to: str
    cc: str
    bcc: str
    headers: str
    """All other fields, a line each, `name: value`."""
    body: str
    """Text parts and the text of HTML parts, also of attached messages."""
    attachments: str
    """Their names, a line each."""
