"""SMTP and LMTP out, as the relay uses them (`gateway.relay.transport.Transport`).

Limits of connections hold per hop in this process. A worker is given its share of the machine's.
"""

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from typing import Final

from typing_extensions import override

from gateway.deliver.config import DeliverConfig
from gateway.deliver.connect import Connector
from gateway.deliver.conversation import Conversation
from gateway.deliver.handshake import NoSession
from gateway.deliver.observer import Observer, Trouble, Unobserved
from gateway.deliver.own import OwnIdentity
from gateway.deliver.pool import Place, Pool, Slots
from gateway.deliver.resolve import Found, HostFinder
from gateway.deliver.session import Keeper, SmtpSession
from gateway.mail.codes import DNS_TROUBLE
from gateway.mail.nexthop import LmtpHop, NextHop
from gateway.mail.outcome import Deferred, Failed
from gateway.net.dns import Resolver
from gateway.relay.transport import Endpoint, Session, Transport

TICK: Final = 0.25
"""Seconds between looks at time-outs and idle connections, while there are any connections."""

_UNOBSERVED: Final = Unobserved()


class SmtpTransport(Transport):
    """Carries mail for one event loop."""

    def __init__(
        self,
        config: DeliverConfig,
        names: Resolver,
        own: OwnIdentity,
        *,
        workers: int = 1,
        observer: Observer = _UNOBSERVED,
    ) -> None:
        """`workers` share each hop's limit of connections."""
        self._config = config
        self._finder = HostFinder(names, config, own, random.SystemRandom())
        self._connector = Connector(config, own.hostname)
        self._workers = workers
        self._observer = observer
        self._pool: Pool[Conversation] = Pool()
        self._slots = Slots()
        self._places: dict[Conversation, Place] = {}
        self._best: dict[str, tuple[NextHop, tuple[Place, ...]]] = {}
        self._ticker: asyncio.TimerHandle | None = None
        self._closed: asyncio.Event | None = None

    def reconfigure(self, config: DeliverConfig, names: Resolver, own: OwnIdentity) -> None:
        """Take another configuration; connections that are open stay."""
        self._config = config
        self._finder = HostFinder(names, config, own, random.SystemRandom())
        self._connector = Connector(config, own.hostname)
        self._best.clear()

    @property
    def connections(self) -> int:
        """Open ones, idle ones included."""
        return len(self._places)

    @property
    def idle(self) -> int:
        """Open ones that wait for the next message."""
        return self._pool.count

    @override
    async def endpoints(self, hop: NextHop) -> Sequence[Endpoint] | Deferred | Failed:
        found = await self._finder.find(hop)
        if not isinstance(found, Found):
            if found.status == DNS_TROUBLE:
                self._observer.trouble(hop.key, Trouble.DNS)
            return found
        self._remember(hop, found)
        return found.endpoints

    def _remember(self, hop: NextHop, found: Found) -> None:
        """Which places `kept` may look at."""
        best = tuple(_place(hop, endpoint) for endpoint in found.endpoints[: found.best])
        if len(self._best) > 10_000:
            self._best.clear()
        self._best[hop.key] = (hop, best)

    @override
    def kept(self, hop: NextHop) -> Session | None:
        if not self._pool.count:
            return None
        known, places = self._best.get(hop.key, (None, ()))
        if known is not hop and known != hop:
            return None
        for place in places:
            conversation = self._pool.take(place)
            if conversation is not None:
                return self._session(hop, place, conversation)
        return None

    @override
    async def open(self, hop: NextHop, endpoint: Endpoint) -> Session | Deferred | Failed:
        place = _place(hop, endpoint)
        limit = max(1, hop.manner.limits.connections // self._workers)
        while True:
            kept = self._pool.take(place)
            if kept is not None:
                return self._session(hop, place, kept)
            if self._slots.take(hop.key, limit):
                break
            unwanted = self._pool.evict(hop.key)
            if unwanted is not None:
                self._quit(unwanted)
            else:
                await self._wait(hop.key)
        fresh = await self._connect(hop, endpoint, place)
        return self._session(hop, place, fresh) if isinstance(fresh, Conversation) else fresh

    def _session(self, hop: NextHop, place: Place, conversation: Conversation) -> SmtpSession:
        if conversation.transactions:
            self._observer.reused(hop.key)
        keeper = Keeper(
            partial(self._reopen, hop, conversation.endpoint, place),
            partial(self._keep, hop.manner.limits.messages_per_connection),
        )
        return SmtpSession(conversation, keeper, self._config, lmtp=isinstance(hop, LmtpHop))

    async def _wait(self, hop_key: str) -> None:
        """Until something of the hop is free; a wake-up that comes too late is passed on."""
        woken = asyncio.get_running_loop().create_future()
        call = partial(_wake, woken)
        self._slots.wait(hop_key, call)
        try:
            await woken
        except asyncio.CancelledError:
            if not self._slots.forget(hop_key, call):
                self._slots.call_next(hop_key)
            raise

    async def _reopen(self, hop: NextHop, endpoint: Endpoint, place: Place) -> Conversation | Deferred | Failed:
        """In place of a connection that has ended: its slot may be taken, then one over the limit is allowed."""
        self._slots.add(hop.key)
        return await self._connect(hop, endpoint, place)

    async def _connect(self, hop: NextHop, endpoint: Endpoint, place: Place) -> Conversation | Deferred | Failed:
        """The slot is taken: given back here where there is no connection, else when it ends."""
        conversation: Conversation | None = None
        try:
            result = await self._connector.connect(hop, endpoint)
            if isinstance(result, NoSession):
                self._observer.trouble(hop.key, result.kind)
                return result.outcome
            conversation = Conversation(endpoint, result.capabilities, result.transport)
        finally:
            if conversation is None:
                self._slots.give_back(hop.key)
        conversation.on_lost = self._lost
        self._places[conversation] = place
        self._observer.connected(hop.key, tls=result.encrypted)
        self._start_ticking()
        return conversation

    def _keep(self, most: int, conversation: Conversation) -> None:
        """A session was given back."""
        place = self._places.get(conversation)
        if place is None:
            return
        if conversation.fit and conversation.transactions < most and self._closed is None:
            self._pool.give(place, conversation, asyncio.get_running_loop().time())
            self._slots.call_next(place.hop_key)
        else:
            self._quit(conversation)

    def _quit(self, conversation: Conversation) -> None:
        conversation.quit(self._config.timeouts.quit)

    def _lost(self, conversation: Conversation) -> None:
        place = self._places.pop(conversation, None)
        if place is None:
            return
        self._pool.remove(place, conversation)
        self._slots.give_back(place.hop_key)
        self._observer.disconnected(place.hop_key)
        if self._closed is not None and not self._places:
            self._closed.set()

    # time

    def _start_ticking(self) -> None:
        if self._ticker is None:
            self._ticker = asyncio.get_running_loop().call_later(TICK, self._tick)

    def _tick(self) -> None:
        now = asyncio.get_running_loop().time()
        for conversation in list(self._places):
            conversation.tick(now)
        for conversation in self._pool.expired(now - self._config.idle):
            self._quit(conversation)
        self._ticker = None
        if self._places:
            self._start_ticking()

    async def close(self, within: float = 2.0) -> None:
        """End all connections: idle ones politely, and after `within` seconds those still in use."""
        self._closed = asyncio.Event()
        for conversation in self._pool.drain():
            self._quit(conversation)
        if self._places:
            try:
                async with asyncio.timeout(within):
                    await self._closed.wait()
            except TimeoutError:
                for conversation in list(self._places):
                    conversation.abort()
                await self._closed.wait()
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None


def _place(hop: NextHop, endpoint: Endpoint) -> Place:
    manner = hop.manner
    host = (endpoint.name, frozenset(endpoint.addresses), endpoint.port, endpoint.path)
    return Place(hop.key, (host, manner.tls, manner.login, manner.source, manner.helo, manner.certificate))


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)
