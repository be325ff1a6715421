"""How far a long command is: on a terminal a line that is written over, in a pipe nothing."""

import sys


class ProgressLine:
    """Called with how many are done, and of how many."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = sys.stderr.isatty()
        self._last = -1

    def __call__(self, done: int, total: int) -> None:
        """Shows whole percents."""
        percent = done * 100 // total if total else 100
        if self._shown and percent != self._last:
            self._last = percent
            end = "\n" if done >= total else ""
            sys.stderr.write(f"\r{self._what}: {done} of {total}{end}")
            sys.stderr.flush()
