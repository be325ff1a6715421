"""REQUIRETLS (RFC 8689): announced under TLS only; a parameter of MAIL without a value."""

from dataclasses import replace

from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions.base import Offer, ServiceExtension


def _announce(offer: Offer) -> str | None:
    return "REQUIRETLS" if offer.under_tls else None


def _read(value: str | None, options: MailOptions) -> MailOptions:
    if value is not None:
        raise bad_parameter("REQUIRETLS takes no value")
    return replace(options, requiretls=True)


def _write(options: MailOptions, _capabilities: Capabilities) -> str:
    return " REQUIRETLS" if options.requiretls else ""


REQUIRETLS = ServiceExtension("REQUIRETLS", _announce, mail={"REQUIRETLS": _read}, write_mail=_write)
