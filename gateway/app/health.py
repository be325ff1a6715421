"""Whether a worker can do its work: what /readyz says, and the gauge that says it to whoever does not ask."""

import asyncio
from collections.abc import Sequence
from typing import Final

from gateway.telemetry.metrics import Running
from gateway.web.readiness import Check, Readiness

HEALTH: Final = 5.0
"""Seconds between two looks: `gateway_ready` is true whether or not anybody asks /readyz."""


class Health:
    """All checks as one."""

    def __init__(self, checks: Sequence[Check], metrics: Running) -> None:
        self._checks = checks
        self._metrics = metrics

    async def readiness(self) -> Readiness:
        """What troubles any of them."""
        found = await asyncio.gather(*(check() for check in self._checks))
        readiness = Readiness(tuple(sentence for one in found for sentence in one.trouble))
        self._metrics.ready.at().set(float(readiness.ready))
        return readiness

    async def keep_checking(self) -> None:
        """Run until cancelled."""
        while True:
            await self.readiness()
            await asyncio.sleep(HEALTH)
