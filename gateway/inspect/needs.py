"""What one transaction needs of the next hop: a need belongs to a delivery, not to a message (RFC 6531 3, RFC 6152)."""

from collections.abc import Sequence

from gateway.inspect.result import Inspection
from gateway.mail.address import Address, ReversePath
from gateway.mail.envelope import Body, MailOptions, Recipient
from gateway.mail.need import NOTHING, Extension, Finding, Need, Needs, Where

_SENDER = Finding(Where.SENDER, why="the sender's localpart is not ASCII")
_RECIPIENT = Finding(Where.RECIPIENT, why="a recipient's localpart is not ASCII")


def needs_of(
    inspection: Inspection,
    sender: ReversePath,
    recipients: Sequence[Recipient],
    options: MailOptions,
    *,
    strict: bool = False,
) -> Needs:
    """The needs of a message to these recipients, derived; each with its reasons.

    What the client asked for is none of it, but for REQUIRETLS and, where `strict`, SMTPUTF8. A U-label domain needs
    nothing: it is told as its A-label. Where the octets are binary, BINARYMIME alone is needed: it says more.
    """
    asked = strict and options.smtputf8
    found = inspection.headers or inspection.body_findings
    if not (found or asked or options.requiretls) and _all_ascii(sender, recipients):
        return NOTHING
    reasons = {
        Extension.SMTPUTF8: (*inspection.headers, *_addresses(sender, recipients), *_request("SMTPUTF8", made=asked)),
        Extension.EIGHTBITMIME: inspection.body_findings if inspection.body is Body.EIGHTBITMIME else (),
        Extension.BINARYMIME: inspection.body_findings if inspection.body is Body.BINARYMIME else (),
        Extension.REQUIRETLS: _request("REQUIRETLS", made=options.requiretls),
    }
    return Needs({extension: Need(extension, because) for extension, because in reasons.items() if because})


def _all_ascii(sender: ReversePath, recipients: Sequence[Recipient]) -> bool:
    for recipient in recipients:
        if not recipient.address.local.text.isascii():
            return False
    return not isinstance(sender, Address) or sender.local.text.isascii()


def _addresses(sender: ReversePath, recipients: Sequence[Recipient]) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if isinstance(sender, Address) and not sender.is_ascii:
        found.append(_SENDER)
    if not all(recipient.address.is_ascii for recipient in recipients):
        found.append(_RECIPIENT)
    return tuple(found)


def _request(name: str, *, made: bool) -> tuple[Finding, ...]:
    return (Finding(Where.REQUEST, why=f"the client asked for {name}"),) if made else ()
