"""Annotations of an account and its mailboxes (METADATA, RFC 5464; LIST-METADATA, RFC 9590)."""

from collections.abc import Mapping, Sequence

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.annotations import rows as jobs
from gateway.store.embedded.database.runner import Runner
from gateway.store.model import MailboxId
from gateway.store.protocol.annotations import Annotations


class EmbeddedAnnotations(Annotations):
    """In the account's database."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @override
    async def get(self, mailbox: MailboxId | None, viewer: AccountId) -> Mapping[str, bytes]:
        return await self._runner.read(jobs.Get(mailbox, viewer))

    @override
    async def set(self, mailbox: MailboxId | None, viewer: AccountId, values: Mapping[str, bytes | None]) -> None:
        kept = {jobs.entry_name(name): value for name, value in values.items()}
        await self._runner.write(jobs.Set(mailbox, viewer, kept))

    @override
    async def of_all(self, viewer: AccountId, names: Sequence[str]) -> Mapping[MailboxId, Mapping[str, bytes]]:
        return await self._runner.read(jobs.GetOfAll(viewer, [name.lower() for name in names]))
