"""What a mailbox may be called: Net-Unicode (RFC 9051 5.1, RFC 5198) in levels, with `/` between them.

name  = level *( "/" level )
level = 1*255 octets of UTF-8, NFC, without control, format-breaking or unassigned characters

`INBOX` in any case, alone or as the first level, is one and the same; all other names are compared as they are.
"""

import unicodedata
from typing import Final

from gateway.mail.normal_form import normal
from gateway.store.errors import NotPossible

SEPARATOR: Final = "/"
INBOX: Final = "INBOX"
MAX_LEVEL: Final = 255
"""Octets of one level."""
MAX_DEPTH: Final = 20
"""Levels of a name."""
Levels = tuple[str, ...]

_REFUSED: Final = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})
_BYTE_ORDER_MARK: Final = "\ufeff"


def levels_of(name: str) -> Levels:
    """The levels of a name that somebody typed, in the form in which they are kept. Raises NotPossible."""
    levels = tuple(map(_level, normal("NFC", name).split(SEPARATOR)))
    if len(levels) > MAX_DEPTH:
        raise NotPossible(f"a mailbox name has at most {MAX_DEPTH} levels")
    return (INBOX, *levels[1:]) if _is_inbox(levels[0]) else levels


def name_of(levels: Levels) -> str:
    """The name of a mailbox, from the top."""
    return SEPARATOR.join(levels)


def _is_inbox(level: str) -> bool:
    """ASCII only: an `ı` that is made upper case is no `I` here."""
    return level.isascii() and level.upper() == INBOX


def _level(level: str) -> str:
    if not level:
        raise NotPossible(f"no level of a mailbox name is empty: no {SEPARATOR} at its ends, and none beside another")
    if any(character == _BYTE_ORDER_MARK or unicodedata.category(character) in _REFUSED for character in level):
        raise NotPossible("a mailbox name has no control characters, line breaks or characters that are none")
    if len(level.encode()) > MAX_LEVEL:
        raise NotPossible(f"a level of a mailbox name has at most {MAX_LEVEL} octets of UTF-8")
    return level
