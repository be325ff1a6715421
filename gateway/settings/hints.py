"""What a type hint of a configuration dataclass asks for in YAML.

A class is read from a scalar by its `parse` (its only form) or `short` (besides keys and values), a StrEnum by its
values, a dataclass from keys and values. The name of a field is its key, without an underscore at its end; a key that
cannot be a name stands in the field's metadata, as `key`.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from gateway.mail.secret import Secret
from gateway.settings.scalars import SCALARS

ScalarReader = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a mapping that is read into a dataclass."""

    name: str
    field: str
    hint: object
    required: bool


@dataclass(frozen=True, slots=True)
class Schema:
    """A dataclass as keys and values."""

    type: type
    keys: Mapping[str, Key]

    @property
    def tag(self) -> str:
        """The first key: by its presence a union of dataclasses is told apart."""
        return next(iter(self.keys))


@cache
def schema_of(hint: object) -> Schema | None:
    """The keys of a dataclass; None for every other hint, and for a dataclass that is only written as a scalar."""
    if not (isinstance(hint, type) and dataclasses.is_dataclass(hint)) or hint is Secret or hasattr(hint, "parse"):
        return None
    hints = typing.get_type_hints(hint)
    keys = {}
    for field in dataclasses.fields(hint):
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        name = str(field.metadata.get("key", field.name.rstrip("_")))
        keys[name] = Key(name, field.name, hints[field.name], required)
    return Schema(hint, keys)


@cache
def scalar_reader(hint: object) -> ScalarReader | None:
    """How the hint is read from one scalar; None where it never is. Paths and secrets are the reader's own."""
    if hint in SCALARS:
        return SCALARS[hint]
    if not isinstance(hint, type):
        return None
    if issubclass(hint, StrEnum):
        return _enum_reader(hint)
    for name in ("parse", "short"):
        function = getattr(hint, name, None)
        if callable(function):
            return _reader_of(function)
    return None


@cache
def members(hint: object) -> tuple[object, ...]:
    """The members of a union without None; the hint alone where it is none, or is read as a whole."""
    if hint in SCALARS or typing.get_origin(hint) not in (types.UnionType, typing.Union):
        return (hint,)
    inner = tuple(argument for argument in typing.get_args(hint) if argument is not types.NoneType)
    return next(((whole,) for whole in SCALARS if typing.get_args(whole) == inner), inner)


@cache
def optional(hint: object) -> bool:
    """Whether None, written `null` or `~`, is a value of its own."""
    return types.NoneType in typing.get_args(hint) and typing.get_origin(hint) in (types.UnionType, typing.Union)


def takes_scalar(hint: object) -> bool:
    """Whether one scalar can be read into it."""
    if scalar_reader(hint) or hint is Path:
        return True
    return typing.get_origin(hint) is tuple and takes_one(hint)


def takes_one(hint: object) -> bool:
    """Whether the hint is a list of any length: one value alone is then a list of one."""
    return len(typing.get_args(hint)) == 2 and typing.get_args(hint)[1] is Ellipsis


def takes_mapping(hint: object) -> bool:
    """Whether keys and values can be read into it."""
    return hint is Secret or schema_of(hint) is not None or typing.get_origin(hint) is Mapping


def _reader_of(function: ScalarReader) -> ScalarReader:
    return function


def _enum_reader(hint: type[StrEnum]) -> ScalarReader:
    by_name = {member.value.lower(): member for member in hint}

    def read(text: str) -> StrEnum:
        member = by_name.get(text.lower())
        if member is None:
            raise UnknownWord(text, tuple(by_name))
        return member

    return read


class UnknownWord(ValueError):
    """None of the words that can stand here."""

    def __init__(self, word: str, known: tuple[str, ...]) -> None:
        super().__init__(word)
        self.word = word
        self.known = known
