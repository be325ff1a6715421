"""How many octets a connection has carried: compressed where they are, without what TLS adds."""

from collections.abc import Callable


class Traffic:
    """Both ways. `carried` is told now and then of what was not told yet: octets that came, and octets that went."""

    __slots__ = ("_carried", "_told_in", "_told_out", "octets_in", "octets_out")

    def __init__(self, carried: Callable[[int, int], None]) -> None:
        self._carried = carried
        self._told_in = self._told_out = 0
        self.octets_in = 0
        self.octets_out = 0

    def tell(self) -> None:
        """Costs nothing where nothing was carried."""
        came, went = self.octets_in - self._told_in, self.octets_out - self._told_out
        if came or went:
            self._told_in, self._told_out = self.octets_in, self.octets_out
            self._carried(came, went)
