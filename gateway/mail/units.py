"""Quantities as the configuration writes them, each with its unit in its name.

The reader of the configuration (`gateway.settings.scalars`) turns `5m`, `50MiB` and `600/m` into these.
"""

from dataclasses import dataclass
from typing import NewType

Seconds = NewType("Seconds", float)
"""A span of time in seconds; written `90`, `90s`, `5m`, `4h`, `5d`."""

OctetCount = NewType("OctetCount", int)
"""A size in octets; written `512`, `64KiB`, `20MB`, `50MiB`."""

Timestamp = NewType("Timestamp", float)
"""Seconds since 1970-01-01T00:00:00Z. Time is always passed in; only the shells read a clock."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` events in `per` seconds; written `600/m`, `10/s`, `5000/h`."""

    count: int
    per: Seconds
