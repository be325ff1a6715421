"""Passwords and tokens. They come from a file or the environment, never from the configuration file itself."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that no log line, traceback or `repr` shows."""

    value: str = field(repr=False)
