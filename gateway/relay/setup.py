"""What the relay takes from the configuration: made anew at each reload, never changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.accounts.protocol import Directory
from gateway.mail.address import Address
from gateway.mail.domain import Domain
from gateway.mail.nexthop import HopLimits
from gateway.mail.units import Timestamp
from gateway.relay.config import AcceptConfig, RelayDomain
from gateway.relay.lane import HopTerms
from gateway.relay.no_accounts import NO_ACCOUNTS
from gateway.relay.quotas import UNLIMITED, Quotas
from gateway.relay.room import Room
from gateway.relay.router import Router
from gateway.report.config import ReportConfig
from gateway.route.plan import Mailbox, Via, ViaMx

_DEFAULT_TERMS = HopTerms(HopLimits())


@dataclass(frozen=True, slots=True)
class Setup:
    """`local_minute` gives the local time of day in minutes since midnight."""

    hostname: Domain
    router: Router
    accept: AcceptConfig
    reports: ReportConfig
    relay_domains: "RelayDomains"
    ascii_aliases: Mapping[str, Address]
    local_minute: Callable[[Timestamp], int]
    directory: Directory = NO_ACCOUNTS
    quotas: Quotas = UNLIMITED
    submission: frozenset[str] = frozenset()
    """Names of the listeners for submission."""
    admin: Address | None = None
    """Whose account gets the postmaster's mail where he has no address of his own."""
    room: Room | None = None
    """Whether mailboxes are full; None: it is not asked."""

    def terms(self, hop_key: str) -> HopTerms:
        """What is said of a next hop by the first route that leads there."""
        for route in self.router.routes.routes:
            match route.action:
                case Via(hop=hop) if hop.key == hop_key:
                    return HopTerms(hop.manner.limits, route.retry.max)
                case Mailbox(hop=hop) if hop.key == hop_key:
                    return HopTerms(hop.manner.limits, route.retry.max)
                case ViaMx(manner=manner) if hop_key.startswith("mx:"):
                    return HopTerms(manner.limits, route.retry.max)
                case _:
                    continue
        return _DEFAULT_TERMS


class RelayDomains:
    """`relay_domains`, by domain."""

    def __init__(self, entries: Sequence[RelayDomain]) -> None:
        self._exact = {e.name.domain.ascii: e for e in entries if not e.name.below}
        self._below = {e.name.domain.ascii: e for e in entries if e.name.below}
        self._known = {
            id(e): frozenset(address.key for address in e.recipients) for e in entries if e.recipients is not None
        }

    def entry(self, domain: Domain) -> RelayDomain | None:
        """The entry for a domain: its own, or of the nearest domain above it."""
        found = self._exact.get(domain.ascii)
        if found is not None or not self._below:
            return found
        _, _, above = domain.ascii.partition(".")
        while above:
            if above in self._below:
                return self._below[above]
            _, _, above = above.partition(".")
        return None

    def lists(self, entry: RelayDomain, address: Address) -> bool:
        """Whether the address is one of the domain's valid recipients; True where they are not listed."""
        known = self._known.get(id(entry))
        return known is None or address.key in known
