"""`gateway account refuse`: addresses that never take mail."""

from pathlib import Path

import click
import orjson

from gateway.accounts.model import AddressRefusal
from gateway.cli.account_access import ADDRESS, CONFIG, JSON, STATUS, changing, reading
from gateway.cli.account_view import refusal_object, refusal_table
from gateway.cli.common import console, load_config
from gateway.cli.shown import objects
from gateway.mail.address import Address
from gateway.mail.codes import NO_SUCH_MAILBOX, EnhancedCode


@click.group("refuse")
def command() -> None:
    """Addresses that never take mail, whatever catch-all there is, with an answer of your own.

    \b
    Examples:
      gateway account refuse add old@home.example --text "moved to new@home.example"
      gateway account refuse list
      gateway account refuse remove old@home.example
    """


@command.command("add")
@click.argument("address", type=ADDRESS)
@click.option("--code", type=click.IntRange(400, 599), default=550, show_default=True, help="The reply code.")
@click.option(
    "--status", type=STATUS, default=str(NO_SUCH_MAILBOX), show_default=True, help="The enhanced status code."
)
@click.option(
    "--text", default="this address takes no mail", show_default=True, help="What senders are told, in ASCII."
)
@CONFIG
def add_command(*, address: Address, code: int, status: EnhancedCode, text: str, config: Path | None) -> None:
    """Refuse mail for an address from now on; where it is refused already, with this answer.

    \b
    Examples:
      gateway account refuse add old@home.example --code 550 --status 5.1.6 --text "moved to new@home.example"
    """
    with changing(config) as registrar:
        registrar.set_refusal(AddressRefusal(address, code, status, text))
    click.echo(f"{address}: refused with {code} {status} {text}")


@command.command("list")
@CONFIG
@JSON
def list_command(*, config: Path | None, as_json: bool) -> None:
    """List the addresses that are refused.

    \b
    Examples:
      gateway account refuse list
    """
    with reading(load_config(config)) as registrar:
        found = registrar.refusals()
    if as_json:
        click.echo(orjson.dumps(objects(found, refusal_object), option=orjson.OPT_INDENT_2))
    elif found:
        console().print(refusal_table(found))


@command.command("remove")
@click.argument("address", type=ADDRESS)
@CONFIG
def remove_command(*, address: Address, config: Path | None) -> None:
    """Refuse an address no longer.

    \b
    Examples:
      gateway account refuse remove old@home.example
    """
    with changing(config) as registrar:
        registrar.remove_refusal(address)
    click.echo(f"{address}: no longer refused")
