"""Which deliveries an operator means."""

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.mail.address import Address, NullPath
from gateway.mail.domain import BadDomain, parse_domain
from gateway.mail.message import QueueId, State
from gateway.queue.ids import BadQueueId, message_key, shard_of
from gateway.queue.stored import Entry, StoredShard

FINISHED = frozenset((State.DELIVERED, State.FAILED, State.DROPPED))
"""The states of the history."""


@dataclass(frozen=True, slots=True)
class Selection:
    """All conditions that are given must hold. Addresses and routes may have `*` and `?`; case does not matter."""

    names: tuple[str, ...] = ()
    """Queue ids, or `QUEUEID/NUMBER` for one delivery."""
    recipient: str | None = None
    sender: str | None = None
    domain: str | None = None
    """Of the recipient; U-label and A-label are the same; `*.` in front: any host below it."""
    route: str | None = None
    states: frozenset[State] = frozenset()
    """Empty: those of the queue, not of the history."""

    @property
    def narrow(self) -> bool:
        """Whether anything was said at all."""
        return self != Selection()

    def entries(self, shards: list[StoredShard]) -> Iterator[Entry]:
        """What is selected, from all shards. Raises BadQueueId, QueueUnavailable."""
        for shard in shards:
            for key in self._keys(shard.number):
                if not self.states or self.states - FINISHED:
                    yield from filter(self.matches, shard.entries(key))
                if self.states & FINISHED:
                    yield from filter(self.matches, shard.finished(key))

    def _keys(self, shard: int) -> list[int | None]:
        if not self.names:
            return [None]
        identifiers = {QueueId(name.lower().partition("/")[0]) for name in self.names}
        return [message_key(each) for each in sorted(identifiers) if shard_of(each) == shard]

    def matches(self, entry: Entry) -> bool:
        """Whether an entry is meant."""
        message, delivery = entry.message, entry.delivery
        names = tuple(name.lower() for name in self.names)
        return (
            (not names or message.id in names or entry.name in names)
            and (not self.states or delivery.state in self.states)
            and _like(self.recipient, delivery.recipient.address)
            and _like(self.sender, message.sender)
            and self._in_domain(delivery.recipient.address)
            and (self.route is None or fnmatch.fnmatch(delivery.route, self.route))
        )

    def _in_domain(self, address: Address) -> bool:
        if self.domain is None:
            return True
        try:
            wanted = parse_domain(self.domain.removeprefix("*.")).ascii
        except BadDomain:
            return False
        own = address.domain.ascii
        return own.endswith(f".{wanted}") if self.domain.startswith("*.") else own == wanted


def check_names(names: tuple[str, ...]) -> None:
    """Raises BadQueueId for what names neither a message nor a delivery."""
    for name in names:
        identifier, slash, number = name.partition("/")
        shard_of(QueueId(identifier))
        if slash and not (number.isascii() and number.isdecimal()):
            raise BadQueueId(f"{name!r} names no delivery: those are written QUEUEID/NUMBER")


def _like(pattern: str | None, path: Address | NullPath) -> bool:
    if pattern is None:
        return True
    lowered = pattern.strip("<>").lower()
    if isinstance(path, NullPath):
        return not lowered
    return any(fnmatch.fnmatchcase(form.lower(), lowered) for form in (str(path), path.wire, path.key))
