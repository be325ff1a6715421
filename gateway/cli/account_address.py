"""`gateway account address`: more than one address for an account."""

from pathlib import Path

import click

from gateway.cli.account_access import ADDRESS, CONFIG, changing
from gateway.mail.address import Address


@click.group("address")
def command() -> None:
    """Addresses of an account beside its primary one: it gets their mail, and may send and log in with them.

    \b
    Examples:
      gateway account address add al@home.example al.mustermann@home.example
      gateway account address remove al.mustermann@home.example
    """


@command.command("add")
@click.argument("account", type=ADDRESS)
@click.argument("address", type=ADDRESS)
@CONFIG
def add_command(*, account: Address, address: Address, config: Path | None) -> None:
    """Give ACCOUNT, named by any of its addresses, one more ADDRESS.

    \b
    Examples:
      gateway account address add al@home.example postmaster@home.example
    """
    with changing(config) as registrar:
        registrar.add_address(account, address)
    click.echo(f"{account}: has the address {address}")


@command.command("remove")
@click.argument("address", type=ADDRESS)
@CONFIG
def remove_command(*, address: Address, config: Path | None) -> None:
    """Take an address from its account. The primary one stays as long as the account.

    \b
    Examples:
      gateway account address remove postmaster@home.example
    """
    with changing(config) as registrar:
        registrar.remove_address(address)
    click.echo(f"{address}: nobody's any more")
