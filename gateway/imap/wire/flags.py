r"""Flags as clients write them (RFC 9051 9 flag, flag-list).

ABNF, as read here::

    flag-list = "(" [flag *(SP flag)] ")"
    flag      = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / atom
"""

from collections.abc import Iterable
from typing import Final

from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.store.flags import MAX_KEYWORD, MAX_KEYWORDS, NONE, Flags, System

_SYSTEM: Final = {
    "\\answered": System.ANSWERED,
    "\\flagged": System.FLAGGED,
    "\\deleted": System.DELETED,
    "\\seen": System.SEEN,
    "\\draft": System.DRAFT,
}


def flag_list(scanner: Scanner) -> Flags:
    """In parentheses, which may be empty."""
    return flags_of(scanner.listed(scanner.flag, empty=True))


def flags_of(names: Iterable[str]) -> Flags:
    r"""From flags as they were written. Raises BadSyntax for `\Recent`, which nobody sets, and for what is none."""
    system, keywords = NONE, dict[str, str]()
    for name in names:
        if not name.startswith("\\"):
            keywords.setdefault(name.lower(), name)
        elif (flag := _SYSTEM.get(name.lower())) is not None:
            system |= flag
        else:
            raise BadSyntax(f"{name} is no flag that can be set")
    if len(keywords) > MAX_KEYWORDS or any(len(each) > MAX_KEYWORD for each in keywords):
        raise BadSyntax(f"a message has at most {MAX_KEYWORDS} keywords of {MAX_KEYWORD} characters each")
    return Flags(system, frozenset(keywords.values()))
