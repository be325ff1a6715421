"""Puts the metrics and the log behind what connections tell, whatever is spoken on them."""

from typing_extensions import override

from gateway.listen.observer import Observer
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics


class ListenerCounter(Observer):
    """One per listener. Who counts for a protocol adds what is its own."""

    def __init__(self, listener: str, metrics: Metrics, log: Log) -> None:
        receiving = metrics.receiving
        self._listener = listener
        self._log = log
        self._connections = receiving.connections.at(listener)
        self._open = receiving.open.at(listener)
        self._tls_errors = metrics.delivering.tls_errors.at("client")

    @override
    def connected(self) -> None:
        self._connections.add()
        self._open.add()

    @override
    def disconnected(self) -> None:
        self._open.add(-1.0)

    @override
    def turned_away(self, why: str) -> None:
        self._log.warning("client turned away", listener=self._listener, why=why)

    @override
    def tls_failed(self, why: str) -> None:
        self._tls_errors.add()
        self._log.info("TLS with a client failed", listener=self._listener, why=why)

    @override
    def timed_out(self, waiting_for: str) -> None:
        self._log.info("client timed out", listener=self._listener, waiting_for=waiting_for)
