"""What the configuration says about logs (`log:`)."""

from dataclasses import dataclass
from enum import StrEnum


class LogFormat(StrEnum):
    """`auto`: console where standard error is a terminal, JSON elsewhere."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """Events below this level are not written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LogConfig:
    """How the gateway logs to standard error."""

    format: LogFormat = LogFormat.AUTO
    """`console` for people, `json` (one object a line) for programs."""
    level: LogLevel = LogLevel.INFO
    """The lowest level that is written."""
