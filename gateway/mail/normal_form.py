"""Unicode normal forms (UAX 15) of text that strangers wrote, in time proportional to its length.

The algorithm sorts the marks behind a letter, which takes the square of their number: a million accents on one letter
take minutes. So a long text is taken in pieces, which begin where nothing can join what is before. No language has so
many marks on a letter that one of its words would be cut (UAX 15 13, "Stream-Safe Text Format", allows 30).
"""

import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

PIECE: Final = 256
"""Characters, at most."""
_JAMO: Final = (("\u1160", "\u11ff"), ("\ud7b0", "\ud7ff"))
"""Vowels and ends of Hangul syllables: with the marks, all that joins what is before it."""


def normal(form: Form, text: str) -> str:
    """The text in a normal form; but for runs of `PIECE` marks and more, all of it."""
    if text.isascii():
        return text
    if len(text) <= PIECE:
        return unicodedata.normalize(form, text)
    return "".join([unicodedata.normalize(form, piece) for piece in _pieces(text)])


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        stop = start + PIECE
        if stop < len(text):
            stop = next((at for at in range(stop, start, -1) if not _joins(text[at])), stop)
        yield text[start:stop]
        start = stop


def _joins(character: str) -> bool:
    if character.isascii():
        return False
    return unicodedata.category(character)[0] == "M" or any(first <= character <= last for first, last in _JAMO)
