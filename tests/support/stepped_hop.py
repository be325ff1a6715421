"""A hop that goes one step at a time: the test decides when the final reply is given."""

import socket
from typing import Self

_REPLIES = {b"EHLO": b"250 hop\r\n", b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}


class SteppedHop:
    """Takes one connection, and one message on it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self._connection: socket.socket | None = None
        self.port = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        if self._connection:
            self._connection.close()

    def receive(self) -> bytes:
        """The message, whose final reply is still owed."""
        self._connection, _ = self._listener.accept()
        self._connection.settimeout(20)
        self._connection.sendall(b"220 hop\r\n")
        with self._connection.makefile("rb") as lines:
            while not (line := lines.readline()).upper().startswith(b"DATA"):
                self._connection.sendall(_REPLIES.get(line[:4].upper(), b"250 fine\r\n"))
            self._connection.sendall(_REPLIES[b"DATA"])
            received = []
            while (line := lines.readline()) != b".\r\n":
                received.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(received)

    def accept(self) -> None:
        """Give the final reply: the message is ours from here on."""
        assert self._connection is not None
        self._connection.sendall(b"250 2.0.0 taken\r\n")

    def is_called_again(self, within: float) -> bool:
        """Whether somebody connects once more in these seconds."""
        self._listener.settimeout(within)
        try:
            self._listener.accept()[0].close()
        except TimeoutError:
            return False
        return True
