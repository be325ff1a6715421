"""What the supervisor's workers are made of: the configuration of the moment, the sockets, the logs."""

import os
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from platform import python_version

import uvloop
from typing_extensions import override

from gateway.app import indexing
from gateway.app.sockets import Bound
from gateway.app.supervisor import Workshop
from gateway.app.worker import DRAIN, Post, Worker
from gateway.certificates.pair import Kept
from gateway.certificates.sources import NOTHING_KEPT
from gateway.relay.dispatch import LAST_WRITES
from gateway.settings.config import Auto, Config
from gateway.settings.load import load
from gateway.settings.problem import BadConfig
from gateway.telemetry.board import Board
from gateway.telemetry.keeper import write_out
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.page import forget_gauges
from gateway.telemetry.sink import LineSink

INDEXER = "indexer"
"""The name of its numbers."""
MARGIN = 10.0
"""Seconds that a worker may take beyond its own limits before it is killed."""


def worker_count(config: Config) -> int:
    """`auto` is one per core that we may use."""
    return len(os.sched_getaffinity(0)) if config.workers is Auto.AUTO else config.workers


class GatewayWorkshop(Workshop):
    """Makes workers of the gateway. A worker that takes a dead one's place starts with what was reloaded last."""

    def __init__(
        self,
        path: Path,
        config: Config,
        bound: tuple[Bound, ...],
        logs: tuple[Log, LineSink],
        kept: Kept = NOTHING_KEPT,
    ) -> None:
        """`kept`: files that workers may not read themselves."""
        self._path = path
        self._kept = kept
        self._config = config
        self._bound = bound
        self._log, self._sink = logs
        self.workers = worker_count(config)
        """The process after them indexes the mail."""
        self._directory = config.data / "run" / "metrics"
        self._metrics = Metrics(Board(self._directory, "supervisor"))

    @property
    @override
    def grace(self) -> float:
        return self._config.limits.shutdown + DRAIN + LAST_WRITES + MARGIN

    @override
    def work(self, index: int, lifeline: int) -> None:
        if index == self.workers:
            self._index(lifeline)
            return
        forget_gauges(self._directory, str(index))
        metrics = Metrics(Board(self._directory, str(index)))
        metrics.running.build.at(version("mail-gateway"), python_version()).set(1.0)
        metrics.running.workers.at().set(1.0)
        post = Post(index, self.workers, self._path, self._config, self._bound, lifeline, self._directory, self._kept)

        async def main() -> None:
            await Worker(post, self._log, metrics).run()

        try:
            uvloop.run(main())
        finally:
            self._sink.flush()

    def _index(self, lifeline: int) -> None:
        """The process after the workers: it needs nothing that listens."""
        for bound in self._bound:
            for sock in bound.sockets:
                sock.close()
        forget_gauges(self._directory, INDEXER)
        try:
            indexing.work(self._config.data, lifeline, self._log, Metrics(Board(self._directory, INDEXER)))
        finally:
            self._sink.flush()

    @override
    def reloading(self) -> None:
        """A bad file changes nothing; the workers say so."""
        try:
            self._config = replace(load(self._path).config, data=self._config.data)
        except BadConfig:
            return

    @override
    def restarted(self) -> None:
        self._metrics.running.restarts.at().add()
        write_out(self._metrics)
        self._sink.flush()
