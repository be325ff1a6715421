"""`gateway upgrade`: stored data to this version's schema."""

from pathlib import Path

import click

from gateway.accounts.control.files import DATABASE
from gateway.accounts.control.schema import MIGRATIONS as CONTROL
from gateway.accounts.control.upgrade import upgrade_control
from gateway.accounts.protocol import AccountsUnavailable
from gateway.app.schemas import CannotUpgrade, stored, upgrade
from gateway.cli.common import load_config
from gateway.cli.root import Failure
from gateway.queue.opening import ShardOwned, shard_numbers, shard_path
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.schema import MIGRATIONS as QUEUE
from gateway.queue.upgrade import upgrade_shard
from gateway.storage.migration import SchemaTooNew
from gateway.store.embedded.database.schema import MIGRATIONS as MAILBOXES
from gateway.store.embedded.paths import DATABASE as MAIL_DB
from gateway.store.embedded.paths import MAIL


@click.command("upgrade")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
def command(config: Path | None) -> None:
    """Bring stored data to this version's schema. Stop the gateway first.

    Says what was done. Safe to run again, and to interrupt: each step is a transaction.

    \b
    Examples:
      gateway upgrade --config /etc/gateway/gateway.yaml
    """
    data = load_config(config).data
    try:
        done = [*_queue(data), *_accounts(data), *_others(data)]
    except (ShardOwned, SchemaTooNew, QueueUnavailable, AccountsUnavailable, CannotUpgrade) as error:
        raise Failure(f"gateway: {error}") from error
    if not done:
        click.echo(f"{data}: nothing is stored yet")


def _queue(data: Path) -> list[Path]:
    """Every shard, which no gateway may own meanwhile."""
    paths = []
    for number in shard_numbers(data):
        before = upgrade_shard(data, number)
        paths.append(shard_path(data, number))
        _say(paths[-1], before, QUEUE[-1].version)
    return paths


def _accounts(data: Path) -> list[Path]:
    before = upgrade_control(data)
    if before is None:
        return []
    path = data / DATABASE
    _say(path, before, CONTROL[-1].version)
    return [path]


def _others(data: Path) -> list[Path]:
    """Log-ins, shares and the mail of each account; of accounts that have this version, only how many."""
    paths, current = [], 0
    for one in stored(data):
        before = upgrade(one)
        paths.append(one.path)
        if before == one.migrations[-1].version and one.path.name == MAIL_DB:
            current += 1
        else:
            _say(one.path, before, one.migrations[-1].version)
    if current:
        click.echo(f"{data / MAIL}: {current} accounts have version {MAILBOXES[-1].version}")
    return paths


def _say(path: Path, before: int, newest: int) -> None:
    click.echo(f"{path}: {'has' if before == newest else f'moved from version {before} to'} version {newest}")
