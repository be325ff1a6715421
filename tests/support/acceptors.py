"""Relays for the receiving side, by name: the fake one, and the real one over a real queue."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from typing_extensions import override

from gateway.mail.address import ReversePath
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.origin import Origin
from gateway.mail.reply import Reply
from gateway.queue.protocol import INLINE_LIMIT, Spool, SpooledBody
from gateway.queue.stored import Entry, StoredShard, stored_shards
from gateway.relay.acceptance import Acceptor, Draft, Unqualified
from tests.support.fake_acceptor import FakeAcceptor, Taken
from tests.support.relay_world import World, world

ROUTES = """\
routes:
  - name: nobody
    when: {recipient: ["refused@d.example"]}
    deliver: {reject: {code: 550, status: 5.1.1, text: "No such person here; check the address"}}
  - name: failing
    when: {recipient: ["failing@d.example"], size: {over: 1}}
    deliver: {reject: {code: 451, status: 4.3.0, text: "Not now"}}
    accept_from: anyone
  - {name: all, deliver: hold, accept_from: anyone}
"""
_OURS = re.compile(rb"Received: [^\r]*(?:\r\n[ \t][^\r]*)*\r\n(?:Date: [^\r]*\r\n)?(?:Message-ID: <0[^\r]*\r\n)?")


class Remembering(Acceptor, Protocol):
    """An Acceptor that says what it has taken."""

    @property
    def taken(self) -> Sequence[Taken]:
        """Messages in the order of their ends."""
        ...


class RealAcceptor(Remembering):
    """The relay's own; what it has taken is what an operator finds in the queue."""

    def __init__(self, relay: World) -> None:
        self._relay = relay

    @property
    @override
    def taken(self) -> Sequence[Taken]:
        messages: dict[str, list[Entry]] = {}
        for entry in self._relay.shard(StoredShard.entries):
            messages.setdefault(entry.message.id, []).append(entry)
        return [self._taken(entries) for _, entries in sorted(messages.items())]

    def _taken(self, entries: list[Entry]) -> Taken:
        message = entries[0].message
        with stored_shards(self._relay.folder) as (shard,):
            octets = shard.octets(entries[0].delivery.id >> 16)
        assert octets is not None
        whole = octets.read(0, len(octets))
        ours = _OURS.match(whole)
        assert ours is not None, whole[:200]
        recipients = tuple(entry.delivery.recipient for entry in entries)
        content = whole[ours.end() :]
        return Taken(message.origin, message.sender, message.options, recipients, content, len(content) > INLINE_LIMIT)

    @override
    def begin(self, origin: Origin, sender: ReversePath | Unqualified, options: MailOptions) -> Draft | Reply:
        return self._relay.intake.begin(origin, sender, options)

    @override
    async def recipient(self, draft: Draft, recipient: Recipient | Unqualified) -> Reply:
        return await self._relay.intake.recipient(draft, recipient)

    @override
    def spool(self, draft: Draft) -> Spool:
        return self._relay.intake.spool(draft)

    @override
    async def finish(self, draft: Draft, body: bytes | SpooledBody) -> Sequence[Reply]:
        return await self._relay.intake.finish(draft, body)


@asynccontextmanager
async def fake(_folder: Path) -> AsyncIterator[Remembering]:
    """Needs nothing."""
    yield FakeAcceptor()


@asynccontextmanager
async def real(folder: Path) -> AsyncIterator[Remembering]:
    """Over a queue in the folder."""
    async with world(folder, ROUTES) as relay:
        yield RealAcceptor(relay)


ACCEPTORS: dict[str, Callable[[Path], AbstractAsyncContextManager[Remembering]]] = {"fake": fake, "real": real}
