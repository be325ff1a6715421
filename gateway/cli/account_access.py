"""What the commands for accounts, domains and sessions share: opening `control.db`, and reading parameters."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import click

from gateway.accounts.protocol import AccountsUnavailable, NotPossible, Registrar
from gateway.app.accounts import registrar
from gateway.app.workers import Workers
from gateway.auth.authenticator import Service
from gateway.auth.names import BadName, account_key
from gateway.cli.common import Parsed, load_config
from gateway.cli.root import Failure
from gateway.mail.address import Address, parse_address
from gateway.mail.domain import Domain, parse_domain
from gateway.settings.config import Config
from gateway.settings.scalars import enhanced_code, seconds
from gateway.storage.migration import SchemaTooNew

CONFIG = click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _mailbox_domain(text: str) -> Domain:
    domain = parse_domain(text.removeprefix("@").removesuffix("."))
    if domain.is_literal or not re.search("[a-z]", domain.ascii):
        raise ValueError("mailboxes live in a domain, not at an IP address")
    return domain


def _target(text: str) -> Address | Domain:
    return _mailbox_domain(text) if text.startswith("@") else parse_address(text)


def _services(text: str) -> frozenset[Service]:
    try:
        return frozenset(Service(word.strip().lower()) for word in text.split(","))
    except ValueError as error:
        raise ValueError(f"some of {', '.join(Service)} are wanted, with commas between them") from error


ADDRESS: Final = Parsed("address", parse_address)
DOMAIN: Final = Parsed("domain", _mailbox_domain)
TARGET: Final = Parsed("target", _target)
SERVICES: Final = Parsed("services", _services)
SPAN: Final = Parsed("time span", seconds)
STATUS: Final = Parsed("status", enhanced_code)


def compared(address: Address) -> str:
    """What addresses are compared by: as accounts are, where an account can have it."""
    try:
        return account_key(address)
    except BadName:
        return address.key


@contextmanager
def reading(config: Config) -> Iterator[Registrar]:
    """The accounts. What they cannot do ends the command with one line."""
    try:
        with closing(registrar(config)) as accounts:
            yield accounts
    except (NotPossible, AccountsUnavailable, SchemaTooNew) as error:
        raise Failure(f"gateway: {error}") from error


@contextmanager
def changing(config: Path | None) -> Iterator[Registrar]:
    """The accounts, to change something. Running workers take it up at once, and end sessions that it forbids."""
    loaded = load_config(config)
    with reading(loaded) as accounts:
        yield accounts
    asyncio.run(Workers(loaded.data).changed())
