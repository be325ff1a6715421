"""`gateway upgrade`: stored data to this version's schema."""

from pathlib import Path

import click

from gateway.cli.common import load_config
from gateway.cli.root import Failure
from gateway.queue.opening import ShardOwned, shard_numbers, shard_path
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.schema import MIGRATIONS, SchemaTooNew
from gateway.queue.upgrade import upgrade_shard


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
    newest = MIGRATIONS[-1].version
    numbers = shard_numbers(data)
    for number in numbers:
        try:
            before = upgrade_shard(data, number)
        except (ShardOwned, SchemaTooNew, QueueUnavailable) as error:
            raise Failure(f"gateway: {error}") from error
        done = "has" if before == newest else f"moved from version {before} to"
        click.echo(f"{shard_path(data, number)}: {done} version {newest}")
    if not numbers:
        click.echo(f"{data}: nothing is stored yet")
