"""Texts as terms, and what to look for among terms.

A term is a run of letters and digits, in the form of `letters`; of scripts without spaces each pair of letters that
follow each other. A run over 128 octets is cut into pieces that overlap by 64, so that any 64 octets of it are whole in
one. A text contains a needle only where the terms of its pieces are there: runs inside the needle as whole terms, the
runs at its ends as parts of terms.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from gateway.store.embedded.index.letters import UNSPACED, flat, mapped

LONG: Final = 128
STEP: Final = 64

_RUNS: Final = re.compile(rf"(?P<unspaced>{UNSPACED.pattern})|(?:(?!{UNSPACED.pattern})\S)+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Of a needle, in UTF-8."""

    octets: bytes
    whole: bool
    """It is a term; else a part of one."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """All of them must be there. None: every text may contain it."""

    pieces: tuple[Piece, ...]
    sure: bool
    """Where they are, the text contains the needle."""


def terms_of(text: str) -> set[bytes]:
    """Each once. Time and size are in proportion to the text."""
    terms = set(flat(text, _pairs).split())
    if terms and max(map(len, terms)) > LONG:
        for long in [term for term in terms if len(term) > LONG]:
            terms.remove(long)
            terms.update(long[start : start + LONG] for start in range(0, len(long) - STEP, STEP))
    return terms


def _pairs(match: re.Match[str]) -> str:
    run = match[0]
    if len(run) == 1:
        return f" {run} "
    return f" {' '.join(map(str.__add__, run, run[1:]))} "


def pieces_of(needle: str) -> Pieces:
    """What a text that contains it must have."""
    plain = mapped(needle.encode("utf-8", "replace").decode())
    pieces: list[Piece] = []
    for run in _RUNS.finditer(plain):
        inside = run.start() > 0 and run.end() < len(plain)
        pieces += _unspaced(run[0]) if run["unspaced"] else [_spaced(run[0].encode(), inside=inside)]
    alone = len(pieces) == 1 and " " not in plain
    sure = alone and len(pieces[0].octets) == len(plain.encode())
    return Pieces(tuple(dict.fromkeys(pieces)), sure or not needle)


def _unspaced(run: str) -> list[Piece]:
    if len(run) == 1:
        return [Piece(run.encode(), whole=False)]
    return [Piece((first + second).encode(), whole=True) for first, second in pairwise(run)]


def _spaced(run: bytes, *, inside: bool) -> Piece:
    if inside and len(run) <= LONG:
        return Piece(run, whole=True)
    return Piece(run[:STEP], whole=False)
