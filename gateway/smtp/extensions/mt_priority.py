"""MT-PRIORITY (RFC 6710): how urgent a message is, from -9 to 9; 0 where nothing is said.

ABNF::

    announcement   = "MT-PRIORITY" [ SP priority-profile ] ; we name none: all 19 levels are told apart
    priority-value = "0" / ( [ "-" ] %x31-39 )
"""

import re
from dataclasses import replace

from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions.base import ServiceExtension, always

_VALUE = re.compile(r"0|-?[1-9]")


def _read(value: str | None, options: MailOptions) -> MailOptions:
    if not _VALUE.fullmatch(value or ""):
        raise bad_parameter("MT-PRIORITY is a whole number from -9 to 9")
    return replace(options, priority=int(value or ""))


def _write(options: MailOptions, capabilities: Capabilities) -> str:
    """Every host that knows it is told, also of a priority that nobody named (RFC 6710 4.2)."""
    return f" MT-PRIORITY={options.priority or 0}" if "MT-PRIORITY" in capabilities else ""


MT_PRIORITY = ServiceExtension("MT-PRIORITY", always("MT-PRIORITY"), mail={"MT-PRIORITY": _read}, write_mail=_write)
