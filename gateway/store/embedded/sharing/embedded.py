"""Who else may do what with an account's mailboxes (ACL, RFC 4314)."""

from collections.abc import Mapping

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.database.runner import Runner
from gateway.store.embedded.sharing import lists as jobs
from gateway.store.embedded.sharing.shares import EmbeddedShares
from gateway.store.model import MailboxId
from gateway.store.protocol.sharing import Identifier, Sharing


class EmbeddedSharing(Sharing):
    """In the owner's database; `shares` knows where to look."""

    def __init__(self, runner: Runner, account: AccountId, shares: EmbeddedShares) -> None:
        self._runner = runner
        self._account = account
        self._shares = shares

    @override
    async def rights(self, mailbox: MailboxId) -> Mapping[Identifier, str]:
        return await self._runner.read(lambda connection: jobs.rights(connection, mailbox))

    @override
    async def set_rights(self, mailbox: MailboxId, identifier: Identifier, rights: str) -> None:
        viewer, ordered = jobs.given_to(identifier), jobs.in_order(rights)
        if viewer is not None and ordered:
            await self._shares.add(self._account, viewer)
        await self._runner.write(jobs.SetRights(mailbox, identifier, ordered))

    @override
    async def allowed(self, viewer: AccountId) -> Mapping[MailboxId, str]:
        if viewer == self._account:
            return await self._runner.read(jobs.owned)
        return await self._runner.read(lambda connection: jobs.allowed(connection, viewer))
