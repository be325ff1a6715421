"""What the accounts engine is told of the configuration."""

from contextlib import closing

from gateway.accounts.activity.reading import ActivityReader
from gateway.accounts.control.clashes import clashes
from gateway.accounts.control.opening import open_registrar
from gateway.accounts.control.registrar import ControlRegistrar
from gateway.accounts.control.setup import Configured, Setup
from gateway.accounts.model import DomainEntry
from gateway.app import clock
from gateway.mail.address import Address, parse_local_part
from gateway.route.config import LocalDomain
from gateway.settings.config import Config


def configured(config: Config) -> Configured:
    """The domains and aliases of the file, which are read-only for commands and pages."""
    return Configured(
        tuple(_entry(each) for each in config.domains),
        tuple(mailboxes.address for mailboxes in config.aliases if mailboxes.address is not None),
        config.accounts.separators.signs,
    )


def _entry(domain: LocalDomain) -> DomainEntry:
    separators = None if domain.separators is None else domain.separators.signs
    return DomainEntry(domain.name, domain.catch_all, separators, configured=True)


def admin_address(config: Config) -> Address | None:
    """The admin of the first of our domains; None where there is no domain, or none is wanted."""
    if config.accounts.admin is None or not config.domains:
        return None
    return Address(parse_local_part(config.accounts.admin), config.domains[0].name)


def registrar(config: Config) -> ControlRegistrar:
    """The writing side, for commands and pages. Raises SchemaTooNew, AccountsUnavailable."""
    setup = Setup(configured(config), config.passwords, ActivityReader(config.data), clock.now)
    return open_registrar(config.data, setup)


class Clash(Exception):
    """Something stands both in the file and in the control database; the message says what to do."""


def refuse_clashes(config: Config) -> None:
    """See that no domain or alias is both configured and in the control database.

    Raises Clash, SchemaTooNew, AccountsUnavailable.
    """
    with closing(registrar(config)) as open_one:
        found = clashes(configured(config), open_one)
    if found:
        raise Clash("\n".join(found))
