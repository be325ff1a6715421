"""Names that stand both in the configuration file and in `control.db`: `check-config` and `serve` refuse them."""

from collections.abc import Iterator, Sequence

from gateway.accounts.control.registrar import ControlRegistrar
from gateway.accounts.control.setup import Configured, comparable
from gateway.accounts.protocol import NotPossible
from gateway.mail.address import Address


def clashes(configured: Configured, registrar: ControlRegistrar) -> Sequence[str]:
    """What is in both, each with what to do, for people. Raises AccountsUnavailable.

    `configured`: of the file that is to be used; whatever the registrar itself was told.
    """
    return [*_domains(configured, registrar), *_aliases(configured, registrar), *_addresses(configured, registrar)]


def _domains(configured: Configured, registrar: ControlRegistrar) -> Iterator[str]:
    for entry in registrar.stored_domains():
        if entry.name.ascii in configured.by_name:
            what = f"{entry.name} is also in the control database"
            yield f"domains: {what}: take it out here, or there (gateway domain remove {entry.name})"


def _aliases(configured: Configured, registrar: ControlRegistrar) -> Iterator[str]:
    for alias in registrar.aliases():
        if comparable(alias.address) in configured.alias_keys:
            what = f"{alias.address} is also an alias in the control database"
            yield f"aliases: {what}: take it out here, or there (gateway account alias)"


def _addresses(configured: Configured, registrar: ControlRegistrar) -> Iterator[str]:
    for address in configured.aliases:
        holder = _holder(address, registrar)
        if holder is not None:
            what = f"{address} is also an address of the account {holder}"
            yield f"aliases: {what}: take it out here, or there (gateway account)"


def _holder(address: Address, registrar: ControlRegistrar) -> Address | None:
    try:
        return registrar.find(address).address
    except NotPossible:
        return None
