"""`date-time` of RFC 3339 5.6, as programs and people read a moment: in UTC, in whole seconds."""

import math
from datetime import UTC, datetime
from typing import Final

from gateway.mail.units import Timestamp

_LAST: Final = Timestamp(253_402_300_799)
"""The end of the year 9999, after which there is nothing to be said."""


def rfc3339(moment: Timestamp) -> str:
    """`2026-11-22T09:15:00Z`. What is left of a second is cut off."""
    return datetime.fromtimestamp(min(moment, _LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def not_before(moment: Timestamp) -> str:
    """The first whole second that is not before it: for promises, none of which may come too early."""
    return rfc3339(Timestamp(math.ceil(moment)))
