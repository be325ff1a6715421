r"""The syntax of the regular expressions that rules may use: those of Python that can be run in linear time.

    pattern     = [ "(?i)" ] alternatives
    alternatives = sequence *( "|" sequence )
    sequence    = *( atom [ quantifier ] )
    atom        = "." / "^" / "$" / class / "(" [ "?:" ] alternatives ")" / escape / literal
    escape      = "\" ( one of dDwWsS, or any character that is no letter or digit )
    quantifier  = ( "*" / "+" / "?" / "{n}" / "{n,}" / "{n,m}" ) [ "?" ]

No back-references, look-around, word boundaries or possessive quantifiers.
"""

import re
import warnings
from dataclasses import dataclass
from typing import Final

MAX_PATTERN: Final = 1000
MAX_REPEAT: Final = 1000
MAX_GROUPS: Final = 50
_CLASS_ESCAPES: Final = "dDwWsS"
_COUNTS: Final = re.compile(r"\{(\d{1,4})(,?)(\d{0,4})\}")


class BadPattern(ValueError):
    """The text is no regular expression that can be used here; its message says why."""


@dataclass(frozen=True, slots=True)
class Char:
    """One character that the expression `test` matches."""

    test: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Edge:
    """The start (`^`) or the end (`$`) of the text."""

    at_start: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of these."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """At least `low` times, at most `high` times; None: any number."""

    body: "Node"
    low: int
    high: int | None


Node = Char | Edge | Sequence | Choice | Repeat


def parse(text: str) -> Node:
    """Read an expression. Raises BadPattern."""
    if len(text) > MAX_PATTERN or text.count("(") > MAX_GROUPS:
        raise BadPattern(f"a regular expression has at most {MAX_PATTERN} characters and {MAX_GROUPS} groups")
    _check_syntax(text)
    insensitive = text.startswith("(?i)")
    parser = _Parser(text.removeprefix("(?i)"), re.IGNORECASE if insensitive else re.RegexFlag(0))
    return parser.whole()


def _check_syntax(text: str) -> None:
    """Let Python say what is wrong, in the words that people know."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(text)
        except (re.error, OverflowError, RecursionError) as error:
            raise BadPattern(f"no regular expression: {error}") from error
        except Warning as error:
            raise BadPattern(f"an ambiguous regular expression: {error}; put a backslash there") from error


class _Parser:
    """Reads what `re.compile` has found to be well-formed."""

    def __init__(self, text: str, flags: re.RegexFlag) -> None:
        self.text = text
        self.flags = flags
        self.at = 0

    def whole(self) -> Node:
        node = self._alternatives()
        if self.at < len(self.text):
            raise BadPattern(f"a stray {self.text[self.at]!r} at character {self.at + 1}")
        return node

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _alternatives(self) -> Node:
        options = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._quantified(self._atom()))
        return Sequence(tuple(parts))

    def _atom(self) -> Node:
        match self._peek():
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case "^" | "$" as edge:
                self.at += 1
                return Edge(edge == "^")
            case char:
                self.at += 1
                return self._char(char if char == "." else re.escape(char))

    def _char(self, source: str) -> Char:
        return Char(re.compile(source, self.flags | re.DOTALL))

    def _group(self) -> Node:
        self.at += 1
        if self.text.startswith("?:", self.at):
            self.at += 2
        elif self._peek() == "?":
            raise BadPattern(f"(?{self.text[self.at + 1]} is not supported: plain groups and (?:…) are")
        node = self._alternatives()
        if self._peek() != ")":
            raise BadPattern("a group that is not closed")
        self.at += 1
        return node

    def _escape(self) -> Node:
        char = self.text[self.at + 1]
        if char.isalnum() and char not in _CLASS_ESCAPES:
            raise BadPattern(f"\\{char} is not supported: of letters, \\d \\w \\s and their capitals are")
        self.at += 2
        return self._char(f"\\{char}")

    def _class(self) -> Node:
        start = self.at
        self.at += 2 if self.text.startswith("[^", self.at) else 1
        if self._peek() == "]":
            self.at += 1
        while self._peek() != "]":
            self.at += 2 if self._peek() == "\\" else 1
            if self.at >= len(self.text):
                raise BadPattern("a [class] that is not closed")
        self.at += 1
        return self._char(self.text[start : self.at])

    def _quantified(self, node: Node) -> Node:
        found = self._counts()
        if found is None:
            return node
        if self._peek() == "+":
            raise BadPattern("possessive quantifiers are not supported")
        if self._peek() == "?":
            self.at += 1
        low, high = found
        if max(low, high or 0) > MAX_REPEAT:
            raise BadPattern(f"at most {MAX_REPEAT} repetitions can be asked for")
        return Repeat(node, low, high)

    def _counts(self) -> tuple[int, int | None] | None:
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self._peek())
        if simple is not None:
            self.at += 1
            return simple
        counted = _COUNTS.match(self.text, self.at)
        if counted is None:
            return None
        self.at = counted.end()
        low, comma, high = counted.groups()
        if not comma:
            return int(low), int(low)
        return int(low), int(high) if high else None
