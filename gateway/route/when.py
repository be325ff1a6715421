"""`when:` of a route or a rewriting rule. Keys side by side: all of them hold; a list: any of it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from typing_extensions import override

from gateway.mail.address import Address
from gateway.mail.ip import Network
from gateway.mail.need import Extension
from gateway.mail.units import OctetCount
from gateway.route.patterns import DomainPattern, SenderPattern
from gateway.route.regex import Regex


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Local time, in minutes since midnight."""

    minute: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `HH:MM`. Raises ValueError."""
        hours, colon, minutes = text.partition(":")
        if not (colon and hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
            raise ValueError(f"{text!r} is no time of day such as 22:00")
        if len(hours) > 2 or len(minutes) != 2 or int(hours) > 23 or int(minutes) > 59:
            raise ValueError(f"{text!r} is no time of day between 00:00 and 23:59")
        return cls(int(hours) * 60 + int(minutes))

    @override
    def __str__(self) -> str:
        return f"{self.minute // 60:02}:{self.minute % 60:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRange:
    """Of the whole message in octets."""

    over: OctetCount | None = None
    """Larger than this."""
    under: OctetCount | None = None
    """Smaller than this."""

    def __post_init__(self) -> None:
        if self.over is None and self.under is None:
            raise ValueError("say `over`, `under` or both")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """A span of each day, in the local time of the machine."""

    between: tuple[TimeOfDay, TimeOfDay]
    """From the first up to and without the second; over midnight where the second is the smaller one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The conditions. None: not asked."""

    recipient: tuple[Address, ...] | None = None
    """The recipient is one of these; upper and lower case of the localpart are alike."""
    recipient_domain: tuple[DomainPattern, ...] | None = None
    """The recipient's domain is one of these; `*.` for all domains below one. U-labels and A-labels are alike."""
    sender: tuple[SenderPattern, ...] | None = None
    """The sender is one of these; `<>` is the null sender of reports."""
    sender_domain: tuple[DomainPattern, ...] | None = None
    """The sender's domain is one of these."""
    client: tuple[Network, ...] | None = None
    """The client's address is in one of these networks. Mail made on this machine has no client."""
    listener: tuple[str, ...] | None = None
    """It came in by one of these listeners."""
    authenticated: bool | None = None
    """Whether the client logged in."""
    header: Mapping[str, Regex] | None = None
    """Each of these fields is there with a value in which the regular expression is found."""
    size: SizeRange | None = None
    """How large the message is."""
    needs: tuple[Extension, ...] | None = None
    """The delivery needs one of these extensions: smtputf8, 8bitmime, binarymime, requiretls."""
    local: bool | None = None
    """Whether the recipient's domain is one of `domains`."""
    time: TimeRange | None = None
    """The time of day at which it is routed."""
    all_: tuple["When", ...] | None = None
    """All of these."""
    any_: tuple["When", ...] | None = None
    """At least one of these."""
    not_: "When | None" = None
    """Not this."""


ALWAYS: Final = When()
"""No condition at all."""
