"""What one transaction needs of the next hop: a need belongs to a delivery, not to a message (RFC 6531 3, RFC 6152)."""

from collections.abc import Sequence

from gateway.inspect.result import Inspection
from gateway.mail.address import Address, ReversePath
from gateway.mail.envelope import Body, MailOptions, Recipient
from gateway.mail.need import NOTHING, Extension, Finding, Need, Needs, Where


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
    places = [(Where.RECIPIENT, recipient.address) for recipient in recipients]
    if isinstance(sender, Address):
        places.insert(0, (Where.SENDER, sender))
    return tuple(
        Finding(where, why=f"the localpart of {address} is not ASCII")
        for where, address in places
        if not address.is_ascii
    )


def _request(name: str, *, made: bool) -> tuple[Finding, ...]:
    return (Finding(Where.REQUEST, why=f"the client asked for {name}"),) if made else ()
