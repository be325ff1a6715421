"""Regular expressions over header fields, run in linear time whatever the text: an automaton, built as it is used.

Senders choose the text, so backtracking would let them choose the cost.
"""

from dataclasses import dataclass, field
from typing import Final, Self, assert_never

from typing_extensions import override

from gateway.route.regex_syntax import BadPattern, Char, Choice, Edge, Node, Repeat, Sequence, parse

MAX_TEXT: Final = 16_384
"""Characters of a field that are looked at."""

_MAX_STEPS: Final = 5000
_MAX_CACHE: Final = 4096


@dataclass(slots=True)
class _State:
    """`node` None: a fork to all of `then` at no cost. Else a Char or Edge, and what follows it."""

    node: Char | Edge | None
    then: list[int]


class _Builder:
    """Turns a syntax tree into states, from its end to its beginning."""

    def __init__(self) -> None:
        self.states = [_State(None, [])]
        self.steps = 0

    def add(self, node: Char | Edge | None, then: list[int]) -> int:
        self.states.append(_State(node, then))
        return len(self.states) - 1

    def emit(self, node: Node, then: int) -> int:
        """The state at which `node`, followed by the state `then`, begins."""
        self.steps += 1
        if self.steps > _MAX_STEPS:
            raise BadPattern("the repetitions of this regular expression multiply to too many")
        match node:
            case Char() | Edge():
                return self.add(node, [then])
            case Sequence(parts):
                for part in reversed(parts):
                    then = self.emit(part, then)
                return then
            case Choice(options):
                return self.add(None, [self.emit(option, then) for option in options])
            case Repeat():
                return self._repeat(node, then)
        assert_never(node)

    def _repeat(self, node: Repeat, then: int) -> int:
        entry = then
        if node.high is None:
            entry = self.add(None, [then])
            self.states[entry].then.append(self.emit(node.body, entry))
        else:
            for _ in range(node.high - node.low):
                entry = self.add(None, [self.emit(node.body, entry), then])
        for _ in range(node.low):
            entry = self.emit(node.body, entry)
        return entry


class _Automaton:
    """Runs the states; remembers which set of states follows which at which character."""

    def __init__(self, root: Node) -> None:
        builder = _Builder()
        self.first = builder.emit(root, 0)
        self.states = builder.states
        self.cache: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self.opening = self._closure([self.first], at_start=True, at_end=False)
        self.again = self._closure([self.first], at_start=False, at_end=False)

    def _closure(self, seeds: list[int], *, at_start: bool, at_end: bool) -> frozenset[int]:
        seen = set(seeds)
        left = list(seen)
        while left:
            state = self.states[left.pop()]
            match state.node:
                case Char():
                    continue
                case Edge(start) if not (at_start if start else at_end):
                    continue
            fresh = [target for target in state.then if target not in seen]
            seen.update(fresh)
            left.extend(fresh)
        return frozenset(seen)

    def _step(self, current: frozenset[int], char: str) -> frozenset[int]:
        targets = []
        for number in current:
            state = self.states[number]
            if isinstance(state.node, Char) and state.node.test.match(char):
                targets += state.then
        return self._closure(targets, at_start=False, at_end=False) | self.again

    def found_in(self, text: str) -> bool:
        current = self.opening
        for char in text[:MAX_TEXT]:
            if 0 in current:
                return True
            following = self.cache.get((current, char))
            if following is None:
                if len(self.cache) >= _MAX_CACHE:
                    self.cache.clear()
                following = self.cache[current, char] = self._step(current, char)
            current = following
        at_end = len(text) <= MAX_TEXT
        return 0 in current or 0 in self._closure(list(current), at_start=not text, at_end=at_end)


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression of the configuration. Equal where the texts are equal."""

    text: str
    automaton: _Automaton = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an expression (its syntax: `gateway.route.regex_syntax`). Raises BadPattern, a ValueError."""
        return cls(text, _Automaton(parse(text)))

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in the first `MAX_TEXT` characters."""
        return self.automaton.found_in(text)

    @override
    def __str__(self) -> str:
        return self.text
