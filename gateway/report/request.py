"""What a report is to say: one message, one occasion, and what became of each recipient."""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import assert_never

from gateway.mail import codes
from gateway.mail.address import Address, BadAddress, parse_address
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import Domain
from gateway.mail.envelope import OriginalRecipient
from gateway.mail.message import Delivery, Message, QueueId
from gateway.mail.octets import OctetSource
from gateway.mail.outcome import Deferred, Delivered, Failed, Outcome
from gateway.mail.reply import Reply
from gateway.mail.units import OctetCount, Timestamp


class Occasion(StrEnum):
    """Why a report is made. All recipients of one report share it."""

    FAILURE = "failure"
    DELAY = "delay"
    SUCCESS = "success"


class Action(StrEnum):
    """The Action field (RFC 3464 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    """The next hop took it and will not report success, since it lacks DSN (RFC 3461 5.2.2)."""
    EXPANDED = "expanded"
    """It went to the several recipients of an alias (RFC 3461 5.2.7.3)."""


class Form(Enum):
    """Who can read a report."""

    ASCII = auto()
    """Any server: all of it is ASCII in short lines."""
    UTF8 = auto()
    """Servers with SMTPUTF8 and 8BITMIME: addresses and headers as they are (RFC 6533 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientReport:
    """What became of one recipient. `recipient` is the address that we accepted (RFC 3464 2.3.2)."""

    recipient: Address
    action: Action
    status: EnhancedCode
    why: str = ""
    """In plain English, the same words as in the log and the history."""
    original: OriginalRecipient | None = None
    """ORCPT, decoded."""
    sent_to: Address | None = None
    """Where an alias or a rewrite sent it, when that is another address."""
    host: str = ""
    """The host that answered."""
    reply: Reply | None = None
    """What it answered."""
    attempted: Timestamp | None = None
    retry_until: Timestamp | None = None
    """For delays: when we shall give up."""
    changed: tuple[str, ...] = ()
    """What was rewritten on the way, in words."""
    reports_on: bool = False
    """For what was passed on: the next hop goes on reporting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """A report to be built. `to` is the message's sender, or the postmaster where the report is a copy."""

    to: Address
    id: QueueId
    """The queue id of the report itself: its Message-ID and boundary are made from it."""
    occasion: Occasion
    reporter: Domain
    """Our hostname."""
    message: Message
    octets: OctetSource
    """The message as it was accepted."""
    recipients: tuple[RecipientReport, ...]
    now: Timestamp
    return_limit: OctetCount = OctetCount(1024 * 1024)

    @property
    def is_copy(self) -> bool:
        """Whether it goes to somebody else than the sender."""
        return self.to != self.message.sender

    @property
    def form(self) -> Form:
        """ASCII wherever the addressee can be reached without SMTPUTF8, so that a report never dies of 5.6.7."""
        return Form.ASCII if self.to.is_ascii else Form.UTF8


def recipient_report(delivery: Delivery, outcome: Outcome, action: Action, attempted: Timestamp) -> RecipientReport:
    """What is to be said about a delivery after an attempt."""
    accepted = _accepted(delivery)
    common = _common(outcome)
    return RecipientReport(
        recipient=accepted,
        action=action,
        status=common.status,
        why=common.why,
        original=delivery.recipient.original,
        sent_to=delivery.recipient.address if delivery.recipient.address != accepted else None,
        host=outcome.host,
        reply=outcome.reply,
        attempted=attempted,
        changed=outcome.changed if isinstance(outcome, Delivered) else (),
    )


@dataclass(frozen=True, slots=True)
class _Common:
    status: EnhancedCode
    why: str


def _common(outcome: Outcome) -> _Common:
    match outcome:
        case Delivered():
            return _Common(outcome.reply.status or codes.OK, "")
        case Deferred() | Failed():
            return _Common(outcome.status, outcome.why)
        case _:
            assert_never(outcome)


def _accepted(delivery: Delivery) -> Address:
    """The recipient that the client named, before aliases."""
    try:
        return parse_address(delivery.alias_of) if delivery.alias_of else delivery.recipient.address
    except BadAddress:
        return delivery.recipient.address
