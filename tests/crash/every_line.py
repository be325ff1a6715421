"""Kills (SIGKILL) a process at any line of its code, one line after the other.

A forked child carries something through all that can happen to it, and writes down what it was promised. It counts the
lines of some packages that it executes, in all its threads, and kills itself at the n-th.
"""

import asyncio
import os
import shutil
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import TraceFunction

Promise = Callable[[str], None]
Recorder = Callable[[str, object], None]


@dataclass(frozen=True)
class Victim:
    """What the child does in a data folder, and the packages whose lines count."""

    carry: Callable[[Path, Promise], Coroutine[Any, Any, None]]
    packages: tuple[ModuleType, ...]

    def run(self, data: Path, kill_at: int) -> tuple[list[str], int]:
        """Fork, carry, die at the given line; 0: never. Returns the promises, and how many lines there were."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            lines = 0

            def reached() -> None:
                nonlocal lines
                lines += 1
                if lines == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

            def promise(text: str) -> None:
                os.write(writer, f"{text}\n".encode())

            _count_lines(tuple(str(Path(each.__file__ or "").parent) for each in self.packages), reached)
            asyncio.run(self.carry(data, promise))
            os.write(writer, f"{lines}\n".encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            said = pipe.read().splitlines()
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
        lines_said = [int(text) for text in said if text.isdecimal()]
        return [text for text in said if not text.isdecimal()], sum(lines_said)

    def killed_everywhere(self, folder: Path, points: int, check: Callable[[Path, list[str]], None]) -> list[str]:
        """Die at places spread evenly over all lines, and check what is left each time; print how far each run came.

        Returns what is promised where nobody is killed.
        """
        whole, lines = self.run(folder / "whole", 0)
        check(folder / "whole", whole)
        reached: Counter[str] = Counter()
        for point in range(points):
            data = folder / "killed"
            promised, _ = self.run(data, 1 + point * lines // points)
            check(data, promised)
            reached[promised[-1] if promised else "nothing"] += 1
            shutil.rmtree(data)
        sys.stdout.write(f"{dict(reached)}\n")
        return whole


def _count_lines(packages: tuple[str, ...], reached: Callable[[], None]) -> None:
    """Call `reached` at each line of the packages, in this thread and those to come."""

    def trace(frame: FrameType, event: str, _argument: object) -> "TraceFunction | None":
        if not frame.f_code.co_filename.startswith(packages):
            return None
        if event == "line":
            reached()
        return trace

    threading.settrace(trace)
    sys.settrace(trace)
