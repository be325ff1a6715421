"""Regular expressions over header fields, run by RE2: linear in the text, whatever the expression.

Senders choose the text, so backtracking would let them choose the cost. The syntax is RE2's: Python's without
look-around and back-references.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, Self, cast

import re2
from typing_extensions import override

MAX_TEXT: Final = 16_384
"""Characters of a field that are looked at."""

MAX_PATTERN: Final = 1000
_MAX_MEMORY: Final = 1024 * 1024
"""Octets that one compiled expression may take: larger ones are refused."""


class BadPattern(ValueError):
    """The expression cannot be used; the message says why."""


class _Pattern(Protocol):
    def search(self, text: str) -> object | None: ...


def _options() -> object:
    options = re2.Options()
    options.dot_nl = True
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    return options


_OPTIONS: Final = _options()
_compile: Callable[[str, object], _Pattern] = cast("Callable[[str, object], _Pattern]", re2.compile)


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression of the configuration. Equal where the texts are equal."""

    text: str
    pattern: _Pattern = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an expression. Raises BadPattern."""
        if len(text) > MAX_PATTERN:
            raise BadPattern(f"a regular expression has at most {MAX_PATTERN} characters")
        try:
            return cls(text, _compile(text, _OPTIONS))
        except (re2.error, UnicodeEncodeError) as error:
            raise BadPattern(f"no regular expression (RE2): {_why(error)}") from error

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in the first `MAX_TEXT` characters."""
        return self.pattern.search(text[:MAX_TEXT].encode("utf-8", "replace").decode()) is not None

    @override
    def __str__(self) -> str:
        return self.text


def _why(error: Exception) -> str:
    """RE2 gives its reasons as octets."""
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
