"""Words that are near to each other: without accents, folded, inflected in one of some languages (FUZZY, RFC 6203).

What a word is near to is worked out when it is looked for, among the terms that begin like it; the index knows nothing
of it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import Stemmer

from gateway.store.embedded.index.letters import UNSPACED
from gateway.store.embedded.index.terms import Piece, terms_of

LANGUAGES: Final = ("english", "german", "french", "spanish", "russian")
MOST: Final = 32
"""Words of a query that are heeded."""

_STEMMERS: Final = tuple(Stemmer.Stemmer(language, 0) for language in LANGUAGES)
_SPELT: Final = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "đ": "d", "ł": "l", "þ": "th", "ı": "i"}
_FOLD: Final = str.maketrans(_SPELT)
_UMLAUTS: Final = re.compile("([aou])e")
_SHORTEST: Final = 3
_MARKS: Final = rb"(?:\xcc[\x80-\xbf]|\xcd[\x80-\xaf])*"
"""U+0300 to U+036F in UTF-8."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query."""

    term: bytes
    """As it is written there."""
    keys: frozenset[str]
    """A term is near that has one of these."""
    first: bytes
    pattern: "re.Pattern[bytes]"
    """Where to look for terms (`Lines.beginning`)."""

    def is_near(self, term: bytes) -> bool:
        """Whether it is the same word but for accents, spelling and inflection."""
        return not self.keys.isdisjoint(keys_of(term.decode("utf-8", "replace")))


def words_of(text: str) -> tuple[Sequence[Word], Sequence[Piece]]:
    """Words, and what scripts without spaces are looked for by."""
    words, pieces = [], []
    for term in sorted(terms_of(text))[:MOST]:
        plain = term.decode("utf-8", "replace")
        if UNSPACED.match(plain):
            pieces.append(Piece(term, whole=len(plain) > 1))
        else:
            words.append(_word(term, plain))
    return words, pieces


@lru_cache(maxsize=20_000)
def keys_of(word: str) -> frozenset[str]:
    """What it has in common with what is near to it."""
    composed = unicodedata.normalize("NFC", word.lower())
    stems = {folded(stemmer.stemWord(composed)) for stemmer in _STEMMERS}
    return frozenset({folded(composed), *stems})


def folded(word: str) -> str:
    """Without accents, in the letters that stand for others."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(each))
    return bare.translate(_FOLD)


def _word(term: bytes, plain: str) -> Word:
    spellings = {plain, _UMLAUTS.sub(r"\1", plain.lower()), _written_out(plain)}
    keys = frozenset(key for spelling in spellings for key in keys_of(spelling))
    shortest = min(len(key) for key in keys)
    start = _common({folded(spelling) for spelling in spellings} | keys)[: max(_SHORTEST, shortest - 1)]
    first = start[0].upper().encode() if start and start[0] not in "aodlti" else b""
    return Word(term, keys, first, re.compile(rb"\n(" + _beginning(start) + rb"[^\n]*)(?=\n)"))


def _written_out(plain: str) -> str:
    """`ü` as `ue`, and so on."""
    decomposed = unicodedata.normalize("NFD", plain.lower())
    return re.sub("([aou])\u0308", r"\1e", decomposed)


def _common(words: set[str]) -> str:
    low, high = min(words), max(words)
    for place, (one, other) in enumerate(zip(low, high, strict=False)):
        if one != other:
            return low[:place]
    return low


_OTHERS: Final = {"s": "ß", "a": "Æ", "o": "ØŒ", "d": "ÐĐ", "l": "Ł", "t": "Þ", "i": "ı"}
_PAIRS: Final = re.compile("ss|ae|oe|th|.", re.DOTALL)
"""Two letters that one may stand for."""


def _beginning(start: str) -> bytes:
    """A pattern of `start`, with any accents, however it is spelt."""
    return b"".join(_letters(pair[0]) for pair in _PAIRS.finditer(start))


def _letters(pair: str) -> bytes:
    first = _letter(pair[0], *_OTHERS.get(pair[0], ""))
    return first if len(pair) == 1 else first + b"(?:" + _letter(pair[1], *_OTHERS.get(pair[1], "")) + b")?"


def _letter(letter: str, *others: str) -> bytes:
    forms = (re.escape(each.encode()) for each in (letter.upper(), *others))
    return b"(?:" + b"|".join(forms) + b")" + _MARKS
