"""Who may connect: the number of connections in all and of each client, counted over the listeners of one worker."""

from gateway.listen.config import Room


class Admission:
    """Shared by all listeners of a worker. Each `admit` that returned None is followed by one `leave`."""

    __slots__ = ("_by_client", "_total")

    def __init__(self) -> None:
        self._by_client: dict[str, int] = {}
        self._total = 0

    def admit(self, client: str, room: Room) -> str | None:
        """None, or the name of the limit that forbids it."""
        count = self._by_client.get(client, 0)
        if self._total >= room.connections:
            return "connections"
        if count >= room.connections_per_client:
            return "connections_per_client"
        self._by_client[client] = count + 1
        self._total += 1
        return None

    def leave(self, client: str) -> None:
        """The connection is gone."""
        self._total -= 1
        count = self._by_client[client] - 1
        if count:
            self._by_client[client] = count
        else:
            del self._by_client[client]

    @property
    def total(self) -> int:
        """Connections now."""
        return self._total
