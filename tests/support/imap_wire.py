"""A client of IMAP for threads: whole responses, nothing looked at but their literals and the end of a command."""

import re
import socket
from typing import Final

_LITERAL: Final = re.compile(rb"\{(\d+)\}\r\n\Z")


class Gone(Exception):
    """The server is."""


class Wire:
    """A connection that has logged in."""

    def __init__(self, port: int, address: str, password: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._file = self._socket.makefile("rb")
        self._tags = 0
        try:
            self._line()
            self.ok(f'LOGIN "{address}" "{password}"'.encode())
        except BaseException:
            self.close()
            raise

    def ok(self, command: bytes) -> bytes:
        """All that comes until the tagged OK. Raises Gone."""
        found = self.ask(command)
        assert found[-1].startswith(b"OK"), (command[:200], found[-1])
        return b"".join(found)

    def ask(self, command: bytes) -> list[bytes]:
        """Responses, the tagged one last, without its tag. Literals of the command are sent unasked. Raises Gone."""
        self._tags += 1
        tag = b"t%d " % self._tags
        try:
            self._socket.sendall(tag + command + b"\r\n")
        except OSError as error:
            raise Gone from error
        found: list[bytes] = []
        while not found or not found[-1].startswith(tag):
            found.append(self._line())
        return [*found[:-1], found[-1].removeprefix(tag)]

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _line(self) -> bytes:
        """With the literals in it."""
        line = self._read(0)
        while literal := _LITERAL.search(line):
            line += self._read(int(literal[1]))
        return line

    def _read(self, size: int) -> bytes:
        """So many octets, and a line."""
        try:
            octets = self._file.read(size) + self._file.readline()
        except OSError as error:
            raise Gone from error
        if not octets.endswith(b"\n"):
            raise Gone
        return octets
