"""Messages in files and on standard input, as commands take them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from gateway.mail.octets import WINDOW, MemoryOctets, OctetSource
from gateway.storage.octets import FileOctets

IN_MEMORY = 1024 * 1024
"""Octets of a message that may be held in memory; a larger one is read by windows."""


@contextmanager
def open_message(name: str) -> Iterator[OctetSource]:
    """The message in the file `name`, or on standard input for `-`.

    Where the first line ends in a bare LF, the file is one of this machine's: all its lines are read as if they ended
    in CRLF. Raises OSError.
    """
    if name == "-":
        with _message_in(sys.stdin.buffer) as octets:
            yield octets
        return
    with Path(name).open("rb") as stream:
        head = stream.read(WINDOW)
        if _has_bare_newlines(head) or len(head) < WINDOW:
            stream.seek(0)
            with _message_in(stream) as octets:
                yield octets
        else:
            yield FileOctets(Path(name))


@contextmanager
def _message_in(stream: BinaryIO) -> Iterator[OctetSource]:
    head = stream.read(IN_MEMORY + 1)
    pieces = _with_crlf(head, stream) if _has_bare_newlines(head) else _as_is(head, stream)
    if len(head) <= IN_MEMORY:
        yield MemoryOctets(b"".join(pieces))
        return
    with NamedTemporaryFile(prefix="gateway-inspect-") as copy:
        for piece in pieces:
            copy.write(piece)
        copy.flush()
        yield FileOctets(Path(copy.name))


def _has_bare_newlines(head: bytes) -> bool:
    first = head.find(b"\n")
    return first >= 0 and head[first - 1 : first] != b"\r"


def _as_is(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    yield head
    while piece := stream.read(WINDOW):
        yield piece


def _with_crlf(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """LF and CRLF become CRLF. A CR at the end of a piece waits for the next one."""
    rest = b""
    for piece in _as_is(head, stream):
        data = rest + piece
        rest = b"\r" if data.endswith(b"\r") else b""
        yield data[: len(data) - len(rest)].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield rest
