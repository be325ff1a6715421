"""DELIVERBY (RFC 2852): the BY parameter of MAIL.

ABNF::

    announcement = "DELIVERBY" [ SP [ min-by-time ] *( "," extension-token ) ]   ; we say none of them
    min-by-time  = 1*9DIGIT                         ; for mode R alone
    by-value     = by-time ";" by-mode [ by-trace ]
    by-time      = [ "-" / "+" ] 1*9DIGIT           ; seconds; with R more than none
    by-mode      = "N" / "R"
    by-trace     = "T"
"""

import re
from dataclasses import replace

from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import ByMode, DeliverBy, MailOptions
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions.base import ServiceExtension, always

LONGEST = 999_999_999
"""Seconds that nine digits can say."""

_VALUE = re.compile(r"([+-]?[0-9]{1,9});([NR])(T?)", re.IGNORECASE)


def least_time(capabilities: Capabilities) -> int:
    """The least number of seconds that a host takes with mode R; 0 where it sets none, or says it badly."""
    text = capabilities.keywords.get("DELIVERBY", "").partition(",")[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _read(value: str | None, options: MailOptions) -> MailOptions:
    found = _VALUE.fullmatch(value or "")
    if found is None:
        raise bad_parameter("BY has the form seconds;R or seconds;N, with a T behind it for a trace")
    seconds, mode = int(found[1]), ByMode(found[2].upper())
    if seconds <= 0 and mode is ByMode.RETURN:
        raise bad_parameter("BY with R needs some time: a number of seconds over 0")
    return replace(options, deliver_by=DeliverBy(seconds, mode, bool(found[3])))


def _write(options: MailOptions, capabilities: Capabilities) -> str:
    """R is always said: a host that cannot promise it must refuse rather than be late (RFC 2852 4.1.4.1)."""
    by = options.deliver_by
    if by is None or (by.mode is ByMode.NOTIFY and "DELIVERBY" not in capabilities):
        return ""
    return f" BY={max(-LONGEST, min(by.seconds, LONGEST))};{by.mode}{'T' if by.trace else ''}"


DELIVERBY = ServiceExtension("DELIVERBY", always("DELIVERBY"), mail={"BY": _read}, write_mail=_write)
