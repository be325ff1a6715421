"""What the configuration says about reports (`reports:`)."""

from dataclasses import dataclass

from gateway.mail.address import Address
from gateway.mail.units import OctetCount, Seconds
from gateway.report.request import Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportConfig:
    """Who is told what."""

    postmaster: Address | None = None
    """Who looks after this gateway; absent: `postmaster@` its hostname."""
    postmaster_copies: tuple[Occasion, ...] = ()
    """The postmaster gets a copy of reports of these occasions: `failure`, `delay`, `success`."""
    delay_after: Seconds = Seconds(4 * 3600)
    """How long mail waits before its sender is told, once, that it still does."""
    return_limit: OctetCount = OctetCount(1024 * 1024)
    """A larger message is returned as its header only, even where the sender asked for RET=FULL."""
