"""What an operator can choose about the queue."""

from dataclasses import dataclass

from gateway.mail.units import OctetCount, Seconds

HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """`queue:` in the configuration."""

    history: Seconds = Seconds(3 * DAY)
    """How long a finished delivery stays in the history."""
    history_rows: int = 1_000_000
    """The most finished deliveries that a worker keeps, whatever their age."""
    lease: Seconds = Seconds(HOUR)
    """How long an attempt may take before its deliveries become due again, unless it extends its lease."""
    sweep: Seconds = Seconds(10 * 60)
    """How often bodies without a message are looked for."""
    lock_timeout: Seconds = Seconds(5)
    """How long a commit waits for another process that writes to the same database."""
    max_size: OctetCount | None = None
    """The largest size of a worker's database; at that size the queue takes no more mail. None: the disk's."""
