"""LIMITS (RFC 9422): how many recipients a transaction may have, said before the client finds out.

ABNF: `LIMITS SP "RCPTMAX=" 1*6DIGIT`.
"""

from gateway.mail.capabilities import Capabilities
from gateway.smtp.extensions.base import Offer, ServiceExtension


def _announce(offer: Offer) -> str:
    return f"LIMITS RCPTMAX={min(offer.recipients, 999_999)}"


def announced_limits(capabilities: Capabilities) -> dict[str, int]:
    """What a host limits, by name in upper case (MAILMAX, RCPTMAX, RCPTDOMAINMAX); malformed ones are ignored."""
    limits: dict[str, int] = {}
    for word in capabilities.keywords.get("LIMITS", "").split():
        name, _, value = word.partition("=")
        if value.isascii() and value.isdigit() and len(value) <= 6 and int(value) > 0:
            limits[name.upper()] = int(value)
    return limits


LIMITS = ServiceExtension("LIMITS", _announce)
