"""What the clients share that put servers under load."""

import sys
import threading
from collections.abc import Callable, Iterator


class NotTaken(Exception):
    """The server said no."""


def expect(lines: Iterator[bytes], code: int) -> None:
    """Read one reply. Raises NotTaken where it is another."""
    for line in lines:
        if line[3:4] != b"-":
            if line[:3] != b"%d" % code:
                raise NotTaken(line.decode("ascii", "replace").strip())
            return
    raise NotTaken("the server closed the connection")


def together(threads: int, deliver: Callable[[], None]) -> int:
    """So many clients at once; 0 when every message was taken."""
    failures: list[Exception] = []

    def work() -> None:
        try:
            deliver()
        except (NotTaken, OSError) as error:
            failures.append(error)

    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    for failure in failures[:1]:
        print(f"{len(failures)} of {threads} clients gave up: {failure}", file=sys.stderr)
    return 1 if failures else 0
