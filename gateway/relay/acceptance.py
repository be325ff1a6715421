"""What the receiving shells ask of the relay, step by step through one transaction (RFC 5321 3.3).

Grammar is the shell's: it hands over parsed values. Policy is the relay's: it answers with replies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.mail.address import LocalPart, ReversePath
from gateway.mail.envelope import MailOptions, Notify, OriginalRecipient, Recipient
from gateway.mail.message import QueueId
from gateway.mail.origin import Origin
from gateway.mail.reply import Reply
from gateway.mail.units import Timestamp
from gateway.queue.protocol import NewDelivery, Spool, SpooledBody


@dataclass(slots=True)
class Draft:
    """A transaction between MAIL and the end of DATA. Only the relay writes to it."""

    origin: Origin
    sender: ReversePath
    options: MailOptions
    begun: Timestamp | None = None
    """When MAIL came. None: as the body does."""
    recipients: list[Recipient] = field(default_factory=list)
    """Those that were accepted, in order."""
    deliveries: list[NewDelivery] = field(default_factory=list)
    id: QueueId | None = None
    """Given when the body begins to arrive."""
    undecided: bool = False
    """Some route looks at the content: recipients are routed again when it is here."""
    refusal: Reply | None = None
    """Why the message is refused for its header."""
    refused: dict[int, Reply] = field(default_factory=dict)
    """What those recipients are told, by their place, that are refused for the content; over LMTP each is."""


@dataclass(frozen=True, slots=True)
class Unqualified:
    """`<postmaster>` or `<root>`: a localpart without a domain, as programs on the same machine send it."""

    local: LocalPart
    notify: frozenset[Notify] | None = None
    original: OriginalRecipient | None = None


class Acceptor(Protocol):
    """Decides what is taken. Every refusal is a Reply that says what to do about it."""

    def begin(self, origin: Origin, sender: ReversePath | Unqualified, options: MailOptions) -> Draft | Reply:
        """MAIL. A Reply is a refusal."""
        ...

    async def recipient(self, draft: Draft, recipient: Recipient | Unqualified) -> Reply:
        """RCPT. A positive reply: the recipient is in the draft. Completes without suspending but for call-outs."""
        ...

    def spool(self, draft: Draft) -> Spool:
        """A file for a body that is larger than `INLINE_LIMIT`.

        The first write brings all that has come so far, so that the relay can put its trace fields in front of it.
        """
        ...

    async def finish(self, draft: Draft, body: bytes | SpooledBody) -> Sequence[Reply]:
        """The end of DATA or of the last BDAT: it is durable, or refused. One reply; for LMTP one per recipient."""
        ...
