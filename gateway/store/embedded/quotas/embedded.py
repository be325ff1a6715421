"""Quotas of an account (RFC 9208)."""

from collections.abc import Mapping

from typing_extensions import override

from gateway.store.config import MailboxConfig
from gateway.store.embedded.database.runner import Runner
from gateway.store.embedded.quotas import limits as jobs
from gateway.store.errors import NotPossible, Resource
from gateway.store.protocol.quotas import Quotas, Usage

_MAX_LIMIT = 2**63 - 1


class EmbeddedQuotas(Quotas):
    """In the account's database."""

    def __init__(self, runner: Runner, config: MailboxConfig) -> None:
        self._runner = runner
        self._config = config

    @override
    async def usage(self) -> Mapping[Resource, Usage]:
        return await self._runner.read(lambda connection: jobs.usage(connection, self._config.quota))

    @override
    async def set_limit(self, resource: Resource, limit: int | None) -> None:
        if limit is not None and not 0 <= limit <= _MAX_LIMIT:
            raise NotPossible("a limit is a number from 0 to 2^63-1")
        await self._runner.write(jobs.SetLimit(resource, limit))

    @override
    async def reset_limit(self, resource: Resource) -> None:
        await self._runner.write(jobs.ResetLimit(resource))
