"""Patterns of LIST and LSUB (RFC 9051 6.3.9): `*` is anything, `%` anything but the separator.

A name is matched in one pass: after each character it is known which beginnings of the pattern have been met, one bit
each. So the time depends on the length of name and pattern alone, whatever wildcards stand in it.
"""

import re
from collections import defaultdict
from typing import Final

from gateway.imap.wire.scanner import BadSyntax, utf8
from gateway.mail import modified_utf7
from gateway.mail.modified_utf7 import NotModifiedUtf7
from gateway.mail.normal_form import normal
from gateway.store.names import INBOX, MAX_DEPTH, MAX_LEVEL, SEPARATOR

STAR: Final = "*"
PERCENT: Final = "%"
LONGEST: Final = MAX_DEPTH * (MAX_LEVEL + 1) * 2
"""Characters that are no wildcards: no name has more."""
_WILDCARDS: Final = re.compile(r"([*%]+)")


class Pattern:
    """Literal text, a run of wildcards, literal text, and so on: `parts` begins and ends with a text, perhaps empty."""

    __slots__ = ("_ends", "_inbox", "_least", "_letters", "_levels", "_parts", "_stars")

    def __init__(self, parts: tuple[str, ...]) -> None:
        self._parts = parts
        self._letters: defaultdict[str, int] = defaultdict(int)
        self._inbox: defaultdict[str, int] = defaultdict(int)
        """In upper case: INBOX is matched in any."""
        self._stars = self._levels = 0
        at = 0
        for number, part in enumerate(parts):
            if number % 2:
                self._stars |= (STAR in part) << at
                self._levels |= (STAR not in part) << at
                at += 1
                continue
            for letter in part:
                self._letters[letter] |= 1 << at
                self._inbox[letter.upper() if letter.isascii() else letter] |= 1 << at
                at += 1
        self._ends = 1 << at
        self._least = sum(map(len, parts[::2]))

    def matches(self, name: str) -> bool:
        """A whole name."""
        if len(name) < self._least:
            return False
        if name == INBOX or name.startswith(INBOX + SEPARATOR):
            return self._walk(name, len(INBOX))
        match self._parts:
            case [text]:
                return name == text
            case [start, wild, ""]:
                return name.startswith(start) and (STAR in wild or SEPARATOR not in name[len(start) :])
            case [start, *_]:
                return name.startswith(start) and self._walk(name, 0)
            case _:
                return False

    def may_match_below(self, root: str) -> bool:
        """Whether names that begin so, or levels above them, can match: false is certain."""
        start = self._parts[0]
        return root.startswith(start) or start.startswith(root)

    def _walk(self, name: str, inbox: int) -> bool:
        """`inbox`: so many characters are compared without case."""
        wild = self._stars | self._levels
        met = 1 | (wild & 1) << 1
        for number, letter in enumerate(name):
            letters = self._inbox if number < inbox else self._letters
            stay = met & (self._stars if letter == SEPARATOR else wild)
            met = (met & letters.get(letter, 0)) << 1 | stay
            if not met:
                return False
            met |= (met & wild) << 1
        return bool(met & self._ends)


def pattern(reference: bytes, text: bytes, *, utf8_names: bool) -> Pattern | None:
    """What a client wrote, behind its reference, which has no wildcards. None: no name can match (RFC 9051 6.3.9 has
    such patterns ignored)."""
    try:
        name = _text(text, utf8_names=utf8_names)
        before = _name(reference, utf8_names=utf8_names)
    except (BadSyntax, NotModifiedUtf7):
        return None
    parts = _WILDCARDS.split(name)
    decoded = [_piece(part, number, utf8_names=utf8_names) for number, part in enumerate(parts)]
    if None in decoded:
        return None
    known = [part for part in decoded if part is not None]
    known[0] = normal("NFC", before + known[0])
    return Pattern(tuple(known)) if sum(map(len, known[::2])) <= LONGEST else None


def _text(octets: bytes, *, utf8_names: bool) -> str:
    return utf8(octets) if utf8_names else octets.decode("latin-1")


def _name(octets: bytes, *, utf8_names: bool) -> str:
    text = _text(octets, utf8_names=utf8_names)
    return text if utf8_names else modified_utf7.decode(text)


def _piece(text: str, number: int, *, utf8_names: bool) -> str | None:
    if number % 2:
        return text
    try:
        return normal("NFC", text if utf8_names else modified_utf7.decode(text))
    except NotModifiedUtf7:
        return None
