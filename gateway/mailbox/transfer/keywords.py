"""Which of the keywords that other programs keep a mailbox here can have (RFC 9051 9, flag-keyword)."""

import re
from collections.abc import Iterable
from typing import Final

from gateway.store.flags import MAX_KEYWORD, MAX_KEYWORDS

_ATOM: Final = re.compile(r"[^\x00-\x20\x7f-\U0010ffff(){%*\"\\\]]+\Z")


def sifted(words: Iterable[str]) -> tuple[frozenset[str], int]:
    """Those that can be, and how many were refused. What differs by case alone is one."""
    good: dict[str, str] = {}
    refused = 0
    for word in words:
        if _ATOM.match(word) and len(word) <= MAX_KEYWORD and len(good) < MAX_KEYWORDS:
            good.setdefault(word.lower(), word)
        else:
            refused += 1
    return frozenset(good.values()), refused
