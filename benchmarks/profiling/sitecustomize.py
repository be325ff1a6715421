"""Python loads this at start when its folder is on PYTHONPATH: samples where forked workers spend processor time.

Every millisecond of processor time SIGPROF looks at the main thread's stack. A sample belongs to the innermost frame
that is of the gateway, or to the library that runs when there is none. Counts go to
$GATEWAY_PROFILE/PID every so often.
"""

import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

_INTERVAL = 0.001
_EVERY = 20
_FOLDER = os.environ.get("GATEWAY_PROFILE")
_samples: Counter[str] = Counter()


def _package(frame: FrameType | None) -> str:
    innermost = str(frame.f_globals.get("__name__", "?")).partition(".")[0] if frame else "?"
    while frame:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith("gateway."):
            return ".".join(name.split(".")[:2])
        frame = frame.f_back
    return f"({innermost})"


def _sample(_number: int, frame: FrameType | None) -> None:
    _samples[_package(frame)] += 1
    if sum(_samples.values()) % _EVERY == 0:
        lines = (f"{count} {name}\n" for name, count in _samples.items())
        Path(f"{_FOLDER}/{os.getpid()}").write_text("".join(lines))


def _start() -> None:
    signal.signal(signal.SIGPROF, _sample)
    signal.setitimer(signal.ITIMER_PROF, _INTERVAL, _INTERVAL)


if _FOLDER and sys.argv[:1] != ["-c"]:
    os.register_at_fork(after_in_child=_start)
