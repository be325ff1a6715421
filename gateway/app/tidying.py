"""Housekeeping of the mailboxes, with what the accounts have to say about it: whose mail is to go."""

import asyncio
from collections.abc import Sequence
from contextlib import closing

from gateway.accounts.control.files import DATABASE
from gateway.app.accounts import registrar
from gateway.auth.authenticator import AccountId
from gateway.mail.units import Timestamp
from gateway.settings.config import Config
from gateway.store.protocol.store import Store


async def tidy(config: Config, store: Store, now: Timestamp) -> None:
    """A bounded piece of it. A removal is forgotten by the accounts once the store has recorded it: a crash between the
    two repeats it, without effect.

    Raises StoreUnavailable, AccountsUnavailable, SchemaTooNew.
    """
    for account in await asyncio.to_thread(_removals, config):
        await store.remove(account)
        await asyncio.to_thread(_done, config, account)
    await store.tidy(now)


def _removals(config: Config) -> Sequence[AccountId]:
    if not (config.data / DATABASE).exists():
        return ()
    with closing(registrar(config)) as accounts:
        return accounts.removals()


def _done(config: Config, account: AccountId) -> None:
    with closing(registrar(config)) as accounts:
        accounts.removal_done(account)
