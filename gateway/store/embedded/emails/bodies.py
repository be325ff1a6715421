"""Octets on their way into the store: small ones become rows, large ones are on disk before their rows are written."""

import asyncio
from collections.abc import Callable, Sequence

from typing_extensions import override

from gateway.mail.octets import OctetSource
from gateway.storage.spool import FileBody, FileSpool, Spools
from gateway.store.actions import Action, Append
from gateway.store.embedded.database.runner import Runner
from gateway.store.embedded.emails.appending import Body
from gateway.store.errors import StoreUnavailable
from gateway.store.protocol.emails import INLINE_LIMIT, Spool


class AccountSpool(Spool):
    """Its first octets make the account, where that is new."""

    def __init__(self, runner: Runner, spool: FileSpool) -> None:
        self._runner = runner
        self._spool = spool
        self._ready = False
        self._body: FileBody | None = None

    @override
    async def write(self, data: bytes) -> None:
        if not self._ready:
            await self._runner.read(lambda _connection: None)
            self._ready = True
        await self._spool.write(data)

    @override
    async def finish(self) -> FileBody:
        await self.write(b"")
        self._body = await self._spool.finish()
        return self._body

    @override
    def discard(self) -> None:
        if self._body is None:
            self._spool.discard()
        else:
            self._body.discard()


class Loading:
    """The octets of some actions. What was written for them alone is removed where they come to nothing."""

    def __init__(self, spools: Spools, new_spool: Callable[[], AccountSpool]) -> None:
        self._spools = spools
        self._new_spool = new_spool
        self._named: list[str] = []
        self._own: list[AccountSpool] = []

    async def load(self, actions: Sequence[Action]) -> Sequence[Sequence[Body]]:
        """Of each action, those of its new messages. Raises StoreUnavailable."""
        try:
            return [
                [await self._body(new.octets) for new in action.emails] if isinstance(action, Append) else ()
                for action in actions
            ]
        except (StoreUnavailable, asyncio.CancelledError):
            self.settle()
            raise
        except OSError as error:
            self.settle()
            raise StoreUnavailable(f"the octets of a message cannot be read: {error}") from error

    def hand_over(self) -> None:
        """While it is not known whether rows name the files, nobody removes them: also where the caller is cancelled,
        for then it may still happen. What came to nothing after all is swept."""
        for name in self._named:
            self._spools.hand_over(name)

    def settle(self, adopted: frozenset[str] = frozenset()) -> None:
        """What no row names is the caller's again; what was written for these actions alone is removed."""
        for name in self._named:
            if name not in adopted:
                self._spools.take_back(name)
        for spool in self._own:
            spool.discard()

    async def _body(self, octets: OctetSource) -> Body:
        size = len(octets)
        if size <= INLINE_LIMIT:
            return Body(size, octets.read(0, size), None)
        if not (isinstance(octets, FileBody) and octets.path.parent == self._spools.folder):
            octets = await self._write(octets)
        self._named.append(octets.name)
        return Body(size, None, octets.name)

    async def _write(self, octets: OctetSource) -> FileBody:
        spool = self._new_spool()
        self._own.append(spool)
        for chunk in octets.chunks(0, len(octets)):
            await spool.write(chunk)
        return await spool.finish()
