"""`gateway verify`: whether what is stored is as it has to be."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from gateway.app import clock
from gateway.app.backup import manifest
from gateway.app.backup.check import spoiled
from gateway.app.backup.manifest import BadManifest
from gateway.app.privileges import become_owner
from gateway.app.verification.data import verify_data
from gateway.app.verification.repair import mend
from gateway.cli.common import load_config
from gateway.cli.root import Failure
from gateway.cli.shown import plain
from gateway.store.embedded.verify.fault import Fault, Repair


@click.command("verify")
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--repair", is_flag=True, help="Put right what can be. Mail is never deleted.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
def command(*, folder: Path | None, repair: bool, as_json: bool, config: Path | None) -> None:
    """Say what is wrong in a data folder (the configuration's, else DIR) or in a backup, or nothing.

    Reads on a running gateway, too. Each line names the file, what is wrong with it and, where there is one, the
    repair; the exit status is 1 where anything is wrong and was not repaired. Messages that lost their mailbox are put
    into a mailbox `Recovered`. Repairs want the gateway stopped.

    \b
    Examples:
      gateway verify
      gateway verify --repair
      gateway verify /var/backups/gateway
    """
    place = load_config(config).data if folder is None else folder.absolute()
    become_owner(place)
    faults = list(_faults(place))
    mended = _mend(place, faults) if repair else frozenset()
    _show(faults, mended, as_json=as_json)
    left = sum(fault not in mended for fault in faults)
    if left:
        raise Failure(f"gateway: {left} faults in {place}")


def _faults(place: Path) -> Iterator[Fault]:
    """Of a data folder, or of a backup."""
    now = clock.now()
    if not (place / manifest.NAME).exists():
        yield from verify_data(place, now)
        return
    try:
        saved = manifest.read(place)
    except BadManifest as error:
        raise Failure(f"gateway: {error}") from error
    yield from (Fault(str(place), what) for what in spoiled(place, saved))
    yield from verify_data(place / "data", now)


def _mend(place: Path, faults: list[Fault]) -> frozenset[Fault]:
    if (place / manifest.NAME).exists():
        raise Failure(f"gateway: {place} is a backup: put it back first (gateway restore), then repair that")
    try:
        return mend(place, faults, clock.now())
    except (OSError, sqlite3.Error) as error:
        raise Failure(f"gateway: not repaired: {error}") from error


def _show(faults: list[Fault], mended: frozenset[Fault], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"where": plain(one.where), "what": plain(one.what), "repair": one.repair, "done": one in mended}
            for one in faults
        ]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    for fault in faults:
        click.echo(f"{plain(fault.where)}: {plain(fault.what)}{_remedy(fault, mended)}")


def _remedy(fault: Fault, mended: frozenset[Fault]) -> str:
    if fault.repair is Repair.NONE:
        return ""
    return f" (done: {fault.repair})" if fault in mended else f" (--repair: {fault.repair})"
