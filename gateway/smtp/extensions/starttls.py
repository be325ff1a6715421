"""STARTTLS (RFC 3207): offered while the session is in the clear and a certificate is there."""

from gateway.smtp.extensions.base import Offer, ServiceExtension


def _announce(offer: Offer) -> str | None:
    return "STARTTLS" if offer.tls_possible and not offer.under_tls else None


STARTTLS = ServiceExtension("STARTTLS", _announce)
