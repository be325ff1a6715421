"""A worker: one event loop with its listeners, its shard of the queue and its connections."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from gateway.app import clock
from gateway.app.build import own_identity, setup_of
from gateway.app.health import Health
from gateway.app.imap_listeners import ImapListeners
from gateway.app.imap_listeners import Means as ImapMeans
from gateway.app.logins import LoginDesk
from gateway.app.mail_listeners import MailListeners
from gateway.app.mailboxes import Mailboxes
from gateway.app.observers import DeliverCounter
from gateway.app.reload import Refused, needs_restart, read_again
from gateway.app.shards import Shards
from gateway.app.sockets import Bound
from gateway.app.transports import Transports
from gateway.certificates.acme.keeper import Keeper, Means
from gateway.certificates.acme.store import Challenges
from gateway.certificates.pair import BadCertificate, Kept
from gateway.certificates.shelf import LOOK, Shelf
from gateway.certificates.sources import ACME
from gateway.certificates.stock import Place as TlsPlace
from gateway.certificates.tally import Tally
from gateway.deliver.transport import SmtpTransport
from gateway.listen.config import ListenerProtocol
from gateway.net.dns import Resolver
from gateway.queue.shards import Place
from gateway.relay.carry import MailCarrier, Tools
from gateway.relay.dispatch import Dispatcher
from gateway.relay.intake import Intake
from gateway.relay.journal import Journal
from gateway.settings.config import Config
from gateway.telemetry.keeper import keep, write_out
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.page import page
from gateway.web.http_listener import serve as serve_http
from gateway.web.metrics_listener import serve as serve_metrics

HOUSEKEEPING = 1.0
"""Seconds between two looks at the shards and at the sessions."""
DRAIN = 20.0
"""Seconds for attempts in flight when the worker stops."""
THREADS_TURN = 0.0005
"""Seconds that a thread may hold the interpreter while the event loop waits for it. A command of a client takes several
such waits: with the 5 ms of Python, a NOOP took 5.3 ms beside work in threads (p99: 20), with this 0.7 (p99: 5); the
work took no longer."""


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
        self._background: list[asyncio.Task[None]] = []
        self._shelf = _shelf(post, Tally(metrics.certifying, log))
        means = Means(clock.now, clock.jitter, metrics.certifying, log, self._shelf.look)
        self._acme = Keeper(post.config.data, means)
        self._acme.configure(post.config.tls.acme, post.config.dns.servers)
        self._desk = LoginDesk(post.config, post.index, log)
        self._listeners = MailListeners(post.config, self._desk, self._shelf, log, metrics)
        self._transport = _transport(post, DeliverCounter(metrics))
        self._mailboxes = Mailboxes(post.config, self._desk.directory, log, metrics)
        reading = ImapMeans(self._desk, self._shelf, self._mailboxes.store, self._listeners.admission)
        self._imap = ImapListeners(post.config, reading, log, metrics)
        transports = Transports(self._transport, self._mailboxes.transport)
        tools = Tools(transports, Journal(log, metrics), clock.now, clock.jitter)
        self._carrier = MailCarrier(setup_of(post.config), tools)
        self._dispatcher = Dispatcher(self._carrier, log, clock.now, clock.jitter, workers=post.workers)
        place = Place(post.config.data, post.index, post.workers)
        self._shards = Shards(place, post.config.queue, self._dispatcher, log, metrics)
        self._health = Health((self._shards.readiness, self._mailboxes.readiness), metrics.running)
        self._tools = tools

    async def run(self) -> None:
        """Serve until told to stop."""
        sys.setswitchinterval(THREADS_TURN)
        self._watch_signals()
        await self._shards.adopt()
        await self._desk.open(self._metrics)
        self._carrier.setup = self._desk.setup(self._config, self._mailboxes.store)
        self._intake = Intake(self._carrier.setup, self._shards.own, self._dispatcher, self._tools)
        for task in (
            self._dispatcher.run(),
            keep(self._metrics),
            self._keep_house(),
            self._health.keep_checking(),
            self._mailboxes.keep_tidy(),
            self._shards.keep_adopting(),
            self._keep_certificates(),
            self._acme.run(),
        ):
            self._start(task)
        await self._listen()
        # What has been built stays until the end: a full collection would stop the loop for 30 ms to look at it.
        gc.collect()
        gc.freeze()
        # Likewise what a message of thousands of parts is read into: full collections come ten times as rarely.
        gc.set_threshold(700, 10, 100)
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
                await serve_metrics(sock, partial(page, self._post.metrics_directory), self._health.readiness)
            elif bound.listener.protocol is ListenerProtocol.HTTP:
                await serve_http(sock, Challenges(self._config.data / ACME).answer)
            elif bound.listener.protocol is ListenerProtocol.IMAP:
                await self._imap.add(sock, bound.listener)
            else:
                await self._listeners.add(sock, bound.listener, self._intake)

    def reload(self) -> None:
        """Read the configuration again. A bad one changes nothing; listeners and data folder need a restart."""
        reloads, post = self._metrics.running.reloads, self._post
        try:
            read = read_again(post.path, self._config.data)
            self._shelf.reload(read.tls)
        except (Refused, BadCertificate, OSError) as error:
            reloads.at("refused").add()
            why = "; ".join(str(error).splitlines())
            self._log.error("configuration refused, the old one stays", why=why)
            return
        if keys := needs_restart(post.config, read):
            self._log.warning("this change needs a restart", keys=keys, worker=post.index)
        config = self._config = replace(read, data=self._config.data)
        self._transport.reconfigure(config.delivery, Resolver(config.dns), own_identity(config))
        self._acme.configure(config.tls.acme, config.dns.servers)
        self._desk.reload(config)
        self._mailboxes.reload(config.mailboxes)
        self._carrier.setup = self._intake.setup = self._desk.setup(config, self._mailboxes.store)
        self._shards.config = config.queue
        self._listeners.reload(config, self._intake)
        self._imap.reload(config)
        self._dispatcher.reload()
        reloads.at("done").add()
        self._log.info("configuration reloaded", worker=post.index)

    async def _keep_house(self) -> None:
        while True:
            await self._shards.refresh()
            self._desk.look()
            await asyncio.sleep(HOUSEKEEPING)

    async def _keep_certificates(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            self._shelf.look()

    async def _close(self) -> None:
        """No new mail, then no new attempts, then let go of the shard."""
        self._log.info("worker stopping", worker=self._post.index)
        await self._listeners.close()
        await self._imap.close()
        await self._dispatcher.drain(DRAIN)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._transport.close()
        await self._mailboxes.close()
        await self._desk.close()
        await self._shards.close()
        write_out(self._metrics)


def _shelf(post: Post, observer: Tally) -> Shelf:
    config = post.config
    return Shelf(config.tls, TlsPlace(config.data, config.hostname.ascii), observer=observer, kept=post.kept)


def _transport(post: Post, observer: DeliverCounter) -> SmtpTransport:
    config = post.config
    resolver, own = Resolver(config.dns), own_identity(config)
    return SmtpTransport(config.delivery, resolver, own, workers=post.workers, observer=observer)
