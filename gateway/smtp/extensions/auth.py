"""AUTH (RFC 4954): the mechanisms that EHLO announces, and the AUTH parameter of MAIL (5).

ABNF, as read here::

    auth-keyword = "AUTH" 1*( SP sasl-mech )
    auth-value   = xtext                                   ; in it a mailbox, or "<>"

The parameter says whom a message came from where it entered the world of those who log in. Only servers that trust
each other's word could use it; here it is read, checked, and means what RFC 4954 5 asks of everyone else: `AUTH=<>`,
which every server hears that we logged in to.
"""

from typing import Final

from gateway.mail.address import BadAddress, parse_address
from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions.base import Offer, ServiceExtension
from gateway.smtp.xtext import BadEncoding, decode_xtext

MAX_VALUE: Final = 500
"""Characters of the parameter (RFC 4954 3, item 5)."""

_NOBODY: Final = "<>"
"""Who submitted the message is not known, or not to be believed."""


def _announce(offer: Offer) -> str | None:
    return f"AUTH {' '.join(offer.mechanisms)}" if offer.mechanisms else None


def _read(value: str | None, options: MailOptions) -> MailOptions:
    if value is None or len(value) > MAX_VALUE:
        raise bad_parameter(f"AUTH has 1 to {MAX_VALUE} characters: <>, or an address as xtext")
    try:
        mailbox = decode_xtext(value)
        if mailbox != _NOBODY:
            parse_address(mailbox)
    except (BadEncoding, BadAddress) as error:
        raise bad_parameter(f"AUTH is malformed: {error}") from error
    return options


def _write(_options: MailOptions, capabilities: Capabilities) -> str:
    return f" AUTH={_NOBODY}" if capabilities.logged_in else ""


AUTH = ServiceExtension("AUTH", _announce, mail={"AUTH": _read}, write_mail=_write)
