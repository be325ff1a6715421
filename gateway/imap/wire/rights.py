"""Rights as IMAP writes them (RFC 4314 2.1, 2.1.1, 3.1).

`c` and `d` are those of RFC 2086: what is asked for with them is `kx` and `et`, and they are told beside any of these.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.imap.wire.scanner import BadSyntax

CREATE: Final = "kx"
DELETE: Final = "et"
_SHOWN: Final = "lrswipkxtecda"
_CHANGE: Final = re.compile(r"([+-]?)(.*)", re.DOTALL)


class How(Enum):
    """What becomes of the rights that were there."""

    REPLACE = ""
    ADD = "+"
    REMOVE = "-"


@dataclass(frozen=True, slots=True)
class Change:
    """`+lr`."""

    how: How
    rights: frozenset[str]

    def of(self, before: str) -> str:
        """The rights after it."""
        match self.how:
            case How.REPLACE:
                return _text(self.rights)
            case How.ADD:
                return _text(self.rights.union(before))
            case How.REMOVE:
                return _text(frozenset(before) - self.rights)


def _text(rights: frozenset[str]) -> str:
    return "".join(sorted(rights))


def change(octets: bytes) -> Change:
    """mod-rights. Raises BadSyntax for an unknown right."""
    found = _CHANGE.fullmatch(octets.decode("latin-1"))
    if found is None:
        raise AssertionError
    unknown = set(found[2]) - set(_SHOWN)
    if unknown:
        raise BadSyntax(f"{min(unknown)!a} is no right: there are {_SHOWN}, in small letters")
    rights = found[2].replace("c", CREATE).replace("d", DELETE)
    return Change(How(found[1]), frozenset(rights))


def shown(rights: str) -> bytes:
    """With `c` and `d`."""
    old = "c" * (not set(CREATE).isdisjoint(rights)) + "d" * (not set(DELETE).isdisjoint(rights))
    return "".join(each for each in _SHOWN if each in rights or each in old).encode()
