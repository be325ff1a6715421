"""`gateway account logins`: who logged in, or tried to."""

from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from gateway.accounts.model import LoginRecord
from gateway.accounts.protocol import Registrar
from gateway.app import clock
from gateway.cli.account_access import ADDRESS, CONFIG, JSON, SPAN, reading
from gateway.cli.account_view import login_object, login_table
from gateway.cli.common import console, load_config
from gateway.cli.shown import objects
from gateway.mail.address import Address
from gateway.mail.units import Seconds, Timestamp


@click.command("logins")
@click.argument("address", type=ADDRESS, required=False)
@click.option("--since", type=SPAN, default="7d", show_default=True, help="How far back: 90m, 12h, 7d.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Records at most.")
@click.option("--failed", is_flag=True, help="Only those that did not succeed.")
@CONFIG
@JSON
def command(
    *, address: Address | None, since: Seconds, limit: int, failed: bool, config: Path | None, as_json: bool
) -> None:
    """List log-in attempts, the latest first: of one account, or of everybody and of names that nobody has.

    Attempts that were alike are one record with a count. How long they are kept: `logins: {keep: 90d}`.

    \b
    Examples:
      gateway account logins al@home.example
      gateway account logins --failed --since 1d
      gateway account logins --json --limit 1000 | jq -r '.[].client' | sort | uniq -c
    """
    from_ = Timestamp(clock.now() - since)
    with reading(load_config(config)) as registrar:
        find = _failed if failed else _all
        records = find(registrar, address, from_, limit)
    if as_json:
        click.echo(orjson.dumps(objects(records, login_object), option=orjson.OPT_INDENT_2))
    elif records:
        console().print(login_table(records, clock.now()))
    else:
        click.echo("no log-ins in that time", err=True)


def _all(registrar: Registrar, address: Address | None, since: Timestamp, limit: int) -> Sequence[LoginRecord]:
    return registrar.logins(address, since, limit)


def _failed(registrar: Registrar, address: Address | None, since: Timestamp, limit: int) -> Sequence[LoginRecord]:
    """Asks for more until there are enough failures among them, or no more records."""
    wanted = limit
    while True:
        records = registrar.logins(address, since, wanted)
        failures = [record for record in records if record.result is not None]
        if len(failures) >= limit or len(records) < wanted:
            return failures[:limit]
        wanted *= 4
