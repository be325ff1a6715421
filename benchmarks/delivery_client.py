"""A load of mail for local mailboxes, over connections that are reused, to one mailbox after the other.

`python -m benchmarks.delivery_client PORT MESSAGES THREADS SIZE MAILBOXES`; the mailboxes are `box0@home.example` and
so on. MAIL, RCPT and DATA are written in one go, as clients do that know PIPELINING.
"""

import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

DOMAIN = "home.example"


@dataclass(frozen=True, slots=True)
class Errand:
    """What each connection does."""

    port: int
    size: int
    mailboxes: int


class NotTaken(Exception):
    """The server said no."""


def message(number: int, size: int) -> bytes:
    """A message as DATA carries it, with the end; each has a subject and a Message-ID of its own."""
    head = f"From: Al <al@sender.example>\r\nTo: box@{DOMAIN}\r\nSubject: load number {number}\r\n"
    head += f"Date: Sun, 22 Nov 2026 03:30:28 +0000\r\nMessage-ID: <load-{number}@sender.example>\r\n"
    head += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    line = "every line of this message says the same as the one before it has\r\n"
    return (head + line * ((size - len(head)) // len(line)) + ".\r\n").encode()


def deliver(errand: Errand, todo: Iterator[int]) -> None:
    """One connection. Raises NotTaken, OSError."""
    with socket.create_connection(("127.0.0.1", errand.port), timeout=60) as plain, plain.makefile("rb") as lines:
        _expect(lines, 220)
        plain.sendall(b"EHLO load.example\r\n")
        _expect(lines, 250)
        for number in todo:
            recipient = f"box{number % errand.mailboxes}@{DOMAIN}"
            plain.sendall(f"MAIL FROM:<al@sender.example>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode())
            for code in (250, 250, 354):
                _expect(lines, code)
            plain.sendall(message(number, errand.size))
            _expect(lines, 250)
        plain.sendall(b"QUIT\r\n")
        _expect(lines, 221)


def _expect(lines: Iterator[bytes], code: int) -> None:
    for line in lines:
        if line[3:4] != b"-":
            if line[:3] != b"%d" % code:
                raise NotTaken(line.decode("ascii", "replace").strip())
            return
    raise NotTaken("the server closed the connection")


def main(port: int, messages: int, threads: int, size: int, mailboxes: int) -> int:
    """0 when every message was taken."""
    errand = Errand(port, size, mailboxes)
    todo = iter(range(messages))
    failures: list[Exception] = []

    def work() -> None:
        try:
            deliver(errand, todo)
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


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:6])))
