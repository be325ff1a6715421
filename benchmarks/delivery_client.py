"""A load of mail for local mailboxes, over connections that are reused, to one mailbox after the other.

`python -m benchmarks.delivery_client PORT MESSAGES THREADS SIZE MAILBOXES`; the mailboxes are `box0@home.example` and
so on. MAIL, RCPT and DATA are written in one go, as clients do that know PIPELINING.
"""

import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.load_client import expect, together

DOMAIN = "home.example"


@dataclass(frozen=True, slots=True)
class Errand:
    """What each connection does."""

    port: int
    size: int
    mailboxes: int


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
        expect(lines, 220)
        plain.sendall(b"EHLO load.example\r\n")
        expect(lines, 250)
        for number in todo:
            recipient = f"box{number % errand.mailboxes}@{DOMAIN}"
            plain.sendall(f"MAIL FROM:<al@sender.example>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode())
            for code in (250, 250, 354):
                expect(lines, code)
            plain.sendall(message(number, errand.size))
            expect(lines, 250)
        plain.sendall(b"QUIT\r\n")
        expect(lines, 221)


def main(port: int, messages: int, threads: int, size: int, mailboxes: int) -> int:
    """0 when every message was taken."""
    errand = Errand(port, size, mailboxes)
    todo = iter(range(messages))
    return together(threads, lambda: deliver(errand, todo))


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:6])))
