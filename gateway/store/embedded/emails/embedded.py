"""Messages of one account: jobs for its runner."""

from collections.abc import Mapping, Sequence

from typing_extensions import override

from gateway.mail.octets import OctetSource
from gateway.mail.units import Timestamp
from gateway.storage.spool import Spools
from gateway.store.actions import Action, Result
from gateway.store.embedded.database.runner import Runner
from gateway.store.embedded.emails import reading
from gateway.store.embedded.emails.bodies import AccountSpool, Loading
from gateway.store.embedded.emails.carrying import CarryOut
from gateway.store.embedded.emails.keywords import keyword_sets
from gateway.store.embedded.emails.listing import ListEntries, ListMeasures
from gateway.store.errors import NotPossible, StoreUnavailable
from gateway.store.flags import KeywordSets
from gateway.store.model import (
    Email,
    EmailId,
    Entries,
    Glance,
    LinkColumns,
    MailboxId,
    Measures,
    ModSeq,
    Place,
    SortText,
    ThreadId,
)
from gateway.store.protocol.emails import Emails
from gateway.summary.model import Summary


class EmbeddedEmails(Emails):
    """In the account's database, and in files beside it."""

    def __init__(self, runner: Runner, spools: Spools) -> None:
        self._runner = runner
        self._spools = spools

    @override
    def spool(self) -> AccountSpool:
        return AccountSpool(self._runner, self._spools.new())

    @override
    async def carry_out(
        self, actions: Sequence[Action], now: Timestamp, *, expected: ModSeq | None = None
    ) -> tuple[Result, ...]:
        loading = Loading(self._spools, self.spool)
        bodies = await loading.load(actions)
        loading.hand_over()
        try:
            carried = await self._runner.write(CarryOut(actions, bodies, self._spools.folder, expected), now)
        except (StoreUnavailable, NotPossible):
            loading.settle()
            raise
        loading.settle(carried.adopted)
        return carried.results

    @override
    async def entries(self, mailbox: MailboxId) -> Entries:
        return await self._runner.read(ListEntries(mailbox))

    @override
    async def measures(self, mailbox: MailboxId) -> Measures:
        return await self._runner.read(ListMeasures(mailbox))

    @override
    async def sort_texts(self, emails: Sequence[EmailId], which: SortText) -> Sequence[str | None]:
        return await self._runner.read(lambda connection: reading.sort_texts(connection, emails, which))

    @override
    async def links(self, emails: Sequence[EmailId]) -> LinkColumns:
        return await self._runner.read(lambda connection: reading.links(connection, emails))

    @override
    async def keyword_sets(self) -> KeywordSets:
        return await self._runner.read(keyword_sets)

    @override
    async def read(self, emails: Sequence[EmailId]) -> Sequence[Email | None]:
        return await self._runner.read(lambda connection: reading.emails(connection, emails))

    @override
    async def glance(self, emails: Sequence[EmailId], *, described: bool) -> Sequence[Glance | None]:
        return await self._runner.read(lambda connection: reading.glance(connection, emails, described=described))

    @override
    async def octets(self, emails: Sequence[EmailId]) -> Sequence[OctetSource | None]:
        folder = self._spools.folder
        return await self._runner.read(lambda connection: reading.octets(connection, emails, folder))

    @override
    async def keep(self, summaries: Mapping[EmailId, Summary]) -> None:
        if summaries:
            await self._runner.write(lambda transaction: reading.keep(transaction, summaries))

    @override
    async def places(self, emails: Sequence[EmailId]) -> Sequence[tuple[Place, ...]]:
        return await self._runner.read(lambda connection: reading.places(connection, emails))

    @override
    async def threads(self, threads: Sequence[ThreadId]) -> Sequence[tuple[EmailId, ...]]:
        return await self._runner.read(lambda connection: reading.threads(connection, threads))
