"""YAML to nodes, in bounds: octets, nesting and the count of nodes (aliases stand for what they name) are limited.

Nodes keep line and column, and scalars as they were written: `22:00` stays text.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import yaml

from gateway.settings.problem import Place

MAX_OCTETS: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 40

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadYaml(ValueError):
    """The octets are no YAML document; `place` says where they cease to be."""

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(why)
        self.place = place


@dataclass(frozen=True, slots=True)
class Document:
    """`size`: how many nodes were written, each alias counting as one."""

    root: yaml.Node
    size: int


def compose(data: bytes) -> Document:
    """The document as nodes. Raises BadYaml."""
    if len(data) > MAX_OCTETS:
        raise BadYaml(Place(1, 1), f"the file has {len(data)} octets, at most {MAX_OCTETS} are read")
    text = _decoded(data)
    try:
        size = _measure(text)
        root = yaml.compose(text, Loader=LOADER)
    except BadYaml:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(place_of(mark), f"no YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise BadYaml(Place(1, 1), f"no YAML: {' '.join(str(error).split())}") from error
    if root is None:
        raise BadYaml(Place(1, 1), "the file is empty")
    return Document(root, size)


class _Mark(Protocol):
    """What the two implementations of PyYAML's marks have in common."""

    line: int
    column: int


def place_of(mark: _Mark | None) -> Place:
    """Line and column, counted from 1; the start of the file where there is no mark."""
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise BadYaml(Place(before.count(b"\n") + 1, column), "the file is not UTF-8") from error
    return text


def _measure(text: str) -> int:
    """Count the nodes, and the nesting on the flat events first, since composing recurses."""
    depth = size = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            size += 1
            depth += isinstance(event, yaml.CollectionStartEvent)
            if depth > MAX_DEPTH:
                raise BadYaml(place_of(event.start_mark), f"more than {MAX_DEPTH} levels of nesting")
    return size
