"""A header field as it is put together: chunks that stay whole, folded where a line would grow over 76 characters.

RFC 2047 2: no line with an encoded-word in it is longer than 76. RFC 5322 2.2.3: folding adds CRLF before a blank
that is there anyway, so that a reader who unfolds gets the same text.
"""

from enum import StrEnum

from gateway.rewrite.encoded_word import LONGEST, Place, encoded_words

LINE = 76
_LEAST_ROOM = 36
_LONGEST_BLANK = 900


class NoAsciiForm(Exception):
    """The field holds something that has no form in ASCII; the message says what, for people."""


class Means(StrEnum):
    """How UTF-8 left a field."""

    ENCODED_WORDS = "RFC 2047"
    EXTENDED_PARAMETERS = "RFC 2231"
    A_LABELS = "A-labels"
    ALIAS = "ASCII alias"
    PERCENT = "percent-encoding"
    CLAUSE_DROPPED = "without a clause that has no ASCII form"


class Composer:
    """Collects the value of one field. `add` with an empty blank glues: no fold can come between."""

    __slots__ = ("_chunks", "_name", "_opened", "_owes_blank", "means")

    def __init__(self, name: str) -> None:
        self._name = name
        self._chunks: list[tuple[str, str]] = []
        self._owes_blank = False
        self._opened = False
        self.means: dict[Means, None] = {}
        """What was done, in order."""

    def add(self, blank: str, text: str) -> None:
        """Text as it is, after a blank."""
        if not blank and self._owes_blank:
            blank = " "
        self._owes_blank = False
        self._append(blank, text)

    def separate(self, text: str) -> None:
        """Glue `text`, a separator, but for a blank after an encoded-word; a blank follows in any case."""
        self.add("", text)
        self._owes_blank = True

    def open(self, blank: str, text: str) -> None:
        """Add `text`, an opening parenthesis, to which even an encoded-word may be glued."""
        self.add(blank, text)
        self._opened = True

    def close(self, text: str) -> None:
        """Glue `text`, a closing parenthesis, even to an encoded-word."""
        self._owes_blank = False
        self._append("", text)

    def encode(self, blank: str, text: str, place: Place, longest: int = LONGEST) -> None:
        """Text as encoded-words. What comes next is kept apart by a blank, as RFC 2047 5 wants."""
        self.means[Means.ENCODED_WORDS] = None
        blank = blank or ("" if self._opened else " ")
        for word in encoded_words(text, place, min(self._room(), longest), longest):
            self._append(blank, word)
            blank = " "
        self._owes_blank = True

    def _append(self, blank: str, text: str) -> None:
        self._opened = False
        if self._chunks and not blank:
            before, glued = self._chunks[-1]
            self._chunks[-1] = (before, glued + text)
        else:
            self._chunks.append((blank if len(blank) <= _LONGEST_BLANK else " ", text))

    def _room(self) -> int:
        """Characters left for the first word of the field; a whole line where that is hardly anything."""
        room = LONGEST - len(self._name) - 2
        return LONGEST if self._chunks or room < _LEAST_ROOM else room

    def folded(self) -> str:
        """The value, from the colon on, without the last CRLF."""
        pieces: list[str] = []
        column = len(self._name) + 1
        for blank, text in self._chunks:
            width = len(blank) + len(text)
            if column + width > LINE and blank and column:
                pieces.append("\r\n")
                column = 0
            pieces += (blank, text)
            column += width
        return "".join(pieces)
