"""`gateway account grant`: writing under an address that is not one's own."""

from pathlib import Path

import click
import orjson

from gateway.accounts.model import Grant, GrantKind
from gateway.cli.account_access import ADDRESS, CONFIG, JSON, TARGET, changing, reading
from gateway.cli.account_view import grant_object, grant_table, target_text
from gateway.cli.common import console, load_config
from gateway.cli.shown import objects
from gateway.mail.address import Address
from gateway.mail.domain import Domain

_ACCOUNT = click.argument("account", type=ADDRESS)
_TARGET = click.argument("target", type=TARGET)


@click.group("grant")
def command() -> None:
    """Rights of accounts to write under addresses that are not their own. TARGET is an address, or @DOMAIN for all.

    \b
    Examples:
      gateway account grant add al@home.example sales@home.example
      gateway account grant add app@home.example @home.example
      gateway account grant list al@home.example
    """


@command.command("add")
@_ACCOUNT
@_TARGET
@click.option("--on-behalf", is_flag=True, help="With a Sender field that says who it was.")
@CONFIG
def add_command(*, account: Address, target: Address | Domain, on_behalf: bool, config: Path | None) -> None:
    """Let ACCOUNT write as TARGET, or on its behalf.

    \b
    Examples:
      gateway account grant add assistant@home.example boss@home.example --on-behalf
    """
    kind = GrantKind.ON_BEHALF if on_behalf else GrantKind.SEND_AS
    with changing(config) as registrar:
        registrar.add_grant(Grant(account, target, kind))
    click.echo(f"{account}: may send {'on behalf of' if on_behalf else 'as'} {target_text(target)}")


@command.command("list")
@click.argument("account", type=ADDRESS, required=False)
@CONFIG
@JSON
def list_command(*, account: Address | None, config: Path | None, as_json: bool) -> None:
    """List the grants of one account, or all.

    \b
    Examples:
      gateway account grant list --json
    """
    with reading(load_config(config)) as registrar:
        found = registrar.grants(account)
    if as_json:
        click.echo(orjson.dumps(objects(found, grant_object), option=orjson.OPT_INDENT_2))
    elif found:
        console().print(grant_table(found))


@command.command("remove")
@_ACCOUNT
@_TARGET
@CONFIG
def remove_command(*, account: Address, target: Address | Domain, config: Path | None) -> None:
    """Let ACCOUNT write as TARGET no longer.

    \b
    Examples:
      gateway account grant remove al@home.example sales@home.example
    """
    with changing(config) as registrar:
        registrar.remove_grant(account, target)
    click.echo(f"{account}: may no longer send as {target_text(target)}")
