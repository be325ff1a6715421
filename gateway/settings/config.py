"""The whole configuration, put together from dataclasses that each package owns: their fields are the file's keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.accounts.config import AccountConfig, LoginConfig, PasswordConfig, SubmissionConfig
from gateway.auth.config import OAuthIssuer, SaslConfig
from gateway.certificates.config import TlsConfig
from gateway.deliver.config import DeliverConfig
from gateway.imap.config import ImapConfig
from gateway.listen.config import Listener
from gateway.mail.address import Address
from gateway.mail.domain import Domain
from gateway.mail.ip import Network
from gateway.net.config import DnsConfig
from gateway.queue.config import QueueConfig
from gateway.receive.config import Limits
from gateway.relay.config import AcceptConfig, RelayDomain
from gateway.report.config import ReportConfig
from gateway.route.config import LocalDomain, Relay, RewriteRule, RouteRule
from gateway.route.patterns import Mailboxes
from gateway.store.config import MailboxConfig
from gateway.telemetry.config import LogConfig

_DATA: Final = Path("data")


class Storage(StrEnum):
    """Where mail waits."""

    EMBEDDED = "embedded"


class Auto(StrEnum):
    """`auto`: worked out from the machine."""

    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that can be configured."""

    hostname: Domain
    """Our name: in the greeting, in trace fields and in EHLO."""
    data: Path = _DATA
    """The folder that all data is kept in; relative to this file."""
    user: str | None = None
    """The account to run as when started as root, which only binds the ports."""
    storage: Storage = Storage.EMBEDDED
    """`embedded`: SQLite in the data folder."""
    workers: Auto | int = Auto.AUTO
    """Processes; `auto`: one for each core."""
    dns: DnsConfig = field(default_factory=DnsConfig)
    """How names are resolved."""
    tls: TlsConfig = field(default_factory=TlsConfig)
    """The certificates that listeners show."""
    trusted_networks: tuple[Network, ...] = ()
    """Clients that may relay without a password."""
    listeners: tuple[Listener, ...]
    """Where to listen."""
    limits: Limits = field(default_factory=Limits)
    """What a client may ask of us."""
    accept: AcceptConfig = field(default_factory=AcceptConfig)
    """What messages are accepted."""
    accounts: AccountConfig = field(default_factory=AccountConfig)
    """Accounts in general."""
    passwords: PasswordConfig = field(default_factory=PasswordConfig)
    """`generated`, or `custom` where people may choose their own."""
    logins: LoginConfig = field(default_factory=LoginConfig)
    """Log-in attempts: how they are recorded, and how guessing is slowed down."""
    sasl: SaslConfig = field(default_factory=SaslConfig)
    """How clients log in."""
    oauth: tuple[OAuthIssuer, ...] = ()
    """Issuers whose tokens count as a log-in."""
    submission: SubmissionConfig = field(default_factory=SubmissionConfig)
    """How much accounts and programs may submit."""
    domains: tuple[LocalDomain, ...] = ()
    """Our own domains."""
    relay_domains: tuple[RelayDomain, ...] = ()
    """Domains that we relay for: anyone may write to them."""
    relays: Mapping[str, Relay] = field(default_factory=dict)
    """Next hops by name."""
    aliases: Mapping[Mailboxes, tuple[Mailboxes, ...]] = field(default_factory=dict)
    """Recipients that stand for others; `@domain` for a whole domain."""
    ascii_aliases: Mapping[Address, Address] = field(default_factory=dict)
    """What a hop without SMTPUTF8 may be told instead of an address."""
    rewrite: tuple[RewriteRule, ...] = ()
    """Changes to senders and recipients when mail is accepted."""
    routes: tuple[RouteRule, ...]
    """Where mail goes: the first that matches a recipient takes it."""
    mailboxes: MailboxConfig = field(default_factory=MailboxConfig)
    """Our own accounts' mail."""
    imap: ImapConfig = field(default_factory=ImapConfig)
    """How clients read it."""
    queue: QueueConfig = field(default_factory=QueueConfig)
    """How mail is kept while it waits."""
    delivery: DeliverConfig = field(default_factory=DeliverConfig)
    """How mail is carried away."""
    reports: ReportConfig = field(default_factory=ReportConfig)
    """Who is told what about failures."""
    log: LogConfig = field(default_factory=LogConfig)
    """How the gateway logs."""
