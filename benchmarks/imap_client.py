"""A client of IMAP that measures: raw sockets, octets in, nothing parsed while the clock runs.

`python -m benchmarks.imap_client PORT USER PASSWORD MAILBOX COMMAND…` gives the commands over and over until its
standard input is closed, and then prints how many it gave. `APPEND N` is a message of N lines.
"""

import select
import socket
import ssl
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

_PIECE = 1 << 20
WITHIN = 600.0


class Failed(AssertionError):
    """A command did not end in OK."""


@dataclass(frozen=True, slots=True)
class Answered:
    """To one command."""

    seconds: float
    """From the first octet sent to the last received."""
    octets: bytes
    """All that came."""

    def count(self, response: bytes) -> int:
        """Untagged responses of this name that have a number, as ` FETCH `; of others, as `SEARCH`."""
        return self.octets.count(response)


class MeasuringClient:
    """One connection, greeted. As a context manager it is closed at the end."""

    def __init__(self, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=WITHIN)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = tls.wrap_socket(plain) if tls else plain
        self._number = 0
        self._line(b"* OK")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def command(self, text: bytes) -> Answered:
        """All of it at once. Raises Failed, OSError."""
        self._number += 1
        tag = b"x%d" % self._number
        start = time.perf_counter()
        self._socket.sendall(tag + b" " + text + b"\r\n")
        octets = self._until(tag)
        return Answered(time.perf_counter() - start, octets)

    def append(self, mailbox: bytes, messages: Sequence[tuple[bytes, bytes]]) -> Answered:
        """With flags each; more than one are a MULTIAPPEND (RFC 3502). Literals do not wait (RFC 7888)."""
        parts = [b"(%b) {%d+}\r\n%b" % (flags, len(octets), octets) for flags, octets in messages]
        return self.command(b"APPEND %b %b" % (mailbox, b" ".join(parts)))

    def log_in(self, user: str, password: str) -> None:
        """In the clear."""
        self.command(f'LOGIN "{user}" "{password}"'.encode())

    def idle(self) -> None:
        """And say nothing from then on."""
        self._socket.sendall(b"i IDLE\r\n")
        self._line(b"+")

    def _line(self, start: bytes) -> None:
        octets = b""
        while not octets.endswith(b"\r\n"):
            octets += self._socket.recv(_PIECE)
        if not octets.startswith(start):
            raise Failed(octets[:200].decode("latin-1"))

    def _until(self, tag: bytes) -> bytes:
        pieces: list[bytes] = []
        tail = b"\r\n"
        while True:
            piece = self._socket.recv(_PIECE)
            if not piece:
                raise Failed(f"closed behind {tail[-200:]!r}")
            pieces.append(piece)
            tail = (tail + piece)[-1000:] if len(piece) < 1000 else piece[-1000:]
            if tail.endswith(b"\r\n") and (at := tail.rfind(b"\r\n" + tag + b" ")) >= 0 and _last(tail, at):
                break
        if not tail.startswith(b"OK", at + len(tag) + 3):
            raise Failed(tail[at:].decode("latin-1"))
        return b"".join(pieces)


def _last(tail: bytes, at: int) -> bool:
    """The line that begins there is the last one."""
    return tail.find(b"\r\n", at + 2) == len(tail) - 2


def main(port: str, user: str, password: str, mailbox: str, *commands: str) -> int:
    """0 when every command ended in OK."""
    done = 0
    with MeasuringClient(int(port)) as client:
        client.log_in(user, password)
        client.command(f"SELECT {mailbox}".encode())
        while not select.select([sys.stdin], [], [], 0)[0]:
            for command in commands:
                if command.startswith("APPEND "):
                    client.append(b"Trash", [(b"", b"Subject: large\r\n\r\n" + b"x" * 78 * int(command.split()[1]))])
                else:
                    client.command(command.encode())
                done += 1
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
