"""An embedded store on a folder of its own, and what lies in it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets
from gateway.mail.units import Timestamp
from gateway.store.actions import Append, Arrived
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.embedded.paths import AccountFolder, folder_of
from gateway.store.embedded.store import EmbeddedStore, open_store
from gateway.store.flags import Flags
from gateway.store.model import MailboxId, NewEmail

NOW = Timestamp(1_800_000_000.0)
AL, BO = AccountId(7), AccountId(8)


@asynccontextmanager
async def opened(data: Path, config: MailboxConfig | None = None) -> AsyncIterator[EmbeddedStore]:
    store = open_store(data, config or MailboxConfig(), lambda: NOW, HostHints(data))
    try:
        yield store
    finally:
        await store.close()


def folder(data: Path) -> AccountFolder:
    return folder_of(data, AL)


def other_program(data: Path) -> sqlite3.Connection:
    """Some other process that has the database open."""
    return sqlite3.connect(folder(data).database, isolation_level=None)


def new(octets: bytes = b"hello", flags: Flags = Flags()) -> NewEmail:
    return NewEmail(MemoryOctets(octets), NOW, flags)


async def inbox(mail: EmbeddedMail) -> MailboxId:
    return (await mail.mailboxes.find("INBOX")).id


async def append(mail: EmbeddedMail, *emails: NewEmail, token: str = "") -> Arrived:
    (result,) = await mail.emails.carry_out([Append(await inbox(mail), emails or (new(),), token)], NOW)
    assert isinstance(result, Arrived)
    return result


async def stored(mail: EmbeddedMail) -> int:
    return len((await mail.emails.entries(await inbox(mail))).uids)
