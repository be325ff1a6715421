"""What lies in the mailboxes of a gateway, read through the store itself, beside the gateway that runs on the data."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gateway.app import clock
from gateway.app.accounts import registrar
from gateway.auth.authenticator import AccountId
from gateway.mail.address import parse_address
from gateway.settings.load import load
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import EmbeddedStore, open_store
from gateway.store.errors import Resource
from gateway.store.flags import Mark, System, keywords_of, system_of
from gateway.store.model import EmailId
from gateway.store.protocol.store import Mail
from gateway.summary.model import Summary
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stored:
    """One message in a mailbox."""

    uid: int
    octets: bytes
    received: float
    system: System
    keywords: frozenset[str]
    summary: Summary | None


@asynccontextmanager
async def opened(data: Path, config: MailboxConfig | None = None) -> AsyncIterator[EmbeddedStore]:
    """A store of this process on a data folder."""

    store = open_store(data, config or MailboxConfig(), clock.now, HostHints(data))
    try:
        yield store
    finally:
        await store.close()


class Mailboxes:
    """Those of a running gateway, for plain tests."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def account(self, address: str) -> AccountId:
        """The number of the account."""
        with closing(registrar(load(self._gateway.file).config)) as open_one:
            return open_one.find(parse_address(address)).id

    def messages(self, address: str, mailbox: str = "INBOX") -> list[Stored]:
        """By UID."""

        async def read(mail: Mail) -> list[Stored]:
            return await messages(mail, mailbox)

        return self.ask(address, read)

    def arrival(self, address: str, mailbox: str = "INBOX", *, within: float = 20) -> Stored:
        """The one message of a mailbox, once it is there."""
        what = f"mail in {mailbox} of {address}"
        [message] = wait_for(lambda: self.messages(address, mailbox), within=within, what=what)
        return message

    def wait(self, address: str, count: int, mailbox: str = "INBOX", *, within: float = 30) -> list[Stored]:
        """All of a mailbox, once there are so many."""

        def enough() -> list[Stored]:
            found = self.messages(address, mailbox)
            return found if len(found) >= count else []

        return wait_for(enough, within=within, what=f"{count} messages in {mailbox} of {address}")

    def make(self, address: str, mailbox: str) -> None:
        """One more mailbox."""

        async def made(mail: Mail) -> None:
            await mail.mailboxes.create(mailbox)

        self.ask(address, made)

    def limit(self, address: str, resource: Resource, limit: int | None) -> None:
        """The account's own quota."""

        async def limited(mail: Mail) -> None:
            await mail.quotas.set_limit(resource, limit)

        self.ask(address, limited)

    def ask(self, address: str, job: Callable[[Mail], Awaitable[T]]) -> T:
        """Whatever a test wants of an account's mail."""
        account = self.account(address)

        async def work() -> T:
            async with opened(self._gateway.data) as store:
                return await job(store.mail(account))

        return asyncio.run(work())


async def messages(mail: Mail, mailbox: str) -> list[Stored]:
    """All of a mailbox, by UID."""
    entries = await mail.emails.entries((await mail.mailboxes.find(mailbox)).id)
    ids = [EmailId(each) for each in entries.emails]
    sets = await mail.emails.keyword_sets()
    read, octets = await mail.emails.read(ids), await mail.emails.octets(ids)
    found: list[Stored] = []
    for uid, mark, email, source in zip(entries.uids, map(Mark, entries.marks), read, octets, strict=True):
        assert email is not None
        assert source is not None
        whole = source.read(0, len(source))
        keywords = sets[keywords_of(mark)] if keywords_of(mark) else frozenset[str]()
        found.append(Stored(uid, whole, email.received, system_of(mark), keywords, email.summary))
    return found
