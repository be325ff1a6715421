"""`python -m gateway.certificates.acme`: one attempt. The job comes in a line on standard input, the answer goes out.

Standard input stays open for as long as whoever asked is there: its end ends the attempt.
"""

import os
import sys
import threading

from gateway.certificates.acme.job import Answer, Job
from gateway.certificates.acme.order import OrderFailed, obtain


class _Waits:
    """The longest of what the authority asks us to wait, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0

    def heard(self, retry_after: str) -> None:
        """Retry-After is seconds or a date (RFC 9110 10.2.3). For a date our own growing pauses have to do."""
        if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:
            self.longest = max(self.longest, float(retry_after))


def _watch() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(1)


def main() -> None:
    """Read, try, answer."""
    job = Job.read(sys.stdin.buffer.readline())
    threading.Thread(target=_watch, daemon=True).start()
    waits = _Waits()
    error = ""
    try:
        obtain(job, waits.heard)
    except (OrderFailed, OSError) as trouble:
        error = str(trouble) or type(trouble).__name__
    sys.stdout.buffer.write(Answer(error, waits.longest).json() + b"\n")
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
