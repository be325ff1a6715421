"""A condition: three values, True, False, and None where it is not known yet (Kleene's logic).

Each also says what it saw, so that `gateway route explain` tells the same story that was acted on.
"""

from typing import Final, Protocol

from gateway.route.facts import Scene

UNKNOWN_YET: Final = "not known yet"


class Condition(Protocol):
    """A test of a scene."""

    def holds(self, scene: Scene) -> bool | None:
        """Whether it does; None: not known yet."""
        ...

    def because(self, scene: Scene) -> str:
        """What it saw, and what it wanted, in words."""
        ...


def yes_or_no(*, truth: bool) -> str:
    """A truth value in words."""
    return "yes" if truth else "no"
