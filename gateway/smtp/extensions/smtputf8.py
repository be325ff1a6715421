"""SMTPUTF8 (RFC 6531): a parameter of MAIL without a value."""

from dataclasses import replace

from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions.base import ServiceExtension, always


def _read(value: str | None, options: MailOptions) -> MailOptions:
    if value is not None:
        raise bad_parameter("SMTPUTF8 takes no value")
    return replace(options, smtputf8=True)


def _write(options: MailOptions, _capabilities: Capabilities) -> str:
    """Said wherever it is needed: a host without it then refuses, which is better than bytes it did not expect."""
    return " SMTPUTF8" if options.smtputf8 else ""


SMTPUTF8 = ServiceExtension("SMTPUTF8", always("SMTPUTF8"), mail={"SMTPUTF8": _read}, write_mail=_write)
