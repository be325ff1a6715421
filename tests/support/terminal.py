"""A command on a terminal (pty(7)), as a person sees it and types into it."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self


class Terminal:
    """`with Terminal(command, environment) as it: it.until("[y/N]"); it.type("y")`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        try:
            self._process = subprocess.Popen(
                command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
            )
        finally:
            os.close(slave)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(10)
        os.close(self._master)

    def until(self, text: str, within: float = 30) -> None:
        """Read until it has been shown. Raises AssertionError with what was shown instead."""
        deadline = time.monotonic() + within
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            assert self._read(), self.shown

    def type(self, text: str) -> None:
        """With the return key."""
        os.write(self._master, text.encode() + b"\n")

    def end(self, within: float = 30) -> int:
        """Read to the end; the exit status."""
        deadline = time.monotonic() + within
        while self._read():
            assert time.monotonic() < deadline, self.shown
        return self._process.wait(within)

    def _read(self) -> bool:
        """False: it has ended."""
        if not select.select([self._master], [], [], 0.2)[0]:
            return self._process.poll() is None
        try:
            chunk = os.read(self._master, 65536)
        except OSError:
            return False
        self.shown += chunk.decode("utf-8", "replace")
        return bool(chunk)
