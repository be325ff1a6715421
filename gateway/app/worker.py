"""A worker: one event loop with its listeners, its shard of the queue and its connections."""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from gateway.accounts.protocol import AccountsUnavailable
from gateway.app import clock
from gateway.app.accounts import Clash, refuse_clashes
from gateway.app.build import own_identity, setup_of
from gateway.app.logins import LoginDesk
from gateway.app.observers import DeliverCounter, ReceiveCounter
from gateway.app.sockets import Bound
from gateway.certificates.acme.keeper import Keeper, Means
from gateway.certificates.acme.store import Challenges
from gateway.certificates.pair import BadCertificate, Kept
from gateway.certificates.shelf import LOOK, Shelf
from gateway.certificates.sources import ACME
from gateway.certificates.stock import Place as TlsPlace
from gateway.certificates.tally import Tally
from gateway.deliver.transport import SmtpTransport
from gateway.mail.message import State
from gateway.mail.units import Seconds
from gateway.net.dns import Resolver
from gateway.queue.engine import EmbeddedQueue
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.shards import Place, adopt
from gateway.receive.admission import Admission
from gateway.receive.config import Listener, ListenerProtocol
from gateway.receive.server import Server, serve
from gateway.receive.service import Holding, Service, Surroundings, no_end_point
from gateway.relay.carry import MailCarrier, Tools
from gateway.relay.dispatch import Dispatcher
from gateway.relay.intake import Intake
from gateway.relay.journal import Journal
from gateway.settings.config import Config
from gateway.settings.load import load
from gateway.settings.problem import BadConfig
from gateway.telemetry.keeper import keep, write_out
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.page import page
from gateway.web.http_listener import serve as serve_http
from gateway.web.metrics_listener import serve as serve_metrics
from gateway.web.readiness import Readiness

HOUSEKEEPING = 1.0
"""Seconds between two looks at the shard: what operators did, what became due."""
HEALTH = 5.0
"""Seconds between two trial commits: `gateway_ready` is true whether or not anybody asks /readyz."""
ADOPTION = 30.0
"""Seconds between two looks for shards that nobody owns."""
DRAIN = 20.0
"""Seconds for attempts in flight when the worker stops."""


@dataclass(frozen=True, slots=True)
class Post:
    """What the supervisor gives a worker."""

    index: int
    workers: int
    path: Path
    config: Config
    bound: tuple[Bound, ...]
    lifeline: int
    metrics_directory: Path
    kept: Kept


