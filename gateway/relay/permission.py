"""Who may send to whom: never an open relay (RFC 5321 7.8, 3.6.2)."""

from gateway.mail import codes
from gateway.mail.address import Address
from gateway.mail.origin import Origin
from gateway.mail.reply import Reply, reply
from gateway.relay.qualified import refusal_of_address
from gateway.relay.router import Placement
from gateway.relay.setup import Setup

_ROUTED = frozenset("%!@")
"""Characters of localparts that older servers read as a way on to a third host (RFC 5321 3.6.1, appendix C)."""


def refusal_of_recipient(setup: Setup, origin: Origin, address: Address, placement: Placement) -> Reply | None:
    """Why this client may not send to this recipient, or nobody can; None: it may."""
    refusal = refusal_of_address(setup, origin, address, codes.BAD_RECIPIENT_DOMAIN)
    refusal = refusal or refusal_of_client(setup, origin, address, placement)
    if refusal is not None or placement.closed is not None:
        return refusal or placement.closed
    entry = setup.relay_domains.entry(address.domain)
    known = entry is None or setup.router.is_alias(address) or setup.relay_domains.lists(entry, address)
    if not known:
        return reply(550, codes.NO_SUCH_MAILBOX, "no such recipient in a domain that we relay for")
    return None if placement.undecided else placement.refusal


def refusal_of_client(setup: Setup, origin: Origin, address: Address, placement: Placement) -> Reply | None:
    """Why this client may not send to this recipient, whoever else may.

    Permission looks at the recipient that the client named: what aliases make of it is the operator's own doing.
    """
    local = setup.router.routes.is_local(address.domain)
    known = local or setup.relay_domains.entry(address.domain) is not None
    if not (origin.trusted or known or placement.for_anyone):
        return reply(
            550, codes.NOT_AUTHORISED, "relaying denied: send from a trusted network, or to a domain that is ours"
        )
    # Also in our own domains: their mail may go on to a server that takes such a localpart for a route.
    routed = _ROUTED.intersection(address.local.value) and not setup.router.is_alias(address)
    if routed and not origin.trusted:
        return reply(550, codes.NOT_AUTHORISED, "relaying denied: the localpart names a way on to another host")
    return None
