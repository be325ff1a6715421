"""When views do what costs much."""

from dataclasses import dataclass

from gateway.mail.units import OctetCount


@dataclass(frozen=True, slots=True)
class Tuning:
    """Measured with benchmarks/views.py."""

    idle_octets: OctetCount = OctetCount(64 * 1024 * 1024)
    """Views that nobody uses are let go over this."""
    one_by_one: int = 2_000
    """Messages are asked for by themselves; where more have changed, the mailbox is read anew."""
    holes: int = 1_024
    """So many expunged messages stay in a view, and one of `holes_in`."""
    holes_in: int = 32
