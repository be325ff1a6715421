"""kill -9 at any step: before the Nth time that a process opens, makes, renames, links or removes a file."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Final

_STEPS: Final = frozenset(
    {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.chmod", "sqlite3.connect"}
)


def finished(work: Callable[[], object], step: int) -> bool:
    """Do it in a process of its own, which is killed before that step. False: it was."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _die_at(step)
            work()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), status
    return status == 0


def _die_at(step: int) -> None:
    left = step

    def hook(event: str, _arguments: object) -> None:
        nonlocal left
        if event in _STEPS:
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    sys.addaudithook(hook)
