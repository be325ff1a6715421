"""The real IMAP server on a free loopback port, with the embedded store and accounts of the test's own."""

import json
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gateway.auth.authenticator import AccountId
from gateway.imap.observer import Ended
from gateway.imap.server import Server
from gateway.imap.service import Service, Surroundings
from gateway.listen.admission import Admission
from gateway.mail.address import parse_address
from gateway.mail.octets import MemoryOctets
from gateway.mail.units import Timestamp
from gateway.mailbox.intake import prepared
from gateway.mailbox.views import Views
from gateway.settings.config import Config
from gateway.settings.load import load_octets
from gateway.settings.secrets import Surroundings as SettingsSurroundings
from gateway.store.actions import Append, Arrived
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import open_store
from gateway.store.flags import Flags
from gateway.store.model import NewEmail
from gateway.store.protocol.store import Mail, Store
from tests.support.fake_authenticator import FakeAccount, FakeAuthenticator, FakePassword
from tests.support.imap_client import ImapClient
from tests.support.imap_people import FakePeople
from tests.support.receiver import Notes, logins, server_context

NOW = Timestamp(1_800_000_000.0)
"""What the server's clock says, unless a test sets it: 2027-01-15T08:00:00Z."""
AL = FakeAccount("al@home.example", (FakePassword("secret"),))
BO = FakeAccount("bo@home.example", (FakePassword("secret"),))
NO_FLAGS = Flags()


@dataclass(slots=True)
class Clock:
    """Stands still until a test sets it."""

    now: Timestamp = NOW

    def __call__(self) -> Timestamp:
        return self.now


@dataclass
class ImapNotes(Notes):
    """Remembers what it is told."""

    commands: list[tuple[str, str]] = field(default_factory=list)
    """Each with its result."""
    sessions: list[Ended] = field(default_factory=list)
    """Those that are over."""

    def commanded(self, name: str, result: str, _seconds: float) -> None:
        self.commands.append((name, result))

    def carried(self, octets_in: int, octets_out: int) -> None:
        self.note(f"carried {octets_in} {octets_out}")

    def idling(self, change: int) -> None:
        self.note(f"idling {change:+}")

    def ended(self, session: Ended) -> None:
        self.sessions.append(session)
        self.note(f"ended: {session.why}")


@dataclass(slots=True, repr=False)
class ImapWorld:
    """A running server. Accounts are numbered from 1 on, in the order in which they were given."""

    config: Config
    service: Service
    server: Server
    port: int
    store: Store
    authenticator: FakeAuthenticator
    clock: Clock
    notes: ImapNotes

    def mail(self, address: str = "al@home.example") -> Mail:
        """Of an account: what deliveries from outside and tests' looks at the store go through."""
        addresses = [parse_address(each.address) for each in self.authenticator.accounts]
        return self.store.mail(AccountId(addresses.index(parse_address(address)) + 1))

    async def deliver(self, *messages: bytes, to: str = "al@home.example", mailbox: str = "INBOX") -> Arrived:
        """Messages from outside."""
        emails = [await new_email(octets, self.clock()) for octets in messages]
        return await append(self.mail(to), mailbox, *emails, now=self.clock())

    async def client(self, login: str = "al@home.example", password: str = "secret") -> ImapClient:
        """A greeted session; logged in, unless `login` is empty."""
        client = await ImapClient.connect(self.port)
        if login:
            await client.ok(f'LOGIN "{login}" "{password}"')
        return client


async def new_email(octets: bytes, received: Timestamp, flags: Flags = NO_FLAGS) -> NewEmail:
    """A message as a delivery makes it, with its summary."""
    source = MemoryOctets(octets)
    return NewEmail(source, received, flags, await prepared(source))


async def append(mail: Mail, mailbox: str, *emails: NewEmail, now: Timestamp) -> Arrived:
    """Into a mailbox by name."""
    found = await mail.mailboxes.find(mailbox)
    [arrived] = await mail.emails.carry_out([Append(found.id, emails)], now)
    assert isinstance(arrived, Arrived)
    return arrived


def configured(folder: Path, listener: Mapping[str, Any], **keys: Any) -> Config:
    """A configuration with these keys (`imap={…}`, `mailboxes={…}`), as the file would have them."""
    base: Mapping[str, Any] = {
        "hostname": "mail.home.example",
        "data": str(folder),
        "listeners": [{"name": "imap", "protocol": "imap", "bind": "127.0.0.1:2143", **listener}],
        "routes": [{"name": "all", "deliver": "discard"}],
    }
    return load_octets(json.dumps({**base, **keys}).encode(), "test", SettingsSurroundings(folder, {})).config


NOTHING: Mapping[str, Any] = {}


@asynccontextmanager
async def imap_world(
    folder: Path,
    accounts: Sequence[FakeAccount] = (AL, BO),
    listener: Mapping[str, Any] = NOTHING,
    tls: ssl.SSLContext | None = None,
    admins: Sequence[str] = (),
    **keys: Any,
) -> AsyncIterator[ImapWorld]:
    """`listener` and `keys`: of the configuration, as in its file; `tls`: else a certificate of its own."""
    config = configured(folder, listener, **keys)
    clock, notes = Clock(), ImapNotes()
    known = FakeAuthenticator(accounts)
    hints = HostHints(folder)
    store = open_store(folder, config.mailboxes, clock, hints)
    people = FakePeople([each.address for each in accounts], admins)
    around = Surroundings(
        config.listeners[0], config.limits, Admission(), notes, tls or server_context(), config.trusted_networks
    )
    around = replace(around, failed_logins=config.limits.failed_logins)
    desk = logins(known, config.sasl)
    service = Service(config.hostname.ascii, config.imap, desk, store, Views(store), people, clock, around)
    server = Server(service)
    sock = socket.create_server(("127.0.0.1", 0))
    await server.listen(sock)
    try:
        yield ImapWorld(config, service, server, int(sock.getsockname()[1]), store, known, clock, notes)
    finally:
        await server.close()
        await store.close()
        hints.close()
