"""Header fields and status fields (RFC 5322 2.2.3): folded at 76 characters where words allow, no line over 998."""

from typing import Final

WIDTH: Final = 76
HARD: Final = 900
"""Octets of a word or an unfolded value; longer ones are cut, for nothing else keeps their line legal."""


def unfolded(name: str, value: str) -> bytes:
    """`Name: value` in one line, blanks kept: for addresses and identifiers."""
    return f"{name}: {value}\r\n".encode() if len(value.encode()) <= HARD else field(name, value)


def field(name: str, *values: str) -> bytes:
    """`Name: value`, folded; each value after the first begins a line of its own. No value has line breaks."""
    lines = _wrapped(f"{name}:", values[0])
    for value in values[1:]:
        lines += _wrapped("", value)
    return ("\r\n".join(lines) + "\r\n").encode()


def _wrapped(start: str, value: str) -> list[str]:
    lines: list[str] = []
    line = start
    for word in _words(value):
        if len(line) + 1 + len(word) > WIDTH and line != start:
            lines.append(line)
            line = ""
        line += f" {word}"
    return [*lines, line]


def _words(value: str) -> list[str]:
    return [piece for word in value.split(" ") if word for piece in _pieces(word)]


def _pieces(word: str) -> list[str]:
    if len(word.encode()) <= HARD:
        return [word]
    step = HARD // 4
    return [word[at : at + step] for at in range(0, len(word), step)]
