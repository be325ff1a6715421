"""Which domains are ours."""

from collections.abc import Callable, Sequence

from gateway.mail.domain import Domain
from gateway.route.config import LocalDomain

IsLocal = Callable[[Domain], bool]
"""Whether mailboxes of a domain live here."""


def no_more(_: Domain) -> bool:
    """There is no second source."""
    return False


class LocalDomains:
    """The domains of the configuration, and those of a second source that may change at any time."""

    def __init__(self, configured: Sequence[LocalDomain], more: IsLocal = no_more) -> None:
        self._configured = frozenset(domain.name.ascii for domain in configured)
        self._more = more

    def __call__(self, domain: Domain) -> bool:
        """Whether the domain is one of them."""
        return domain.ascii in self._configured or self._more(domain)
