"""Writes the board out once a second, and measures how late the event loop is while doing so."""

import asyncio
import resource
from pathlib import Path

from gateway.telemetry.metrics import Metrics

INTERVAL = 0.25
"""Seconds between two samples of the event loop's lag."""

_STATM = Path("/proc/self/statm")


async def keep(metrics: Metrics, interval: float = INTERVAL) -> None:
    """Run until cancelled; write out every fourth interval. While the disk is full the numbers wait in memory."""
    loop = asyncio.get_running_loop()
    lag = metrics.running.loop_lag.at()
    spent = 0.0
    ticks = 0
    while True:
        due = loop.time() + interval
        await asyncio.sleep(interval)
        lag.observe(max(0.0, loop.time() - due))
        ticks += 1
        if ticks % 4 == 0:
            spent = _measure(metrics, spent)
            write_out(metrics)


def write_out(metrics: Metrics) -> bool:
    """Flush; False where the disk would not take it."""
    try:
        metrics.board.flush()
    except OSError:
        return False
    return True


def _measure(metrics: Metrics, spent: float) -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    now = usage.ru_utime + usage.ru_stime
    metrics.running.cpu.at().add(now - spent)
    metrics.running.memory.at().set(_resident(usage.ru_maxrss))
    return now


def _resident(peak: int) -> int:
    """Octets of memory: what it is now on Linux, its peak elsewhere."""
    try:
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return peak * 1024
