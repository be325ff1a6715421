"""An account's mail for the commands that work on it, opened in the command's own process."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.app import clock
from gateway.app.privileges import hand_over_below
from gateway.auth.authenticator import AccountId
from gateway.cli.account_access import reading
from gateway.cli.root import Failure
from gateway.mail.address import Address
from gateway.mailbox.transfer.model import Unreadable
from gateway.settings.config import Config
from gateway.storage.files import open_below
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.embedded.paths import folder_of
from gateway.store.embedded.store import EmbeddedStore, open_store
from gateway.store.errors import NotPossible, OverQuota, StoreUnavailable


@dataclass(frozen=True, slots=True)
class Opened:
    """An account's mail while a command works on it."""

    store: EmbeddedStore
    mail: EmbeddedMail
    folder: Path


def account_of(config: Config, address: Address) -> AccountId:
    """Whose address it is. Raises Failure."""
    with reading(config) as accounts:
        return accounts.find(address).id


def account_folder(config: Config, account: AccountId) -> Path:
    """Where its files are, there or not."""
    return folder_of(config.data, account).path


@asynccontextmanager
async def opened(config: Config, account: AccountId) -> AsyncIterator[Opened]:
    """Beside a running gateway, which hears of each change. Raises StoreUnavailable."""
    hints = HostHints(config.data)
    store = open_store(config.data, config.mailboxes, clock.now, hints)
    folder = account_folder(config, account)
    try:
        mail = store.mail(account)
        await mail.mailboxes.all()
        _give(folder, config.data)
        yield Opened(store, mail, folder)
    finally:
        await store.close()
        hints.close()
        _give(folder, config.data)


@contextmanager
def own_folder(data: Path, folder: Path, name: str) -> Iterator[Path]:
    """A folder in an account's, made where it is missing: by a path that leads nowhere else, whatever happens to it
    meanwhile. Raises OSError."""
    with suppress(FileExistsError):
        above = open_below(data, folder)
        try:
            os.mkdir(name, 0o700, dir_fd=above)
        finally:
            os.close(above)
    descriptor = open_below(data, folder / name)
    try:
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _give(folder: Path, data: Path) -> None:
    """What root has made belongs to the owner of the data folder."""
    with suppress(FileNotFoundError):
        hand_over_below(data, folder)


@contextmanager
def in_one_line(command: str, then: str) -> Iterator[None]:
    """What goes wrong, and what to do `then`."""
    try:
        yield
    except OverQuota as error:
        raise Failure(f"{command}: {error}. {_room(error)}; {then}") from error
    except Unreadable as error:
        raise Failure(f"{command}: {error}") from error
    except (StoreUnavailable, NotPossible) as error:
        raise Failure(f"{command}: {error}; {then}") from error
    except KeyboardInterrupt as error:
        raise Failure(f"{command}: interrupted; {then}") from error


def _room(error: OverQuota) -> str:
    return f"Allow more (gateway account quota ADDRESS --{error.resource} …) or remove something"
