"""Aliases: recipients that stand for others, applied when mail is accepted (RFC 5321 3.9.1: the sender stays).

There are those of the configuration, and those of a second source that may change at any time. An address's own entry
goes before that of its domain, the configuration's before the other's. An alias may lead to other aliases; one that
leads back to itself on the way is delivered to as it is (`root: root, admin@x` works). Depth and number are bounded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.mail.address import Address
from gateway.route.patterns import Mailboxes

MAX_DEPTH: Final = 10
MAX_RECIPIENTS: Final = 10_000

MoreAliases = Callable[[Address], tuple[Address, ...] | None]
"""What an address directly stands for; None: it is no alias."""


def no_more(_: Address) -> None:
    """There is no second source."""


@dataclass(frozen=True, slots=True)
class Step:
    """One alias that was applied, for those who ask why."""

    alias: Address
    targets: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """Whom a recipient stands for, each once, in order; `looped`: a circle or too many, cut off there."""

    recipients: tuple[Address, ...]
    steps: tuple[Step, ...]
    looped: bool = False


class AliasTable:
    """The aliases, ready to be asked."""

    def __init__(self, aliases: Mapping[Mailboxes, Sequence[Mailboxes]], more: MoreAliases = no_more) -> None:
        self._targets = {name.key: tuple(targets) for name, targets in aliases.items()}
        self._more = more
        self._has_domains = any(name.address is None for name in aliases)

    def has(self, address: Address) -> bool:
        """Whether the address itself, not just its domain, is an alias."""
        return address.key in self._targets or self._more(address) is not None

    def targets(self, address: Address) -> tuple[Address, ...] | None:
        """What the address directly stands for; None: it is no alias."""
        found = self._targets.get(address.key) if self._targets else None
        if found is None:
            more = self._more(address)
            if more is not None or not self._has_domains:
                return more
            found = self._targets.get(f"@{address.domain.ascii}")
        return None if found is None else tuple(target.applied(address) for target in found)

    def expand(self, address: Address) -> Expansion | None:
        """Whom the address stands for in the end; None: it is no alias."""
        first = self.targets(address)
        return None if first is None else _Walk(self).run(address, first)


class _Walk:
    """Follows aliases depth first, in the order written."""

    def __init__(self, table: AliasTable) -> None:
        self._table = table
        self._found: dict[str, Address] = {}
        self._steps: list[Step] = []
        self._expanded: set[str] = set()
        self._looped = False

    def run(self, address: Address, first: tuple[Address, ...]) -> Expansion:
        self._visit(address, first, ())
        return Expansion(tuple(self._found.values()), tuple(self._steps), self._looped)

    def _visit(self, address: Address, targets: tuple[Address, ...], way: tuple[str, ...]) -> None:
        if address.key in self._expanded:
            return
        self._expanded.add(address.key)
        self._steps.append(Step(address, targets))
        way = (*way, address.key)
        for target in targets:
            self._follow(target, way)

    def _follow(self, target: Address, way: tuple[str, ...]) -> None:
        itself = target.key == way[-1]
        inner = None if itself else self._table.targets(target)
        if inner is None:
            self._keep(target)
        elif target.key in way or len(way) >= MAX_DEPTH:
            self._looped = True
        else:
            self._visit(target, inner, way)

    def _keep(self, target: Address) -> None:
        if len(self._found) >= MAX_RECIPIENTS:
            self._looped = True
            return
        self._found.setdefault(target.key, target)


def ascii_aliases(configured: Mapping[Address, Address]) -> dict[str, Address]:
    """`ascii_aliases` by the key of the address that each stands for."""
    return {original.key: substitute for original, substitute in configured.items()}
