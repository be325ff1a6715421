"""The header fields in which mbox programs keep what they know of a message: read, and taken out.

Of each, the first is the program's; a second one is part of the message. Those at the top of the header are one line
each; others may be folded.
"""

import functools
import re
from dataclasses import dataclass, field
from typing import Final

from gateway.mailbox.transfer import mozilla
from gateway.mailbox.transfer.keywords import sifted
from gateway.store.flags import Flags, System

_NAMES: Final = (
    rb"Status|X-Status|X-Keywords|X-UID|X-IMAPbase|X-IMAP|Content-Length"
    rb"|X-Mozilla-Status|X-Mozilla-Status2|X-Mozilla-Keys"
)
_ANY: Final = re.compile(rb"\n(?:%s)[ \t]*:" % _NAMES.lower())
"""In a header in lower case behind a line end: much quicker than to look at every line for names in any case."""
_TOP: Final = re.compile(rb"(%s)[ \t]*:([^\n]*)(?:\n|\Z)" % _NAMES, re.IGNORECASE)
_FIELD: Final = re.compile(rb"\n(%s)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)" % _NAMES.lower())
"""Likewise."""
_LENGTH: Final = re.compile(rb"(?:^|\n)Content-Length[ \t]*:[^\n]*\n", re.IGNORECASE)
_LINES: Final = re.compile(rb"Lines: \d+\r?\n")
"""What mutt writes after the first Content-Length."""
_BLANK: Final = re.compile(rb"\n\r?\n")
_LETTERS: Final = {
    "R": System.SEEN,
    "A": System.ANSWERED,
    "F": System.FLAGGED,
    "D": System.DELETED,
    "T": System.DRAFT,
}
MAX_HEADER: Final = 256 * 1024
"""What lies beyond is never looked at for these fields."""


@dataclass(slots=True)
class Bookkeeping:
    """What stood in these fields."""

    values: dict[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int | None:
        """Octets of the body, as the file has it."""
        text = self.values.get("content-length", "").strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None

    @property
    def internal(self) -> bool:
        """Whether this is no message, but data of c-client, Pine or Dovecot."""
        return bool(self.values.get("x-imap"))

    @property
    def expunged(self) -> bool:
        """Whether Thunderbird has deleted it, and has not compacted the file since."""
        return bool(mozilla.hexadecimal(self.values.get("x-mozilla-status", "")) & mozilla.EXPUNGED)

    def flags(self) -> tuple[Flags, int]:
        """The flags, and how many keywords cannot be."""
        get = self.values.get
        letters = get("status", "") + get("x-status", "")
        states = get("x-mozilla-status", ""), get("x-mozilla-status2", "")
        return _flags(letters, get("x-keywords", ""), states, get("x-mozilla-keys", ""))


@functools.lru_cache(maxsize=256)
def _flags(letters: str, words: str, states: tuple[str, str], keys: str) -> tuple[Flags, int]:
    status, status2 = map(mozilla.hexadecimal, states)
    system = mozilla.system_of(status, status2)
    for letter in letters:
        system |= _LETTERS.get(letter, System(0))
    keywords, refused = sifted(words.split() + mozilla.keywords_of(status, status2, keys))
    return Flags(system, keywords), refused


def header_end(data: bytes) -> int:
    """Where the header ends: after its last line, before the blank one; the end of `data` where there is none."""
    if data.startswith((b"\n", b"\r\n")):
        return 0
    found = _BLANK.search(data)
    return found.start() + 1 if found else len(data)


def take_out(header: bytes) -> tuple[bytes, Bookkeeping]:
    """A header without these fields, and what they said."""
    known = Bookkeeping()
    lowered = b"\n" + header.lower()
    if not _ANY.search(lowered):
        return header, known
    length = _LENGTH.search(header) if b"\ncontent-length" in lowered else None
    if length and (lines := _LINES.match(header, length.end())):
        header = header[: lines.start()] + header[lines.end() :]
    at = 0
    while found := _TOP.match(header, at):
        if not _remember(known, found[1], found[2]):
            break
        at = found.end()
    return _without(header[at:], known), known


def _without(header: bytes, known: Bookkeeping) -> bytes:
    kept: list[bytes] = []
    at = 0
    for found in _FIELD.finditer(b"\n" + header.lower()):
        begin, end = found.span(2)
        if _remember(known, found[1], header[begin - 1 : end - 1]):
            kept.append(header[at : found.start()])
            at = end
    return b"".join((*kept, header[at:]))


def _remember(known: Bookkeeping, name: bytes, value: bytes) -> bool:
    lowered = name.decode().lower()
    if lowered in known.values:
        return False
    known.values[lowered] = value.decode("utf-8", "replace").strip()
    return True


def named_in(header: bytes) -> frozenset[str]:
    """Which of these fields a message has of its own."""
    return frozenset(found[1].decode() for found in _FIELD.finditer(b"\n" + header.lower()))


def written(flags: Flags, own: frozenset[str], length: int | None) -> list[bytes]:
    """The lines to put on top of a message, so that `take_out` gives the message and its flags again.

    `own`: what it has itself; each is preceded by one of ours. `length`: of its body, where that has to be said.
    """
    letters = "".join(each for each in "AFTD" if _LETTERS[each] & flags.system)
    lines: dict[str, str] = {}
    if length is not None or "content-length" in own:
        lines["content-length"] = "" if length is None else str(length)
    lines["status"] = "RO" if flags.system & System.SEEN else "O"
    if letters:
        lines["x-status"] = letters
    if flags.keywords:
        lines["x-keywords"] = " ".join(sorted(flags.keywords))
    lines |= {name: _NEUTRAL.get(name, "") for name in sorted(own) if name not in lines}
    return [f"{_CASED[name]}: {value}".encode() for name, value in lines.items()]


_CASED: Final = {name.lower(): name for name in _NAMES.decode().split("|")}
_NEUTRAL: Final = {"x-mozilla-status": "0000", "x-mozilla-status2": "00000000"}
