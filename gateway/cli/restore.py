"""`gateway restore`: a backup into an empty data folder."""

import sqlite3
from pathlib import Path

import click

from gateway.app import clock
from gateway.app.backup.manifest import BadManifest
from gateway.app.backup.restore import CannotRestore, Wish, restore
from gateway.cli.common import load_config
from gateway.cli.progress import ProgressLine
from gateway.cli.root import Failure
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.stored import WrongVersion


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The folder; else the configuration's.")
@click.option("--exact", is_flag=True, help="Keep UIDVALIDITY: no client has seen anything newer than the backup.")
@click.option("--release", is_flag=True, help="Do not hold mail that waits in the queue.")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
def command(*, folder: Path, data: Path | None, exact: bool, release: bool, config: Path | None) -> None:
    """Put a backup into an empty data folder, on which no gateway runs. The backup is looked at first.

    Mailboxes get a new UIDVALIDITY, so that clients read them anew: they may have seen what came after the backup. Mail
    that waited in the queue is held, since it was perhaps delivered meanwhile: see `gateway queue list --state held`.
    The configuration is not put back: it is in DIR/config.

    \b
    Examples:
      gateway restore /var/backups/gateway --data /var/lib/gateway
      gateway restore /var/backups/gateway --data /var/lib/gateway --exact --release
    """
    place = load_config(config).data if data is None else data.absolute()
    wish = Wish(folder.absolute(), place, exact, release)
    try:
        done = restore(wish, clock.now(), ProgressLine("files"))
    except CannotRestore as error:
        raise Failure("\n".join(f"gateway: {line}" for line in str(error).splitlines())) from error
    except (BadManifest, OSError, sqlite3.Error, QueueUnavailable, WrongVersion) as error:
        raise Failure(f"gateway: {folder} was not put back: {error}") from error
    click.echo(f"{place}: put back")
    if not exact:
        click.echo(f"{done.accounts} accounts have new UIDVALIDITY values")
    if done.held:
        click.echo(f"{done.held} deliveries are held: gateway queue list --state held")
