"""`gateway account quota`: how much mail an account may have, and has."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import orjson
from rich.table import Table

from gateway.app.privileges import become_owner
from gateway.cli.account_access import ADDRESS, CONFIG, JSON
from gateway.cli.common import Parsed, console, load_config
from gateway.cli.mailbox_access import account_of, in_one_line, opened
from gateway.cli.root import Misuse
from gateway.cli.shown import Json, rows, size
from gateway.mail.address import Address
from gateway.settings.config import Config
from gateway.settings.scalars import octets, whole
from gateway.store.errors import Resource
from gateway.store.protocol.quotas import Quotas, Usage

_UNLIMITED: Final = "none"


@dataclass(frozen=True, slots=True)
class Limit:
    """What `--storage` and the like say; None: as much as there is room for."""

    most: int | None


def _storage(text: str) -> Limit:
    return Limit(None if text.strip().lower() == _UNLIMITED else octets(text))


def _count(text: str) -> Limit:
    return Limit(None if text.strip().lower() == _UNLIMITED else whole(text))


SIZE: Final = Parsed("size or none", _storage)
COUNT: Final = Parsed("number or none", _count)


@click.command("quota")
@click.argument("address", type=ADDRESS)
@click.option("--storage", type=SIZE, metavar="SIZE", help="Octets of all its messages: 500MB, 5GB; none: no limit.")
@click.option("--messages", type=COUNT, metavar="N", help="Messages; none: no limit.")
@click.option("--mailboxes", type=COUNT, metavar="N", help="Mailboxes; none: no limit.")
@click.option("--default", "reset", is_flag=True, help="All limits as the configuration says again.")
@CONFIG
@JSON
def command(
    *,
    address: Address,
    storage: Limit | None,
    messages: Limit | None,
    mailboxes: Limit | None,
    reset: bool,
    config: Path | None,
    as_json: bool,
) -> None:
    """Show how much mail an account may have and has, or set limits for it.

    Limits that are not set here are those of `mailboxes: quota:` in the configuration. A message counts in each mailbox
    that it lies in. What is over a limit already stays; nothing is added until there is room.

    \b
    Examples:
      gateway account quota al@home.example
      gateway account quota al@home.example --storage 5GB --messages none
      gateway account quota al@home.example --default
    """
    asked = {Resource.STORAGE: storage, Resource.MESSAGES: messages, Resource.MAILBOXES: mailboxes}
    limits = {resource: limit for resource, limit in asked.items() if limit is not None}
    if reset and limits:
        raise Misuse("gateway account quota: --default goes with no limit: give the one or the other")
    loaded = load_config(config)
    become_owner(loaded.data)
    with in_one_line("gateway account quota", "nothing was changed"):
        usage = asyncio.run(_changed(loaded, address, tuple(Resource) if reset else (), limits))
    if as_json:
        click.echo(orjson.dumps(usage_object(address, usage), option=orjson.OPT_INDENT_2))
    else:
        console().print(usage_table(usage))


async def _changed(
    config: Config, address: Address, resets: tuple[Resource, ...], limits: Mapping[Resource, Limit]
) -> Mapping[Resource, Usage]:
    """Sessions of a running gateway see it at once."""
    async with opened(config, account_of(config, address)) as one:
        quotas: Quotas = one.mail.quotas
        for resource in resets:
            await quotas.reset_limit(resource)
        for resource, limit in limits.items():
            await quotas.set_limit(resource, limit.most)
        return await quotas.usage()


def usage_object(address: Address, usage: Mapping[Resource, Usage]) -> dict[str, Json]:
    """For programs: storage in octets."""
    found: dict[str, Json] = {"address": str(address)}
    for resource, one in usage.items():
        found[resource.value] = {"used": one.used, "limit": one.limit, "own": one.own}
    return found


def usage_table(usage: Mapping[Resource, Usage]) -> Table:
    """For people."""
    return rows(
        ("Of", "Used", "Limit", "Full", "Set for"),
        [
            (
                resource.value,
                _shown(resource, one.used),
                "none" if one.limit is None else _shown(resource, one.limit),
                f"{100 * one.used // one.limit} %" if one.limit else "",
                "this account" if one.own else "all accounts",
            )
            for resource, one in usage.items()
        ],
    )


def _shown(resource: Resource, amount: int) -> str:
    return size(amount) if resource is Resource.STORAGE else str(amount)
