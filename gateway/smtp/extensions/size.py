"""SIZE (RFC 1870): the largest message we take, and how large the client's is.

ABNF: `size-value = 1*20DIGIT`.
"""

from dataclasses import replace

from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions.base import Offer, ServiceExtension


def _announce(offer: Offer) -> str:
    return f"SIZE {offer.message_size}"


def _read(value: str | None, options: MailOptions) -> MailOptions:
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 20:
        raise bad_parameter("SIZE is a number of octets")
    return replace(options, size=int(value))


def _write(options: MailOptions, capabilities: Capabilities) -> str:
    return f" SIZE={options.size}" if options.size is not None and "SIZE" in capabilities else ""


SIZE = ServiceExtension("SIZE", _announce, mail={"SIZE": _read}, write_mail=_write)
