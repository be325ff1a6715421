"""`subscriptions` at the top of a Maildir++ tree, as Dovecot keeps them (versions 1 and 2), and Courier's
`courierimapsubscribed`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.mail.modified_utf7 import encode
from gateway.mailbox.transfer.files import Reading
from gateway.mailbox.transfer.folder_names import joined, level

NAME: Final = "subscriptions"
_COURIER: Final = "courierimapsubscribed"
_SECOND: Final = "V\t2"
_LIMIT: Final = 4 * 1024 * 1024


def read(folder: Path) -> frozenset[str]:
    """Names of mailboxes; none where there is no such file."""
    return frozenset(parse(_text(folder / NAME))) | frozenset(parse(_text(folder / _COURIER), courier=True))


def parse(text: str, *, courier: bool = False) -> Iterable[str]:
    """The names that a file holds."""
    lines = text.split("\n")
    apart = "."
    if lines[0] == _SECOND:
        apart, lines = "\t", lines[1:]
    for line in lines:
        name = line.removeprefix("INBOX.") if courier else line
        if name.strip():
            yield joined(*(level(part) for part in name.split(apart)))


def written(names: Iterable[str]) -> bytes:
    """As Dovecot 2.3 writes it."""
    lines = (_SECOND, "", *("\t".join(map(encode, name.split("/"))) for name in names))
    return "".join(f"{line}\n" for line in lines).encode()


def _text(path: Path) -> str:
    try:
        with Reading(path) as reading:
            return reading.at(0, _LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
