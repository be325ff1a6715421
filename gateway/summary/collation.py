"""i;unicode-casemap (RFC 5051): text as octets that are compared octet by octet, for SEARCH, SORT and THREAD.

Each character becomes its simple titlecase mapping, once, and what comes of that is decomposed as far as it goes,
canonically and for compatibility: `Ǆ` is `D`, `z` and a caron. Hangul syllables have no decomposition there.
"""

import functools
import unicodedata


class _Table(dict[int, str]):
    """What each character becomes; filled as they are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        title = character.title()
        mapped = _decomposed(title if len(title) == 1 else character)
        self[code] = mapped
        return mapped


def _decomposed(character: str) -> str:
    parts = unicodedata.decomposition(character).split()
    if not parts:
        return character
    return "".join([_decomposed(chr(int(part, 16))) for part in parts if not part.startswith("<")])


_TABLE = _Table()


@functools.lru_cache(maxsize=2048)
def casemap(text: str) -> bytes:
    """The octets of a text under this collation."""
    if text.isascii():
        return text.upper().encode("ascii")
    return text.translate(_TABLE).encode("utf-8", "replace")