class Worker:
    """Built once per process by `run`; never outlives its loop."""

    def __init__(self, post: Post, log: Log, metrics: Metrics) -> None:
        self._post = post
        self._config = post.config
        self._log = log
        self._metrics = metrics
        self._stop = asyncio.Event()
        self._servers: list[Server] = []
        self._queues: list[EmbeddedQueue] = []
        self._background: list[asyncio.Task[None]] = []
        self._shelf = Shelf(
            post.config.tls,
            TlsPlace(post.config.data, post.config.hostname.ascii),
            observer=Tally(metrics.certifying, log),
            kept=post.kept,
        )
        means = Means(clock.now, clock.jitter, metrics.certifying, log, self._shelf.look)
        self._acme = Keeper(post.config.data, means)
        self._acme.configure(post.config.tls.acme, post.config.dns.servers)
        self._desk = LoginDesk(post.config, post.index, log)
        self._admission = Admission()
        self._transport = SmtpTransport(
            post.config.delivery,
            Resolver(post.config.dns),
            own_identity(post.config),
            workers=post.workers,
            observer=DeliverCounter(metrics),
        )
        tools = Tools(self._transport, Journal(log, metrics), clock.now, clock.jitter)
        self._carrier = MailCarrier(setup_of(post.config), tools)
        self._dispatcher = Dispatcher(self._carrier, log, clock.now, clock.jitter, workers=post.workers)
        self._tools = tools

    async def run(self) -> None:
        """Serve until told to stop."""
        self._watch_signals()
        await self._adopt()
        await self._desk.open(self._metrics)
        self._carrier.setup = self._desk.setup(self._config)
        self._intake = Intake(self._carrier.setup, self._queues[0], self._dispatcher, self._tools)
        for task in (
            self._dispatcher.run(),
            keep(self._metrics),
            self._keep_house(),
            self._keep_checking(),
            self._keep_adopting(),
            self._keep_certificates(),
            self._acme.run(),
        ):
            self._start(task)
        await self._listen()
        # What has been built stays until the end: a full collection would stop the loop for 30 ms to look at it.
        gc.collect()
        gc.freeze()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        self._log.info("worker ready", worker=self._post.index, pid=os.getpid())
        await self._stop.wait()
        await self._close()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended)
        self._background.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A background task never ends by itself: if it broke, the worker is replaced by a whole one."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("worker is broken and stops", exc_info=error)
            self._stop.set()

    def _watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stop.set)
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
        loop.add_reader(self._post.lifeline, self._abandoned)

    def _abandoned(self) -> None:
        """The supervisor is gone. Its descriptor stays readable: heard once, it is not listened to any more."""
        asyncio.get_running_loop().remove_reader(self._post.lifeline)
        self._stop.set()

    async def _listen(self) -> None:
        for bound in self._post.bound:
            sock = bound.sockets[self._post.index]
            if bound.listener.protocol is ListenerProtocol.METRICS:
                await serve_metrics(sock, partial(page, self._post.metrics_directory), self._readiness)
            elif bound.listener.protocol is ListenerProtocol.HTTP:
                await serve_http(sock, Challenges(self._config.data / ACME).answer)
            else:
                listener = self._current(bound.listener)
                surroundings = self._surroundings(listener)
                self._servers.append(await serve(sock, listener, self._config.limits, self._intake, surroundings))

    def _current(self, listener: Listener) -> Listener:
        """The listener as it is configured now; as it was, where it is configured no more."""
        return next((each for each in self._config.listeners if each.name == listener.name), listener)

    def _surroundings(self, listener: Listener) -> Surroundings:
        observer = ReceiveCounter(listener.name, self._metrics, self._log)
        config = self._config
        asks = listener.protocol is ListenerProtocol.SUBMISSION
        hold_limit = config.submission.hold_limit
        return Surroundings(
            config.hostname,
            config.trusted_networks,
            self._shelf.asking_context() if asks else self._shelf.context(),
            self._admission,
            observer,
            self._desk.logins(),
            self._shelf.end_point if config.sasl.channel_binding else no_end_point,
            Holding(hold_limit, clock.now) if hold_limit else None,
        )

    def reload(self) -> None:
        """Read the configuration again. A bad one changes nothing; listeners and data folder need a restart."""
        reloads = self._metrics.running.reloads
        try:
            read = load(self._post.path).config
            config = replace(read, data=self._config.data)
            refuse_clashes(config)
            self._shelf.reload(config.tls)
        except (BadConfig, BadCertificate, Clash, AccountsUnavailable, OSError) as error:
            reloads.at("refused").add()
            why = "; ".join(str(error).splitlines())
            self._log.error("configuration refused, the old one stays", why=why)
            return
        self._warn_of_restart(read)
        self._config = config
        self._transport.reconfigure(config.delivery, Resolver(config.dns), own_identity(config))
        self._acme.configure(config.tls.acme, config.dns.servers)
        self._desk.reload(config)
        self._carrier.setup = self._intake.setup = self._desk.setup(config)
        for server in self._servers:
            listener = self._current(server.service.listener)
            server.service = Service(listener, config.limits, self._intake, self._surroundings(listener))
        self._dispatcher.reload()
        reloads.at("done").add()
        self._log.info("configuration reloaded", worker=self._post.index)

    def _warn_of_restart(self, config: Config) -> None:
        """Say what was changed in the file and is not taken up now."""
        old = self._post.config
        fixed = {
            "listeners": tuple([(each.name, each.bind) for each in one.listeners] for one in (old, config)),
            "data": (old.data, config.data),
            "workers": (old.workers, config.workers),
            "log": (old.log, config.log),
            "user": (old.user, config.user),
        }
        if changed := [key for key, (before, now) in fixed.items() if before != now]:
            self._log.warning("this change needs a restart", keys=changed, worker=self._post.index)

    async def _adopt(self) -> None:
        place = Place(self._config.data, self._post.index, self._post.workers)
        owned = {queue.number for queue in self._queues}
        for queue in await adopt(place, self._config.queue, clock.now(), self._committed, owned):
            self._queues.append(queue)
            self._dispatcher.add(queue)
            recovered = queue.stats().recovered
            if recovered:
                self._metrics.queueing.perhaps_twice.at().add(recovered)
                self._log.warning("deliveries were in flight when a worker died", shard=queue.number, count=recovered)

    def _committed(self, took: Seconds, operations: int) -> None:
        self._metrics.queueing.commit_seconds.at().observe(took)
        self._metrics.queueing.commit_operations.at().observe(operations)

    async def _keep_adopting(self) -> None:
        while True:
            await asyncio.sleep(ADOPTION)
            with contextlib.suppress(QueueUnavailable):
                await self._adopt()

    async def _keep_house(self) -> None:
        while True:
            for queue in self._queues:
                now = clock.now()
                self._dispatcher.keep_leases(now)
                if await queue.refresh(now):
                    self._dispatcher.wake()
            self._desk.look()
            self._measure()
            await asyncio.sleep(HOUSEKEEPING)

    async def _keep_certificates(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            self._shelf.look()

    async def _keep_checking(self) -> None:
        while True:
            await self._readiness()
            await asyncio.sleep(HEALTH)

    def _measure(self) -> None:
        queueing = self._metrics.queueing
        stats = [queue.stats() for queue in self._queues]
        for state in (State.QUEUED, State.LEASED, State.DEFERRED, State.HELD):
            queueing.deliveries.at(state).set(sum(one.depth.get(state, 0) for one in stats))
        now = clock.now()
        for state in (State.QUEUED, State.DEFERRED, State.HELD):
            since = min((one.oldest[state] for one in stats if state in one.oldest), default=now)
            queueing.oldest.at(state).set(max(0.0, now - since))

    async def _readiness(self) -> Readiness:
        healthy = [await queue.healthy() for queue in self._queues]
        self._metrics.running.ready.at().set(float(all(healthy)))
        return Readiness() if all(healthy) else Readiness(("the queue cannot commit: is the disk full or read-only?",))

    async def _close(self) -> None:
        """No new mail, then no new attempts, then let go of the shard."""
        self._log.info("worker stopping", worker=self._post.index)
        await asyncio.gather(*(server.close() for server in self._servers))
        await self._dispatcher.drain(DRAIN)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._transport.close()
        await self._desk.close()
        for queue in self._queues:
            await queue.close()
        write_out(self._metrics)
