"""What is wrong with a configuration: all of it at once, each with its place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file: line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `key` is the way to it (`routes[night].when.client`), empty for the file itself."""

    file: str
    place: Place
    key: str
    what: str

    @override
    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return printable(f"{self.file}:{self.place.line}:{self.place.column}: {key}{self.what}")


def printable(text: str) -> str:
    """The text on one line that no terminal obeys."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


class BadConfig(Exception):
    """The configuration cannot be used."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.place.line, problem.place.column)))
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """`; did you mean "x"?`, or else the list of what there is."""
    close = get_close_matches(word[:100].lower(), known, n=1)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; there are: {', '.join(known)}" if known else ""
