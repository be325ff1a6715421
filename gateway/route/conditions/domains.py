"""A set of domain patterns."""

from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from gateway.mail.domain import Domain
from gateway.route.patterns import DomainPattern


@dataclass(frozen=True, slots=True)
class Domains:
    """A set of patterns: found by the name itself, and by each domain above it."""

    patterns: tuple[DomainPattern, ...]
    exact: frozenset[str]
    above: frozenset[str]

    def has(self, domain: Domain) -> bool:
        """Whether one of the patterns matches."""
        name = domain.ascii
        if name in self.exact:
            return True
        while self.above:
            _, dot, name = name.partition(".")
            if not dot:
                return False
            if name in self.above:
                return True
        return False

    @override
    def __str__(self) -> str:
        return ", ".join(map(str, self.patterns))


def domains(patterns: Sequence[DomainPattern]) -> Domains:
    """The set of these patterns."""
    exact = frozenset(pattern.domain.ascii for pattern in patterns if not pattern.below)
    return Domains(tuple(patterns), exact, frozenset(pattern.domain.ascii for pattern in patterns if pattern.below))
