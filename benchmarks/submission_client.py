"""A load of submissions: each a new connection, a TLS handshake, a log-in and one message of 2 KB.

`python -m benchmarks.submission_client PORT MESSAGES THREADS ACCOUNT`, the password on standard input. The server's
commands are written as clients write them who know their server: MAIL, RCPT and DATA in one go.
"""

import base64
import socket
import ssl
import sys
from dataclasses import dataclass

from benchmarks.load_client import expect, together


@dataclass(frozen=True, slots=True)
class Errand:
    """What each connection does."""

    port: int
    account: str
    response: str
    """The initial response of PLAIN (RFC 4616)."""
    octets: bytes


def message(account: str, size: int) -> bytes:
    """A message as DATA carries it, with the end."""
    head = f"From: {account}\r\nTo: bo@old.example\r\nSubject: load\r\nDate: Sun, 22 Nov 2026 03:30:28 +0000\r\n"
    head += f"Message-ID: <load@{account.partition('@')[2]}>\r\n\r\n"
    line = "x" * 70 + "\r\n"
    return (head + line * ((size - len(head)) // len(line)) + ".\r\n").encode()


def submit(errand: Errand, context: ssl.SSLContext) -> None:
    """One connection from its beginning to its end. Raises NotTaken, OSError."""
    with (
        socket.create_connection(("127.0.0.1", errand.port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
        secured.makefile("rb") as lines,
    ):
        expect(lines, 220)
        for command, code in ((b"EHLO load.example", 250), (f"AUTH PLAIN {errand.response}".encode(), 235)):
            secured.sendall(command + b"\r\n")
            expect(lines, code)
        secured.sendall(f"MAIL FROM:<{errand.account}>\r\nRCPT TO:<bo@old.example>\r\nDATA\r\n".encode())
        for code in (250, 250, 354):
            expect(lines, code)
        secured.sendall(errand.octets)
        expect(lines, 250)
        secured.sendall(b"QUIT\r\n")
        expect(lines, 221)


def main(port: int, messages: int, threads: int, account: str) -> int:
    """0 when every message was taken."""
    password = sys.stdin.read().strip()
    response = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
    errand = Errand(port, account, response, message(account, 2048))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    todo = iter(range(messages))

    def work() -> None:
        for _ in todo:
            submit(errand, context)

    return together(threads, work)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
