"""YAML nodes to frozen dataclasses, by their type hints. Finds all problems at once; never raises for what is written.

A problem is recorded where it is found and `NOTHING` stands in for the value; whatever holds a NOTHING is NOTHING too.
"""

import typing
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from typing import Final

import yaml

from gateway.mail.secret import Secret
from gateway.settings.document import place_of
from gateway.settings.hints import (
    Schema,
    UnknownWord,
    members,
    optional,
    scalar_reader,
    schema_of,
    takes_mapping,
    takes_one,
    takes_scalar,
)
from gateway.settings.problem import Place, Problem, did_you_mean
from gateway.settings.secrets import BadSecret, Surroundings, read_secret

ALIAS_GROWTH: Final = 10
"""Nodes are looked at so many times as often as there are any, since those behind an alias are read each time anew."""

MAX_PROBLEMS: Final = 100
"""More are not told, nor looked for."""

MAX_DEPTH: Final = 60


class _Nothing(Enum):
    NOTHING = auto()


NOTHING: Final = _Nothing.NOTHING

Way = tuple[str | int, ...]
"""The way to a value from the root: keys, and indices of lists."""

_NULL_TAG: Final = "tag:yaml.org,2002:null"
_CORE_TAG: Final = "tag:yaml.org,2002:"


class Reader:
    """Reads one document. `places` and `labels` hold where each way was found, and its name for people."""

    def __init__(self, file: str, surroundings: Surroundings, size: int = 10_000) -> None:
        self.file = file
        self.surroundings = surroundings
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.places: dict[Way, Place] = {}
        self.labels: dict[Way, str] = {(): ""}
        self._left = ALIAS_GROWTH * (size + 100)

    def problem(self, node: yaml.Node, way: Way, what: str) -> typing.Literal[_Nothing.NOTHING]:
        """Record a problem."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(self.file, place_of(node.start_mark), self.labels.get(way, ""), what))
        return NOTHING

    def problem_at(self, way: Way, what: str) -> Problem:
        """A problem of the value that was read at `way`, or of what holds it."""
        while way and way not in self.places:
            way = way[:-1]
        return Problem(self.file, self.places.get(way, Place(1, 1)), self.labels.get(way, ""), what)

    def read(self, node: yaml.Node, hint: object, way: Way) -> object:
        """The value of a node as the hint asks for it, or NOTHING."""
        self._left -= 1
        self.places.setdefault(way, place_of(node.start_mark))
        if self._left < 0 or len(way) > MAX_DEPTH:
            return self._too_much(node, way)
        if not node.tag.startswith(_CORE_TAG):
            return self.problem(node, way, f"tags such as {node.tag[:40]} mean nothing here")
        if node.tag == _NULL_TAG and isinstance(node, yaml.ScalarNode):
            return None if optional(hint) else self.problem(node, way, "has no value")
        match node:
            case yaml.ScalarNode():
                return self._scalar(node, members(hint), way)
            case yaml.SequenceNode():
                return self._sequence(node, members(hint), way)
            case yaml.MappingNode():
                return self._mapping(node, members(hint), way)
            case _:
                return self.problem(node, way, "is nothing that can be read")

    def _too_much(self, node: yaml.Node, way: Way) -> object:
        if self._left == -1:
            self.problem(node, way, "aliases multiply to too many values")
        elif self._left >= 0:
            self.problem(node, way, "is nested too deeply")
        return NOTHING

    def _scalar(self, node: yaml.ScalarNode, hints: tuple[object, ...], way: Way) -> object:
        fitting = [hint for hint in hints if takes_scalar(hint)]
        if not fitting:
            return self.problem(node, way, _secret_or(hints, f"expected {_kinds(hints)}, not one value"))
        failures: list[ValueError] = []
        for hint in fitting:
            try:
                return self._one(node, hint, way)
            except ValueError as error:
                failures.append(error)
        return self.problem(node, way, "; ".join(dict.fromkeys(map(_said, failures))))

    def _one(self, node: yaml.ScalarNode, hint: object, way: Way) -> object:
        text = str(node.value)
        if hint is Path:
            return self.surroundings.path(text)
        function = scalar_reader(hint)
        if function is not None:
            return function(text)
        return self._items([node], (typing.get_args(hint)[0],), way)

    def _sequence(self, node: yaml.SequenceNode, hints: tuple[object, ...], way: Way) -> object:
        for hint in hints:
            if typing.get_origin(hint) is not tuple:
                continue
            inner = typing.get_args(hint)
            if takes_one(hint):
                return self._items(node.value, inner[:1], way)
            if len(node.value) != len(inner):
                return self.problem(node, way, f"expected {len(inner)} values, not {len(node.value)}")
            return self._items(node.value, inner, way)
        return self.problem(node, way, f"expected {_kinds(hints)}, not a list")

    def _items(self, nodes: list[yaml.Node], hints: tuple[object, ...], way: Way) -> object:
        values = []
        for index, node in enumerate(nodes):
            inner = (*way, index)
            self.labels[inner] = f"{self.labels.get(way, '')}[{_name(node) or index}]"
            values.append(self.read(node, hints[min(index, len(hints) - 1)], inner))
        return NOTHING if NOTHING in values else tuple(values)

    def _mapping(self, node: yaml.MappingNode, hints: tuple[object, ...], way: Way) -> object:
        fitting = [hint for hint in hints if takes_mapping(hint)]
        lists = [hint for hint in hints if typing.get_origin(hint) is tuple and takes_one(hint)]
        if not fitting and lists:
            return self._items([node], (typing.get_args(lists[0])[0],), way)
        pairs = self._pairs(node, way)
        if not fitting:
            return self.problem(node, way, f"expected {_kinds(hints)}, not keys and values")
        hint = fitting[0] if len(fitting) == 1 else _by_tag(fitting, pairs)
        if hint is Secret:
            return self._secret(node, pairs, way)
        schema = schema_of(hint)
        if schema is not None:
            return self._dataclass(node, schema, pairs, way)
        if hint is None:
            return self.problem(node, way, f"say one of: {', '.join(_tags(fitting))}")
        return self._dictionary(pairs, typing.get_args(hint), way)

    def _pairs(self, node: yaml.MappingNode, way: Way) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.problem(key, way, "a key is one value")
            elif key.value in pairs:
                first = place_of(pairs[key.value][0].start_mark)
                self._label(way, key)
                self.problem(key, (*way, key.value), f"is given twice; first in line {first.line}")
            else:
                self._label(way, key)
                pairs[key.value] = (key, value)
        return pairs

    def _label(self, way: Way, key: yaml.ScalarNode) -> None:
        outer = self.labels.get(way, "")
        word = key.value if len(key.value) <= 80 and key.value.isprintable() else f"{key.value[:80]!r}"
        self.labels[*way, key.value] = f"{outer}.{word}" if outer else word
        self.places[*way, key.value] = place_of(key.start_mark)

    def _dataclass(
        self, node: yaml.Node, schema: Schema, pairs: Mapping[str, tuple[yaml.Node, yaml.Node]], way: Way
    ) -> object:
        values: dict[str, object] = {}
        for name, (key_node, value) in pairs.items():
            key = schema.keys.get(name)
            if key is None:
                values[name] = self._unknown(key_node, tuple(schema.keys), (*way, name))
            else:
                values[key.field] = self.read(value, key.hint, (*way, name))
        missing = [key.name for key in schema.keys.values() if key.required and key.name not in pairs]
        if missing:
            return self.problem(node, way, f"lacks {', '.join(f'`{name}`' for name in missing)}")
        if NOTHING in values.values():
            return NOTHING
        try:
            return construct(schema, values)
        except ValueError as error:
            return self.problem(node, way, _said(error))

    def _unknown(self, key: yaml.Node, known: tuple[str, ...], way: Way) -> object:
        hint = did_you_mean(str(way[-1]), known) if len(self.problems) < MAX_PROBLEMS else ""
        return self.problem(key, way, f"no such key{hint}")

    def _dictionary(
        self, pairs: Mapping[str, tuple[yaml.Node, yaml.Node]], hints: tuple[object, ...], way: Way
    ) -> object:
        values: dict[object, object] = {}
        for name, (key_node, value_node) in pairs.items():
            key = self.read(key_node, hints[0], (*way, name))
            value = self.read(value_node, hints[1], (*way, name))
            if key in values and key is not NOTHING:
                self.problem(key_node, (*way, name), "is given twice, spelt in two ways")
            values[key] = value
        return NOTHING if NOTHING in values or NOTHING in values.values() else values

    def _secret(self, node: yaml.Node, pairs: Mapping[str, tuple[yaml.Node, yaml.Node]], way: Way) -> object:
        texts = {name: value.value for name, (_, value) in pairs.items() if isinstance(value, yaml.ScalarNode)}
        try:
            secret, warning = read_secret(texts, self.surroundings)
        except BadSecret as error:
            return self.problem(node, way, str(error))
        if warning:
            self.warnings.append(self.problem_at(way, warning))
        return secret


def construct(schema: Schema, values: Mapping[str, object]) -> object:
    """The dataclass with these fields. Raises ValueError where its own checks do."""
    return schema.type(**values)


def _by_tag(hints: list[object], pairs: Mapping[str, tuple[yaml.Node, yaml.Node]]) -> object:
    for hint in hints:
        schema = schema_of(hint)
        if schema is not None and schema.tag in pairs:
            return hint
    return None


def _tags(hints: list[object]) -> list[str]:
    return [schema.tag for schema in map(schema_of, hints) if schema is not None]


def _kinds(hints: tuple[object, ...]) -> str:
    kinds = []
    if any(scalar_reader(hint) or hint is Path for hint in hints):
        kinds.append("one value")
    if any(typing.get_origin(hint) is tuple for hint in hints):
        kinds.append("a list")
    if any(map(takes_mapping, hints)):
        kinds.append("keys and values")
    return " or ".join(kinds)


def _secret_or(hints: tuple[object, ...], otherwise: str) -> str:
    if Secret in hints:
        return "a secret is never written here: use {file: PATH} or {env: NAME}"
    return otherwise


def _said(error: ValueError) -> str:
    if isinstance(error, UnknownWord):
        return f'"{error.word[:80]}" cannot stand here{did_you_mean(error.word, error.known)}'
    return str(error)


def _name(node: yaml.Node) -> str:
    """The `name` of an entry of a list, where it has a fitting one."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "name" and isinstance(value, yaml.ScalarNode) and value.value.isprintable():
                return str(value.value)[:80]
    return ""
