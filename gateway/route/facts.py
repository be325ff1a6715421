"""What is known of a mail when a rule looks at it. None: not known yet; a condition on it is then undecided."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.mail.address import Address, ReversePath
from gateway.mail.domain import Domain
from gateway.mail.need import Extension
from gateway.mail.origin import Origin

HeaderValues = Callable[[str], Sequence[str]]
"""The values of all fields of a name (in lower case), unfolded, as text."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the end of DATA tells: `needs` are those of the delivery in question."""

    size: int
    needs: frozenset[Extension]
    header: HeaderValues


@dataclass(frozen=True, slots=True)
class Facts:
    """A mail apart from its recipient. `minute` is the local time of day, in minutes since midnight."""

    sender: ReversePath | None = None
    origin: Origin | None = None
    minute: int | None = None
    seen: Seen | None = None


UNKNOWN = Facts()


@dataclass(frozen=True, slots=True)
class Scene:
    """A recipient of that mail. `recipient` None: only its domain is known. `local`: the domain is ours."""

    domain: Domain
    local: bool
    recipient: Address | None
    facts: Facts
