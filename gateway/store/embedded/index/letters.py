"""Letters as the index compares them: i;unicode-casemap (RFC 5051), letter by letter.

Each letter is mapped by itself, so that what is a part of a text is a part of its mapped form too. What is no letter,
digit, mark or symbol becomes a space.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from gateway.summary.collation import casemap

_APART: Final = "ZPC"
"""General categories that separate words: spaces, punctuation, controls."""
_KEPT: Final = ("Co", "Cn")
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]+")
_CACHED: Final = 8
"""Runs of foreign letters up to this length are remembered: accented letters within words."""
_RUNS: Final = 4096

UNSPACED: Final = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf"
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3035\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]+"
)
"""Runs in scripts that put no spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, Tai, Han, Kana, Bopomofo. And
Hangul, which writes particles and words together."""

_ASCII: Final = bytes(
    ord(chr(octet).upper()) if chr(octet).isascii() and chr(octet).isalnum() else octet if octet > 127 else 32
    for octet in range(256)
)


class _Letters(dict[int, str]):
    def __missing__(self, code: int) -> str:
        mapped = _map(chr(code))
        self[code] = mapped
        return mapped


def _map(letter: str) -> str:
    return "".join(map(_kept, casemap(letter).decode("utf-8", "replace")))


def _kept(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter.isascii():
        return letter.upper() if letter.isalnum() else " "
    return " " if category[0] in _APART and category not in _KEPT else letter


_LETTERS: Final = _Letters()


def mapped(text: str) -> str:
    """The whole of it."""
    return text.translate(_LETTERS)


def letters(text: str) -> list[str]:
    """What each letter is mapped to: at least one."""
    return [_LETTERS[ord(letter)] for letter in text]


def flat(text: str, unspaced: Callable[[re.Match[str]], str]) -> bytes:
    """In UTF-8, runs of scripts without spaces replaced. Octets below 33 are spaces. Quick where much is ASCII."""
    if text.isascii():
        return text.encode().translate(_ASCII)
    runs: dict[str, str] = {}

    def foreign(match: re.Match[str]) -> str:
        run = match[0]
        known = runs.get(run)
        if known is None:
            known = UNSPACED.sub(unspaced, run.translate(_LETTERS))
            if len(run) <= _CACHED and len(runs) < _RUNS:
                runs[run] = known
        return known

    return _FOREIGN.sub(foreign, text).encode("utf-8", "replace").translate(_ASCII)
