"""What can be configured about accounts: passwords, log-ins and their limits, what accounts may submit."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway.mail.address import parse_local_part
from gateway.mail.subaddress import PLUS, Separators
from gateway.mail.units import Seconds

_HOUR = Seconds(3600)


class Passwords(StrEnum):
    """`generated`: by the gateway, 128 bits and more; `custom`: people may also choose their own."""

    GENERATED = "generated"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordConfig:
    """Passwords of accounts; `generated` or `custom` is short for `{policy: …}`."""

    policy: Passwords = Passwords.GENERATED
    """Whether people may choose their own."""
    min_length: int = 12
    """Characters of a chosen one."""
    common: Path | None = None
    """A file of passwords that nobody may choose, one a line, beside the list that comes with the gateway."""

    @classmethod
    def short(cls, text: str) -> "PasswordConfig":
        """Read `generated` or `custom`. Raises ValueError."""
        return cls(policy=Passwords(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginConfig:
    """Log-in attempts: how they are recorded, and how guessing is slowed down."""

    keep: Seconds = Seconds(90 * 86_400)
    """How long records of log-ins are kept."""
    slow_after: int = 5
    """Failures of one account or one network within `window`, from which on each attempt waits longer."""
    block_after: int = 20
    """Failures within `window`, from which on attempts are refused unlooked at."""
    block_accounts_after: int = 100
    """As `block_after`, for one account from networks that it has never been used from."""
    window: Seconds = _HOUR
    """How long a failure counts; also how long a block lasts."""
    remember: Seconds = Seconds(90 * 86_400)
    """How long a network is remembered as one that the account has been used from: from there it is never blocked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much may be submitted; 0: as much as one likes."""

    messages_per_hour: int = 0
    messages_per_day: int = 0
    recipients_per_hour: int = 0
    recipients_per_day: int = 0


_ACCOUNT = Quota(messages_per_hour=500, messages_per_day=2000, recipients_per_hour=2000, recipients_per_day=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionConfig:
    """What accounts and programs may submit."""

    account: Quota = _ACCOUNT
    """Of each account: 450 4.7.1 with the time when to try again."""
    client: Quota = Quota()
    """Of each client address that submits without an account, from a trusted network."""
    hold_limit: Seconds = Seconds(30 * 86_400)
    """How far ahead mail may be held for (FUTURERELEASE, RFC 4865); 0: not offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConfig:
    """Accounts in general."""

    separators: Separators = PLUS
    """The characters that begin a subaddress: `al+lists@…` reaches `al@…`; or none."""
    admin: str | None = "admin"
    """The localpart of the account made at the first start, in the first of `domains`; null: none is made."""

    def __post_init__(self) -> None:
        if self.admin is not None:
            parse_local_part(self.admin)
