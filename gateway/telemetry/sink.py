"""Where log lines go: gathered, and written together, so that a line costs no system call of its own."""

import asyncio
import contextlib
from collections.abc import Callable

DELAY = 0.05
"""Seconds that a line may wait."""

MOST = 256 * 1024
"""Octets that may wait."""

Write = Callable[[bytes], object]
"""Takes all of the octets; may raise OSError."""


class LineSink:
    """A buffer in front of `write`. In a running event loop lines wait at most `DELAY`, outside one not at all."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._lines: list[bytes] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None

    def put(self, line: bytes) -> None:
        """Take a line, with its newline."""
        self._lines.append(line)
        self._size += len(line)
        if self._size > MOST:
            self.flush()
        elif self._timer is None:
            self._wake()

    def put_now(self, line: bytes) -> None:
        """Take a line and write it, with all before it."""
        self._lines.append(line)
        self.flush()

    def flush(self) -> None:
        """Write what waits. A standard error that cannot be written to is nowhere to complain about."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines, self._size = self._lines, [], 0
        if lines:
            with contextlib.suppress(OSError):
                self._write(b"".join(lines))

    def _wake(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
        else:
            self._timer = loop.call_later(DELAY, self.flush)
