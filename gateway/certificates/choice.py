"""Which certificate a client gets that names a host (SNI, RFC 6066 3): exact names before `*`, then the usual one."""

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_MOST_OCTETS: Final = 255


class Choice(Generic[T]):
    """Names to whatever is shown for them; the first of those with the same name counts."""

    def __init__(self, offered: Sequence[tuple[tuple[str, ...], T]], usual: str) -> None:
        """`usual`: what a client gets that names nothing, or nothing known; the first, where nobody has that name."""
        self._by_name: dict[str, T] = {}
        for names, what in offered:
            for name in names:
                self._by_name.setdefault(name.lower(), what)
        found = self._find(usual.lower())
        self.usual = offered[0][1] if found is None else found

    def pick(self, name: str | None) -> T:
        """For the name that a client gave."""
        if not name or len(name) > _MOST_OCTETS:
            return self.usual
        found = self._find(name.lower().rstrip("."))
        return self.usual if found is None else found

    def _find(self, name: str) -> T | None:
        """`*` stands for one whole label (RFC 6125 6.4.3)."""
        exact = self._by_name.get(name)
        if exact is not None:
            return exact
        _, dot, rest = name.partition(".")
        return self._by_name.get(f"*.{rest}") if dot else None
