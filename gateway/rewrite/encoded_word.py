"""Encoded-words (RFC 2047 2 and 4): text in any script as ASCII words.

ABNF::

    encoded-word = "=?" charset "?" encoding "?" encoded-text "?="

Each word has at most 75 characters and holds whole characters; the shorter of B and Q is taken. The charset is
always UTF-8.
"""

import binascii
import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

LONGEST: Final = 75
"""Characters in an encoded-word at most."""

_FRAME = len("=?utf-8?q??=")
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_ENCODED = re.compile(r"=\?[^?\s]++\?[bBqQ]\?[^?\s]*+\?=")


class Place(Enum):
    """Where the word is to stand: RFC 2047 5 allows fewer characters inside a phrase or a comment."""

    TEXT = bytes(set(range(33, 127)) - set(b"=?_"))
    PHRASE = _LETTERS + b"!*+-/"


def _table(place: Place) -> tuple[str, ...]:
    return tuple(
        "_" if octet == 32 else chr(octet) if octet in place.value else f"={octet:02X}" for octet in range(256)
    )


_Q = {place: _table(place) for place in Place}


def looks_encoded(word: str) -> bool:
    """Whether readers would find an encoded-word in it."""
    return "=?" in word and _ENCODED.search(word) is not None


def encoded_words(text: str, place: Place, first: int = LONGEST, longest: int = LONGEST) -> list[str]:
    """The text as encoded-words, to be parted by blanks that readers drop.

    The first has at most `first` characters, the others `longest`. Text without a UTF-8 form loses nothing but
    lone surrogates, which become `?`.
    """
    octets = text.encode("utf-8", "replace")
    table = _Q[place]
    q_size = sum(len(table[octet]) for octet in octets)
    if q_size <= (len(octets) + 2) // 3 * 4:
        return [f"=?utf-8?q?{_quoted(cut, table)}?=" for cut in _cuts(text, table, (first, longest))]
    return [f"=?utf-8?b?{_base64(cut)}?=" for cut in _cuts(text, None, (first, longest))]


def _quoted(octets: bytes, table: tuple[str, ...]) -> str:
    return "".join([table[octet] for octet in octets])


def _base64(octets: bytes) -> str:
    return binascii.b2a_base64(octets, newline=False).decode("ascii")


def _cuts(text: str, table: tuple[str, ...] | None, limits: tuple[int, int]) -> Iterator[bytes]:
    """Whole characters that fill a word each. `table` None measures base64: octets by the three."""
    room = _room(limits[0], table)
    held: list[bytes] = []
    used = 0
    for character in text:
        octets = character.encode("utf-8", "replace")
        cost = len(octets) if table is None else sum(len(table[octet]) for octet in octets)
        if used + cost > room and held:
            yield b"".join(held)
            held, used, room = [], 0, _room(limits[1], table)
        held.append(octets)
        used += cost
    if held:
        yield b"".join(held)


def _room(limit: int, table: tuple[str, ...] | None) -> int:
    return limit - _FRAME if table else (limit - _FRAME) // 4 * 3
