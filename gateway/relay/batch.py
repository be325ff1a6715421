"""The part of a message that can go in one transaction: the recipients that share their needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.inspect.needs import needs_of
from gateway.inspect.result import Inspection
from gateway.mail.address import Address, NullPath, ReversePath
from gateway.mail.envelope import Body, MailOptions, OriginalRecipient, Recipient
from gateway.mail.message import Delivery
from gateway.mail.need import Extension, Needs, Where
from gateway.mail.octets import OctetSource
from gateway.relay.transport import Endpoint, Reference, Transaction
from gateway.route.policy import Policy, Smtputf8Policy


@dataclass(frozen=True, slots=True)
class Batch:
    """What would be sent now, and what it needs. Rewriting makes another Batch for the same deliveries.

    `recipients` run parallel to `deliveries`. `changed` says in words what was rewritten.
    """

    deliveries: tuple[Delivery, ...]
    sender: ReversePath
    recipients: tuple[Recipient, ...]
    options: MailOptions
    octets: OctetSource
    inspection: Inspection
    needs: Needs
    changed: tuple[str, ...] = ()
    rewritten: frozenset[str] = frozenset()
    declined: frozenset[Endpoint] = frozenset()
    """Hosts that would not take these recipients now: they are not asked again in this attempt."""
    reference: Reference | None = None

    def transaction(self, declare: frozenset[Extension]) -> Transaction:
        """The transaction that sends it, with the extensions that `decide` said to declare. RET and ENVID are said
        again in each transaction that a message is split into (RFC 3461 4.3, 4.4). No time is said (RFC 2852)."""
        reference = self.reference and replace(self.reference, deliveries=tuple(d.id for d in self.deliveries))
        return Transaction(
            self.sender,
            self.recipients,
            self.octets,
            body_parameter(declare, self.inspection),
            Extension.SMTPUTF8 in declare,
            Extension.REQUIRETLS in declare,
            self.options.ret,
            self.options.envid,
            priority=self.options.priority,
            reference=reference,
        )


def body_parameter(declare: frozenset[Extension], inspection: Inspection) -> Body:
    """The BODY parameter for the extensions declared.

    UTF-8 in headers of parts and of messages inside is 8-bit body to 8BITMIME (RFC 6152 3, RFC 6531 3.6); a host that
    offers SMTPUTF8 takes that.
    """
    if Extension.BINARYMIME in declare:
        return Body.BINARYMIME
    inside = Extension.SMTPUTF8 in declare and any(f.where is not Where.HEADER for f in inspection.headers)
    return Body.EIGHTBITMIME if inside or Extension.EIGHTBITMIME in declare else Body.SEVENBIT


@dataclass(frozen=True, slots=True)
class Content:
    """A message's octets as they are to be sent, with what the inspector found in them."""

    sender: ReversePath
    options: MailOptions
    octets: OctetSource
    inspection: Inspection
    reference: Reference | None = None


def batches(
    content: Content, deliveries: Sequence[Delivery], policy: Policy, aliases: Mapping[str, Address]
) -> list[Batch]:
    """Split by need: one UTF-8 localpart never harms an ASCII recipient beside it (RFC 6531 3.5), nor one without an
    ASCII alias another that has one."""
    ascii_only = tuple(d for d in deliveries if d.recipient.address.is_ascii)
    if len(ascii_only) == len(deliveries):
        return [_batch(content, tuple(deliveries), policy)]
    others = tuple(d for d in deliveries if not d.recipient.address.is_ascii)
    known = tuple(d for d in others if d.recipient.address.key in aliases)
    unknown = tuple(d for d in others if d.recipient.address.key not in aliases)
    return [_batch(content, part, policy) for part in (ascii_only, known, unknown) if part]


def _batch(content: Content, deliveries: tuple[Delivery, ...], policy: Policy) -> Batch:
    recipients = tuple(d.recipient for d in deliveries)
    strict = policy.smtputf8 is Smtputf8Policy.STRICT
    needs = needs_of(content.inspection, content.sender, recipients, content.options, strict=strict)
    return Batch(
        deliveries,
        content.sender,
        recipients,
        content.options,
        content.octets,
        content.inspection,
        needs,
        reference=content.reference,
    )


def aliased(batch: Batch, aliases: Mapping[str, Address]) -> Batch:
    """The batch with ASCII aliases in its envelope, where they exist; ORCPT names the original (RFC 3461 4.2)."""
    sender = batch.sender if isinstance(batch.sender, NullPath) else aliases.get(batch.sender.key, batch.sender)
    return replace(batch, sender=sender, recipients=tuple(_aliased(r, aliases) for r in batch.recipients))


def _aliased(recipient: Recipient, aliases: Mapping[str, Address]) -> Recipient:
    alias = None if recipient.address.is_ascii else aliases.get(recipient.address.key)
    if alias is None:
        return recipient
    original = recipient.original or OriginalRecipient("utf-8", str(recipient.address))
    return replace(recipient, address=alias, original=original)


def with_octets(batch: Batch, octets: OctetSource, inspection: Inspection, policy: Policy) -> Batch:
    """The batch with other octets, which were inspected: its needs are derived anew, nothing is taken over."""
    strict = policy.smtputf8 is Smtputf8Policy.STRICT
    needs = needs_of(inspection, batch.sender, batch.recipients, batch.options, strict=strict)
    return replace(batch, octets=octets, inspection=inspection, needs=needs)
