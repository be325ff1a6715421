"""`gateway domain`: the domains whose mailboxes live here, and what has to stand in the DNS about them."""

import asyncio
from collections import Counter
from pathlib import Path

import click
import orjson

from gateway.cli.account_access import ADDRESS, CONFIG, DOMAIN, JSON, changing, reading
from gateway.cli.common import console, load_config
from gateway.cli.domain_records import Record, State, Verdict, check, records
from gateway.cli.domain_view import domain_object, domain_table, record_object, verdict_object, verdict_table
from gateway.cli.root import Failure, Misuse
from gateway.cli.shown import objects
from gateway.mail.address import Address
from gateway.mail.domain import Domain
from gateway.net.dns import Resolver
from gateway.settings.config import Config

_NAME = click.argument("name", type=DOMAIN)


@click.group("domain")
def command() -> None:
    """Add, list or remove local domains, and see what to publish about them in the DNS.

    Domains of the configuration file are changed there.

    \b
    Examples:
      gateway domain add bücher.example
      gateway domain catch-all bücher.example al@home.example
      gateway domain dns bücher.example
    """


@command.command("add")
@_NAME
@CONFIG
def add_command(*, name: Domain, config: Path | None) -> None:
    """Let mailboxes live in a domain.

    \b
    Examples:
      gateway domain add bücher.example
    """
    with changing(config) as registrar:
        registrar.add_domain(name)
    click.echo(f"{name}: added; gateway domain dns {name} says what to publish")


@command.command("list")
@click.argument("name", type=DOMAIN, required=False)
@CONFIG
@JSON
def list_command(*, name: Domain | None, config: Path | None, as_json: bool) -> None:
    """List the local domains, those of the configuration file first; or the one called NAME.

    \b
    Examples:
      gateway domain list
    """
    loaded = load_config(config)
    with reading(loaded) as registrar:
        entries = [each for each in registrar.domains() if name in (None, each.name)]
    if name and not entries:
        raise Failure(f"gateway: {name} is no domain of ours: look at gateway domain list")
    if as_json:
        click.echo(orjson.dumps(objects(entries, domain_object), option=orjson.OPT_INDENT_2))
    elif entries:
        console().print(domain_table(entries, loaded.accounts.separators.signs))
    else:
        click.echo("no domains: gateway domain add NAME makes one", err=True)


@command.command("remove")
@_NAME
@CONFIG
def remove_command(*, name: Domain, config: Path | None) -> None:
    """Let a domain be local no longer. Not possible while anything has an address there.

    \b
    Examples:
      gateway domain remove bücher.example
    """
    with changing(config) as registrar:
        registrar.remove_domain(name)
    click.echo(f"{name}: removed")


@command.command("catch-all")
@_NAME
@click.argument("address", type=ADDRESS, required=False)
@click.option("--none", "nobody", is_flag=True, help="Nobody gets it.")
@CONFIG
def catch_all_command(*, name: Domain, address: Address | None, nobody: bool, config: Path | None) -> None:
    """Say who gets mail for addresses of the domain that nobody has.

    \b
    Examples:
      gateway domain catch-all home.example al@home.example
      gateway domain catch-all home.example --none
    """
    if nobody == (address is not None):
        raise Misuse("gateway domain catch-all: give an ADDRESS, or --none (see 'gateway domain catch-all --help')")
    with changing(config) as registrar:
        registrar.set_catch_all(name, address)
    click.echo(f"{name}: addresses that nobody has {f'go to {address}' if address else 'are refused'}")


@command.command("separators")
@_NAME
@click.argument("characters", required=False)
@click.option("--none", "nothing", is_flag=True, help="Nothing begins a subaddress.")
@click.option("--default", "usual", is_flag=True, help="As configured for all domains.")
@CONFIG
def separators_command(
    *, name: Domain, characters: str | None, nothing: bool, usual: bool, config: Path | None
) -> None:
    """Say which characters begin a subaddress in the domain: with + al+lists@ reaches al@.

    \b
    Examples:
      gateway domain separators home.example +-
      gateway domain separators home.example --default
    """
    if (characters is not None) + nothing + usual != 1:
        raise Misuse(
            "gateway domain separators: give CHARACTERS, --none or --default (see 'gateway domain separators --help')"
        )
    wanted = None if usual else characters or ""
    with changing(config) as registrar:
        registrar.set_separators(name, wanted)
    said = "as configured for all domains" if wanted is None else wanted or "none"
    click.echo(f"{name}: separators {said}")


@command.command("dns")
@_NAME
@click.option("--no-check", is_flag=True, help="Do not ask the DNS; print lines for a zone file.")
@CONFIG
@JSON
def dns_command(*, name: Domain, no_check: bool, config: Path | None, as_json: bool) -> None:
    """Print the DNS records to publish for a domain, and whether they are.

    Exit status 1 where one is missing or different, or the DNS gives no answer.

    \b
    Examples:
      gateway domain dns home.example
      gateway domain dns --no-check bücher.example >> zone
    """
    loaded = load_config(config)
    wanted = records(name, loaded.hostname, loaded.listeners)
    if no_check:
        _print_records(name, wanted, as_json=as_json)
        return
    verdicts = asyncio.run(_checked(wanted, loaded))
    _print_verdicts(name, verdicts, as_json=as_json)
    _judge(name, verdicts)


def _judge(name: Domain, verdicts: list[Verdict]) -> None:
    """Raises Failure where not all is as it should be."""
    count = Counter(verdict.state for verdict in verdicts)
    wrong, unknown = count[State.MISSING] + count[State.DIFFERENT], count[State.UNKNOWN]
    if wrong:
        raise Failure(f"gateway: {name}: {wrong} of {len(verdicts)} records are missing or different: publish them")
    if unknown:
        raise Failure(f"gateway: {name}: the DNS gives no answer: try again, or look at `dns` in the configuration")


async def _checked(wanted: list[Record], config: Config) -> list[Verdict]:
    return await check(wanted, config.hostname, Resolver(config.dns))


def _print_records(name: Domain, wanted: list[Record], *, as_json: bool) -> None:
    if as_json:
        _print_object(name, objects(wanted, record_object))
        return
    for record in wanted:
        click.echo(record.line)


def _print_verdicts(name: Domain, verdicts: list[Verdict], *, as_json: bool) -> None:
    if as_json:
        _print_object(name, objects(verdicts, verdict_object))
    else:
        console().print(f"{name} ({name.ascii})" if str(name) != name.ascii else str(name), markup=False)
        console().print(verdict_table(verdicts))


def _print_object(name: Domain, found: object) -> None:
    answer = {"domain": str(name), "ascii": name.ascii, "records": found}
    click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
