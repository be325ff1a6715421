"""What came of an import or export, counted."""

from dataclasses import dataclass, field
from typing import Final

from gateway.mailbox.transfer.model import Skipped

MOST_NAMED: Final = 10_000


@dataclass(slots=True)
class Count:
    """Of one mailbox."""

    messages: int = 0
    octets: int = 0
    already: int = 0
    """Imported by the same command before."""
    skipped: int = 0
    refused_keywords: int = 0


@dataclass(slots=True)
class Tally:
    """Of all of them."""

    mailboxes: dict[str, Count] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    """The first of them."""
    skips: int = 0

    def of(self, mailbox: str) -> Count:
        """By name."""
        return self.mailboxes.setdefault(mailbox, Count())

    def skip(self, skipped: Skipped, mailbox: str | None = None) -> None:
        """Something is left out."""
        self.skips += 1
        if mailbox is not None:
            self.of(mailbox).skipped += 1
        if len(self.skipped) < MOST_NAMED:
            self.skipped.append(skipped)

    @property
    def messages(self) -> int:
        """In all mailboxes."""
        return sum(count.messages for count in self.mailboxes.values())

    @property
    def already(self) -> int:
        """Likewise."""
        return sum(count.already for count in self.mailboxes.values())
