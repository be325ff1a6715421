"""Subject and body around what was found, as HTML with `<mark>` (RFC 8621 5)."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import accumulate
from typing import Final

from gateway.store.embedded.index.letters import letters
from gateway.store.embedded.index.terms import terms_of
from gateway.store.embedded.index.words import words_of
from gateway.store.protocol.search import Closeness, Field, Wanted
from gateway.summary.model import SearchText

OCTETS: Final = 255
"""At most, of the HTML (RFC 8621 5)."""
_READ: Final = 200_000
"""Letters of a body that are looked at."""
_BEFORE: Final = 60
"""Letters shown before the first hit."""
_WORD: Final = re.compile(r"\w+")

Span = tuple[int, int]


class Marker:
    """Of one search."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._words, self._pieces = words_of(wanted.text)

    def subject(self, text: SearchText) -> str:
        """Empty where nothing was found there."""
        return self._marked(text.subject, Field.SUBJECT)

    def body(self, text: SearchText) -> str:
        """Likewise."""
        return self._marked(text.body[:_READ], Field.BODY)

    def _marked(self, text: str, field: Field) -> str:
        if field not in self._wanted.fields:
            return ""
        spans = sorted(self._exact(text) if self._wanted.closeness is Closeness.EXACT else self._near(text))
        return _html(text, spans) if spans else ""

    def _exact(self, text: str) -> Iterator[Span]:
        return _occurrences(text, "".join(letters(self._wanted.text)))

    def _near(self, text: str) -> Iterator[Span]:
        for match in _WORD.finditer(text):
            if any(word.is_near(term) for term in terms_of(match[0]) for word in self._words):
                yield match.span()
        for piece in self._pieces:
            yield from _occurrences(text, piece.octets.decode("utf-8", "replace"))


def _occurrences(text: str, needle: str) -> Iterator[Span]:
    """Of a mapped text, as places of the text that it was made of."""
    parts = letters(text)
    whole = "".join(parts)
    ends = list(accumulate(map(len, parts)))
    places = [place for place, part in enumerate(parts) for _ in part]
    at = whole.find(needle) if needle else -1
    while at >= 0 and ends:
        last = at + len(needle) - 1
        yield places[at], places[last] + 1
        at = whole.find(needle, last + 1)


def _html(text: str, spans: Sequence[Span]) -> str:
    """From a little before the first hit, as much as may be."""
    at = max(0, spans[0][0] - _BEFORE)
    made, room = [], OCTETS
    for first, stop in spans:
        start = max(first, at)
        for part, marked in ((text[at:start], False), (text[start:stop], True)):
            fitting = _fitting(part, room - (len("<mark></mark>") if marked else 0))
            shown = f"<mark>{fitting}</mark>" if marked and fitting else fitting
            made.append(shown)
            room -= len(shown.encode("utf-8", "replace"))
        at = max(at, stop)
    made.append(_fitting(text[at : at + OCTETS], room))
    return "".join(made)


def _fitting(text: str, room: int) -> str:
    """As much of it, escaped, as fits into so many octets. Runs of spaces and line ends are one space."""
    made: list[str] = []
    for letter in re.sub(r"\s+", " ", text[:OCTETS]):
        shown = escape(letter)
        room -= len(shown.encode("utf-8", "replace"))
        if room < 0:
            break
        made.append(shown)
    return "".join(made)
