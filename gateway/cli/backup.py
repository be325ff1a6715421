"""`gateway backup`: the data folder and the configuration, as they are now."""

import sqlite3
from pathlib import Path

import click

from gateway.app import clock
from gateway.app.backup.manifest import BadManifest
from gateway.app.backup.sources import config_files
from gateway.app.backup.swap import Busy
from gateway.app.backup.take import Source, Taken, back_up
from gateway.cli.common import config_path, load_config
from gateway.cli.progress import ProgressLine
from gateway.cli.root import Failure
from gateway.cli.shown import size


@click.command("backup")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
def command(folder: Path, config: Path | None) -> None:
    """Save the data folder and the configuration into DIR, while the gateway runs or not.

    A second backup into the same DIR copies what has changed, and takes the place of the first once it is whole. DIR
    holds passwords' verifiers, keys and mail: it is closed to other users.

    \b
    Examples:
      gateway backup /var/backups/gateway
      gateway verify /var/backups/gateway
      gateway restore /var/backups/gateway --data /var/lib/gateway
    """
    read = load_config(config)
    path = config_path(config)
    if folder.absolute().is_relative_to(read.data):
        raise Failure(f"gateway: {folder} lies in the data folder: name one elsewhere, best on another disk")
    try:
        source = Source(read.data, config_files(path, read))
        taken = back_up(source, folder.absolute(), clock.now(), ProgressLine("accounts and shards"))
    except (Busy, BadManifest, OSError, sqlite3.Error) as error:
        raise Failure(f"gateway: no backup was taken: {error}; what was in {folder} before is as it was") from error
    _say(folder, taken)


def _say(folder: Path, taken: Taken) -> None:
    click.echo(f"{folder}: {taken.files} files, {size(taken.octets)}; {taken.copied} are new or changed")
    if taken.problems:
        raise Failure("\n".join(f"gateway: not saved: {problem}" for problem in taken.problems))
