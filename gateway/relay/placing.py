"""Routes our own mail: reports, and what `gateway sendmail` brings."""

from gateway.accounts.protocol import AccountsUnavailable
from gateway.mail.address import NULL_PATH, Address
from gateway.mail.envelope import Notify, Recipient
from gateway.mail.units import Timestamp
from gateway.queue.protocol import NewDelivery
from gateway.relay.origins import OURSELVES
from gateway.relay.postmaster import is_our_postmaster, postmaster_deliveries
from gateway.relay.seen import at_rcpt
from gateway.relay.setup import Setup

_NEVER = frozenset({Notify.NEVER})


def place_report(setup: Setup, to: Address, now: Timestamp) -> list[NewDelivery]:
    """The deliveries of a report. One that no route takes is stored all the same: its failure is on record.

    While the accounts cannot be read, it is kept for a route that its first attempt will find.
    """
    recipient = Recipient(to, _NEVER)
    try:
        return _placed(setup, recipient, now)
    except AccountsUnavailable:
        return [NewDelivery(recipient, "reject", "", now)]


def _placed(setup: Setup, recipient: Recipient, now: Timestamp) -> list[NewDelivery]:
    facts = at_rcpt(NULL_PATH, OURSELVES, setup.local_minute(now))
    placement = setup.router.place(recipient, facts)
    if is_our_postmaster(setup, recipient.address):
        return postmaster_deliveries(setup, recipient, placement, now)
    return [destination.delivery(now) for destination in placement.destinations]
