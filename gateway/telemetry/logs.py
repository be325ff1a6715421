"""Structured logs: an event with fields, as a line for people or as a JSON object.

Fields that readers may rely on: `ts` (RFC 3339, UTC, microseconds), `level`, `event`, and `id`, which names one
message from the first reply about it to the last attempt to deliver it. docs/operations.md lists the rest.
"""

import atexit
import logging
import os
import sys
from collections.abc import Callable
from typing import Final

import structlog
from structlog.typing import FilteringBoundLogger
from typing_extensions import override

from gateway.telemetry.config import LogConfig, LogFormat, LogLevel
from gateway.telemetry.render import Clock, Render, console, json_line
from gateway.telemetry.sink import LineSink, Write

Log = FilteringBoundLogger
"""`log.info("message accepted", id=…, size=…)`. Passing `id=` with each call is cheaper than `log.bind(id=…)`."""

_LEVELS: Final = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}


class _Output:
    """The logger that structlog wraps: takes finished lines. Errors are written at once, the rest together."""

    def __init__(self, sink: LineSink) -> None:
        self.debug = self.info = self.warning = sink.put
        self.error = self.critical = sink.put_now


class _Forward(logging.Handler):
    """Gives what libraries say through the standard library to our log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    @override
    def emit(self, record: logging.LogRecord) -> None:
        level = max(logging.WARNING, min(record.levelno, logging.CRITICAL))
        self._log.log(level - level % 10, record.getMessage(), component=record.name, exc_info=record.exc_info)


def configure(config: LogConfig, clock: Clock, write: Write | None = None) -> tuple[Log, LineSink]:
    """Set up logging for the process: the log, and the sink to flush before the process forks or ends.

    `clock` gives seconds since 1970; `write` takes octets, standard error where it is None.
    """
    sink = LineSink(write or _to_stderr)
    structlog.configure(
        processors=[_renderer(config.format, clock)],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[config.level]),
        context_class=dict,
        logger_factory=lambda *_: _Output(sink),
        cache_logger_on_first_use=True,
    )
    log: Log = structlog.get_logger().bind()
    logging.basicConfig(handlers=[_Forward(log)], level=logging.WARNING, force=True)
    atexit.register(sink.flush)
    return log, sink


def get_logger(name: str) -> Log:
    """A log whose events carry `component: name`. May be taken before `configure` is called, not used."""
    log: Log = structlog.get_logger(component=name)
    return log


def _renderer(chosen: LogFormat, clock: Clock) -> Render:
    renderers: dict[LogFormat, Callable[[], Render]] = {
        LogFormat.JSON: lambda: json_line(clock),
        LogFormat.CONSOLE: lambda: console(clock, colours=sys.stderr.isatty()),
    }
    if chosen is LogFormat.AUTO:
        chosen = LogFormat.CONSOLE if sys.stderr.isatty() else LogFormat.JSON
    return renderers[chosen]()


def _to_stderr(octets: bytes) -> None:
    view = memoryview(octets)
    while view:
        view = view[os.write(2, view) :]
