"""`gateway account alias`: addresses that stand for others."""

from pathlib import Path

import click
import orjson

from gateway.accounts.model import AliasEntry
from gateway.accounts.protocol import Registrar
from gateway.cli.account_access import ADDRESS, CONFIG, JSON, changing, compared, reading
from gateway.cli.account_view import alias_object, alias_table
from gateway.cli.common import console, load_config
from gateway.cli.root import Failure
from gateway.cli.shown import objects
from gateway.mail.address import Address


@click.group("alias")
def command() -> None:
    """Addresses of our domains that stand for one or several others, here or elsewhere.

    Those under `aliases` in the configuration file are changed there.

    \b
    Examples:
      gateway account alias add ops@home.example al@home.example bo@elsewhere.example
      gateway account alias remove ops@home.example bo@elsewhere.example
      gateway account alias list
    """


@command.command("add")
@click.argument("alias", type=ADDRESS)
@click.argument("targets", type=ADDRESS, nargs=-1, required=True)
@CONFIG
def add_command(*, alias: Address, targets: tuple[Address, ...], config: Path | None) -> None:
    """Let mail for ALIAS go to TARGETS; where the alias exists, to these as well.

    \b
    Examples:
      gateway account alias add ops@home.example al@home.example bo@home.example
    """
    with changing(config) as registrar:
        entry = _existing(registrar, alias)
        all_targets = {compared(each): each for each in (*entry.targets, *targets)}
        registrar.set_alias(entry.address, tuple(all_targets.values()))
    click.echo(f"{alias}: goes to {' '.join(map(str, all_targets.values()))}")


@command.command("list")
@CONFIG
@JSON
def list_command(*, config: Path | None, as_json: bool) -> None:
    """List the aliases that were made with these commands.

    \b
    Examples:
      gateway account alias list --json
    """
    with reading(load_config(config)) as registrar:
        entries = registrar.aliases()
    if as_json:
        click.echo(orjson.dumps(objects(entries, alias_object), option=orjson.OPT_INDENT_2))
    elif entries:
        console().print(alias_table(entries))


@command.command("remove")
@click.argument("alias", type=ADDRESS)
@click.argument("targets", type=ADDRESS, nargs=-1)
@CONFIG
def remove_command(*, alias: Address, targets: tuple[Address, ...], config: Path | None) -> None:
    """Remove an alias, or with TARGETS only these of where it goes.

    \b
    Examples:
      gateway account alias remove ops@home.example
      gateway account alias remove ops@home.example bo@home.example
    """
    with changing(config) as registrar:
        gone = set(map(compared, targets))
        entry = _existing(registrar, alias)
        left = [each for each in entry.targets if compared(each) not in gone] if gone else []
        if gone and len(left) == len(entry.targets):
            raise Failure(f"gateway: {alias} does not go there: look at gateway account alias list")
        if left:
            registrar.set_alias(entry.address, left)
        else:
            registrar.remove_alias(alias)
    click.echo(f"{alias}: {'goes to ' + ' '.join(map(str, left)) if left else 'removed'}")


def _existing(registrar: Registrar, alias: Address) -> AliasEntry:
    """The alias as it is; without targets where there is none."""
    return next(
        (each for each in registrar.aliases() if compared(each.address) == compared(alias)), AliasEntry(alias, ())
    )
