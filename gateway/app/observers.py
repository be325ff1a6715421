"""Puts the metrics behind what receiving and delivery tell."""

from typing_extensions import override

from gateway.app.listener_counter import ListenerCounter
from gateway.deliver.local.observer import Fate
from gateway.deliver.local.observer import Observer as MailboxObserver
from gateway.deliver.observer import Observer as DeliverObserver
from gateway.deliver.observer import Trouble
from gateway.mail.origin import Tls
from gateway.receive.observer import Observer as ReceiveObserver
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics


class ReceiveCounter(ListenerCounter, ReceiveObserver):
    """One per listener."""

    def __init__(self, listener: str, metrics: Metrics, log: Log) -> None:
        super().__init__(listener, metrics, log)
        self._replies = [metrics.receiving.replies.at(listener, f"{klass}xx") for klass in range(10)]

    @override
    def turned_away(self, why: str) -> None:
        self._replies[4].add()
        super().turned_away(why)

    @override
    def replied(self, code: int) -> None:
        self._replies[code // 100].add()

    @override
    def received(self, octets: int) -> None:
        """Counted by the relay once it is durable."""

    @override
    def tls_started(self, tls: Tls) -> None:
        """Stands in the trace field of each message."""


class DeliverCounter(DeliverObserver):
    """One per worker."""

    def __init__(self, metrics: Metrics) -> None:
        delivering = metrics.delivering
        self._opened = delivering.connections.at("opened")
        self._reused = delivering.connections.at("reused")
        self._failed = delivering.connections.at("failed")
        self._open = delivering.open.at()
        self._metrics = metrics

    @override
    def connected(self, hop_key: str, *, tls: bool) -> None:
        self._opened.add()
        self._open.add()

    @override
    def disconnected(self, hop_key: str) -> None:
        self._open.add(-1.0)

    @override
    def reused(self, hop_key: str) -> None:
        self._reused.add()

    @override
    def trouble(self, hop_key: str, kind: Trouble) -> None:
        self._failed.add()
        if kind is Trouble.DNS:
            self._metrics.delivering.dns_errors.at(kind).add()
        if kind is Trouble.TLS:
            self._metrics.delivering.tls_errors.at("hop").add()


class MailboxCounter(MailboxObserver):
    """One per worker."""

    def __init__(self, metrics: Metrics) -> None:
        storing = metrics.storing
        self._fates = {fate: storing.deliveries.at(fate) for fate in Fate}
        self._octets = storing.octets.at()
        self._seconds = storing.seconds.at()
        self._commit_seconds = storing.commit_seconds.at()
        self._commit_operations = storing.commit_operations.at()

    @override
    def ended(self, fate: Fate, octets: int, seconds: float) -> None:
        self._fates[fate].add()
        self._seconds.observe(seconds)
        if fate is Fate.STORED:
            self._octets.add(octets)

    def committed(self, seconds: float, operations: int) -> None:
        """To an account's mail."""
        self._commit_seconds.observe(seconds)
        self._commit_operations.observe(operations)
