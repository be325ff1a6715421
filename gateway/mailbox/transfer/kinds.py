"""What a file is, by its first octets."""

from enum import Enum
from pathlib import Path
from typing import Final

from gateway.mailbox.transfer.files import Reading
from gateway.mailbox.transfer.from_line import FIELD

_HEAD: Final = 1024


class Kind(Enum):
    """Of what is known here."""

    MBOX = "mbox"
    MAILDIR = "maildir"
    EML = "eml"
    ZIP = "zip"
    TAR = "tar"
    EMPTY = "empty"
    OTHER = "other"


def kind_of(head: bytes) -> Kind:
    """From the beginning of a file."""
    if not head.strip(b"\r\n"):
        return Kind.EMPTY if not head or len(head) < _HEAD else Kind.OTHER
    if head.lstrip(b"\r\n").startswith(b"From "):
        return Kind.MBOX
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind.ZIP
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")) or head[257:262] == b"ustar":
        return Kind.TAR
    return Kind.EML if FIELD.match(head) else Kind.OTHER


def kind_of_file(path: Path, *, named: bool = False) -> Kind:
    """Raises OSError, also where it is no regular file."""
    with Reading(path, named) as reading:
        return kind_of(reading.at(0, _HEAD))
