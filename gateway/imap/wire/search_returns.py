"""What a client wants to know of what it searches for (RFC 9051 6.4.4, RFC 4731 3.1, RFC 5267 5, RFC 6203 7).

ABNF, as read here::

    return-opts = "RETURN" SP "(" [option *(SP option)] ")"
    option      = "MIN" / "MAX" / "ALL" / "COUNT" / "SAVE" / "CONTEXT" / "RELEVANCY" / "PARTIAL" SP partial-range /
                  "UPDATE" [[SP] "(" fetch-att *(SP fetch-att) ")"]                                      ; RFC 5465 8
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.imap.wire.fetch import Item, item
from gateway.imap.wire.partial import PartialRange, partial_range
from gateway.imap.wire.scanner import BadSyntax, Scanner


class Option(Enum):
    """What a search returns, or does beside."""

    MIN = b"MIN"
    MAX = b"MAX"
    ALL = b"ALL"
    COUNT = b"COUNT"
    SAVE = b"SAVE"
    CONTEXT = b"CONTEXT"
    UPDATE = b"UPDATE"
    RELEVANCY = b"RELEVANCY"


@dataclass(frozen=True, slots=True)
class Returns:
    """RETURN (…)."""

    options: frozenset[Option] = frozenset({Option.ALL})
    partial: PartialRange | None = None
    items: tuple[Item, ...] = ()
    """What UPDATE fetches of messages that arrive (RFC 5465 7)."""

    def __contains__(self, option: Option) -> bool:
        return option in self.options

    @property
    def silent(self) -> bool:
        """The result is saved, and nothing else is asked for (RFC 9051 6.4.4)."""
        return self.options == {Option.SAVE} and self.partial is None


EVERYTHING: Final = Returns()
_OPTIONS: Final = {option.value: option for option in Option}


def return_options(scanner: Scanner) -> Returns | None:
    """SP return-opts, where they come next. Raises BadSyntax."""
    if not scanner.skip(b" RETURN "):
        return None
    options: set[Option] = set()
    partials: list[PartialRange] = []
    items: list[Item] = []

    def option() -> None:
        name = scanner.keyword("a return option")
        if name == b"PARTIAL":
            scanner.space()
            partials.append(partial_range(scanner))
        elif name in _OPTIONS:
            options.add(_OPTIONS[name])
            if name == b"UPDATE":
                items.extend(_items(scanner))
        else:
            raise BadSyntax(f"{name.decode()} is no return option of this server")

    scanner.listed(option, empty=True)
    if len(partials) + (Option.ALL in options) > 1:
        raise BadSyntax("RETURN has either one PARTIAL, or ALL, or neither (RFC 9394 3.1)")
    if not options and not partials:
        return EVERYTHING
    return Returns(frozenset(options), partials[0] if partials else None, tuple(dict.fromkeys(items)))


def _items(scanner: Scanner) -> tuple[Item, ...]:
    """The example of RFC 5465 7 has a space before them, its ABNF has none."""
    if scanner.peek(b" ("):
        scanner.space()
    return scanner.listed(lambda: item(scanner)) if scanner.peek(b"(") else ()
