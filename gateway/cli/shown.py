"""How things are shown: tables of texts for people, objects for programs.

Much of it was written by strangers: nothing reaches a terminal that a terminal would obey.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from rich.table import Table
from rich.text import Text

from gateway.cli.common import table
from gateway.mail.units import Timestamp

T = TypeVar("T")

_SHORT: Final = 15
"""Characters of a text that stays on one line: an IPv4 address."""

_SIZES: Final = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))

Json = str | int | float | bool | None | Sequence["Json"] | dict[str, "Json"]


def span(seconds: float) -> str:
    """A time span as people say it: `45s`, `12m`, `5h`, `3d`."""
    whole = int(max(seconds, 0))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if whole >= 2 * size:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def size(octets: int) -> str:
    """A size as the configuration writes it: `512 B`, `3.4 MB`."""
    for unit, each in _SIZES:
        if octets >= each:
            return f"{octets / each:.1f}".removesuffix(".0") + f" {unit}"
    return f"{octets} B"


def ago(then: Timestamp | None, now: Timestamp) -> str:
    """`3d ago`; `never`."""
    return "never" if then is None else f"{span(now - then)} ago"


def safe(text: str) -> Text:
    """Text from elsewhere, without what a terminal would obey."""
    return Text("".join(c if c.isprintable() else "\ufffd" for c in text))


def plain(text: str) -> str:
    """Text from elsewhere for programs, whose output may end on a terminal."""
    return safe(text).plain


def rows(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    """A table of texts. Where a terminal is too narrow, the columns with long texts are folded: no address is cut."""
    made = table(*columns)
    shown = [tuple(map(safe, line)) for line in lines]
    for index, column in enumerate(made.columns):
        column.overflow = "fold"
        column.no_wrap = all(len(line[index]) <= _SHORT for line in shown)
    for line in shown:
        made.add_row(*line)
    return made


def facts(pairs: Iterable[tuple[str, str]]) -> Table:
    """Names and what they are, without a heading."""
    made = rows(("", ""), pairs)
    made.show_header = False
    return made


def section(title: str, found: Table) -> Sequence[Table | Text]:
    """A table with its title; nothing where the table is empty."""
    return (Text(), Text(title, style="bold"), found) if found.row_count else ()


def objects(found: Iterable[T], render: Callable[[T], dict[str, Json]]) -> list[Json]:
    """All of them for programs."""
    return [render(each) for each in found]
