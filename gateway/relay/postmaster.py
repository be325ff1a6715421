"""The postmaster of our names, and `abuse@` our domains: their mail is always taken (RFC 5321 4.5.1, RFC 2142 2), and
never lost for want of an address. An account that has such an address goes first.
"""

from dataclasses import replace

from gateway.mail.address import NULL_PATH, Address, LocalPart
from gateway.mail.envelope import Recipient
from gateway.mail.units import Timestamp
from gateway.queue.protocol import NewDelivery
from gateway.relay.origins import OURSELVES
from gateway.relay.residents import is_service
from gateway.relay.router import Destination, Placement
from gateway.relay.seen import at_rcpt
from gateway.relay.setup import Setup
from gateway.route.plan import Mailbox, ViaMx

_HELD = "mail for the postmaster, who has no address yet: set `reports.postmaster`"


def is_postmaster(local: LocalPart) -> bool:
    """Whether the name is his, in any case of letters."""
    return local.value.lower() == "postmaster"


def is_our_postmaster(setup: Setup, address: Address) -> bool:
    """Whether the address is his at our hostname, or one that somebody has to read at one of our domains."""
    domain = address.domain
    if is_postmaster(address.local) and domain == setup.hostname:
        return True
    return is_service(address.local) and setup.router.routes.is_local(domain)


def postmaster_deliveries(
    setup: Setup, recipient: Recipient, placement: Placement, now: Timestamp
) -> list[NewDelivery]:
    """To the postmaster's own route; to `reports.postmaster`; into the admin's mailbox; held for the operator where
    there is none of them."""
    if placement.refusal is None and not any(_comes_back(setup, d) for d in placement.destinations):
        return [d.delivery(now) for d in placement.destinations]
    for other in (setup.reports.postmaster, setup.admin):
        if other is not None and not is_our_postmaster(setup, other):
            facts = at_rcpt(NULL_PATH, OURSELVES, setup.local_minute(now))
            placed = setup.router.place(replace(recipient, address=other), facts)
            if placed.refusal is None and (other is not setup.admin or all(map(_is_kept, placed.destinations))):
                return [replace(d.delivery(now), alias_of=str(recipient.address)) for d in placed.destinations]
    return [NewDelivery(recipient, "hold", "", now, hold_reason=_HELD)]


def _is_kept(destination: Destination) -> bool:
    """Whether it goes into a mailbox: a route for everything might bring it back to us."""
    return destination.route is not None and isinstance(destination.route.action, Mailbox)


def _comes_back(setup: Setup, destination: Destination) -> bool:
    """Whether a route for everything sends it to the exchangers of our own name: those are ourselves."""
    route = destination.route
    return (
        route is not None
        and isinstance(route.action, ViaMx)
        and is_our_postmaster(setup, destination.recipient.address)
    )
