"""`gateway account app-password`: passwords for one program each."""

from pathlib import Path

import click
import orjson

from gateway.accounts.model import PasswordKind
from gateway.app import clock
from gateway.auth.authenticator import Service
from gateway.cli.account_access import ADDRESS, CONFIG, JSON, SERVICES, changing, reading
from gateway.cli.account_password import print_password
from gateway.cli.account_view import credential_object, credential_table
from gateway.cli.common import console, load_config
from gateway.cli.shown import objects
from gateway.mail.address import Address

_ADDRESS = click.argument("address", type=ADDRESS)
_NAME = click.argument("name")


@click.group("app-password")
def command() -> None:
    """Passwords of an account for one program or device each, which can be revoked one by one.

    \b
    Examples:
      gateway account app-password add al@home.example phone --for smtp,imap
      gateway account app-password list al@home.example
      gateway account app-password revoke al@home.example phone
    """


@command.command("add")
@_ADDRESS
@_NAME
@click.option("--for", "services", type=SERVICES, metavar="LIST", help="Of smtp, imap, jmap, web, sieve; else all.")
@CONFIG
@JSON
def add_command(
    *, address: Address, name: str, services: frozenset[Service] | None, config: Path | None, as_json: bool
) -> None:
    """Make an app password, and print it: this once, on standard output.

    \b
    Examples:
      gateway account app-password add al@home.example backup-script --for smtp
    """
    with changing(config) as registrar:
        password = registrar.add_app_password(address, name, services or frozenset())
        fields = {"address": str(address), "name": name}
        print_password(f"{address}: app password {name!r} made", fields, password, as_json=as_json)


@command.command("list")
@_ADDRESS
@CONFIG
@JSON
def list_command(*, address: Address, config: Path | None, as_json: bool) -> None:
    """List the app passwords of an account, with their last use.

    \b
    Examples:
      gateway account app-password list al@home.example
    """
    with reading(load_config(config)) as registrar:
        found = [each for each in registrar.credentials(address) if each.kind is PasswordKind.APP]
    if as_json:
        click.echo(orjson.dumps(objects(found, credential_object), option=orjson.OPT_INDENT_2))
    elif found:
        console().print(credential_table(found, clock.now()))


@command.command("revoke")
@_ADDRESS
@_NAME
@CONFIG
def revoke_command(*, address: Address, name: str, config: Path | None) -> None:
    """Revoke an app password. Sessions that used it end.

    \b
    Examples:
      gateway account app-password revoke al@home.example phone
    """
    with changing(config) as registrar:
        registrar.revoke_app_password(address, name)
    click.echo(f"{address}: app password {name!r} revoked")
