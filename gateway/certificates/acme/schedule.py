"""When a certificate is asked for: in time before the old one ends, and after a failure not too soon again."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from gateway.certificates.pair import Pair
from gateway.mail.units import Seconds, Timestamp

FIRST_PAUSE: Final = 300.0
"""Seconds after a failure; doubled with each that follows. Authorities count failures by the hour."""
LONGEST_PAUSE: Final = 4 * 3600.0
_MOST_WAIT: Final = 7 * 86_400.0
"""An authority may ask for more (Retry-After); nobody means it."""
_SPREAD: Final = 0.05
"""Share of the lifetime over which renewals are spread, so that not everybody asks in the same minute."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is known of attempts that failed."""

    failures: int = 0
    again: Timestamp = Timestamp(0.0)
    """Not before."""
    why: str = ""

    def failed(self, why: str, wait: float, now: Timestamp, luck: float) -> "Attempts":
        """One more. `wait`: what the authority asks for; `luck`: evenly spread over [0, 1)."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures, 10)) * (1 + 0.2 * luck)
        return Attempts(self.failures + 1, Timestamp(now + max(pause, min(wait, _MOST_WAIT))), why)

    def hurried(self) -> "Attempts":
        """Somebody has mended something: try at once."""
        return replace(self, again=Timestamp(0.0))


def renewal(pair: Pair, before: Seconds | None) -> Timestamp:
    """When to renew. The certificate itself decides where in the spread, so that every worker finds the same moment.

    Never in the first half of its lifetime, whatever is configured: an authority would soon refuse us.
    """
    lifetime = pair.not_after - pair.not_before
    due = pair.not_after - (before if before is not None else lifetime / 3)
    luck = int.from_bytes(hashlib.sha256(pair.der).digest()[:4]) / 2**32
    return Timestamp(max(due - luck * _SPREAD * lifetime, pair.not_before + lifetime / 2))


def due(pair: Pair | None, before: Seconds | None, attempts: Attempts) -> Timestamp:
    """When to ask for a certificate; `pair`: the one that there is."""
    wanted = renewal(pair, before) if pair is not None else Timestamp(0.0)
    return max(wanted, attempts.again)
