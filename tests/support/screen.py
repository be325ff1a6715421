"""A program on a terminal of its own (tmux), as a person sees it: what stands on the screen now, and keys."""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Self

from tests.support.patience import wait_for
from tests.support.peers import installed


class Screen:
    """`with Screen(command, environment) as screen: screen.until("Inbox"); screen.press("q"); screen.end()`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, size: tuple[int, int] = (120, 40)):
        self._command = list(command)
        self._environment = dict(environment)
        self._size = size
        self._folder = tempfile.TemporaryDirectory(prefix="screen")

    def _tmux(self, *arguments: str) -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "TMUX_TMPDIR": self._folder.name,
            "HOME": self._folder.name,
        } | self._environment
        done = subprocess.run(
            [installed("tmux"), "-u", "-f", "/dev/null", *arguments],
            check=True,
            capture_output=True,
            env=environment,
            timeout=20,
        )
        return done.stdout.decode()

    def __enter__(self) -> Self:
        width, height = map(str, self._size)
        # The server stays, and with it the last screen, when the program has ended.
        keep = ["set-option", "-g", "remain-on-exit", "on", ";"]
        self._tmux(*keep, "new-session", "-d", "-x", width, "-y", height, "--", *self._command)
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server")
        self._folder.cleanup()

    @property
    def shown(self) -> str:
        """The screen now, its lines without the spaces at their ends."""
        return self._tmux("capture-pane", "-p")

    def until(self, *texts: str, within: float = 30) -> str:
        """The screen once all of these stand on it at once. Raises AssertionError with the screen instead."""
        try:
            wait_for(lambda: all(text in self.shown for text in texts), within=within)
        except TimeoutError:
            raise AssertionError(f"{texts} never stood on\n{self.shown}") from None
        return self.shown

    def without(self, text: str, within: float = 30) -> str:
        """The screen once this has gone from it. Raises AssertionError with the screen instead."""
        try:
            wait_for(lambda: text not in self.shown, within=within)
        except TimeoutError:
            raise AssertionError(f"{text!r} stayed on\n{self.shown}") from None
        return self.shown

    def press(self, *keys: str) -> None:
        """Keys as tmux(1) names them: `Enter`, `C-x`, `Escape`, `q`."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Each character of it, and the return key."""
        self._tmux("send-keys", "-l", text)
        self._tmux("send-keys", "Enter")

    def end(self, within: float = 30) -> int:
        """Wait for the program's end; its exit status."""
        wait_for(lambda: self._status() is not None, within=within, what=f"the end, screen {self.shown}")
        return int(self._status() or 0)

    def _status(self) -> str | None:
        dead, _, status = self._tmux("display-message", "-p", "#{pane_dead} #{pane_dead_status}").strip().partition(" ")
        return status if dead == "1" else None
