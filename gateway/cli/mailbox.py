"""`gateway mailbox`: an account's mailboxes, made, renamed, emptied by age and deleted by an administrator."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

import click
import orjson

from gateway.app.privileges import become_owner
from gateway.cli.account_access import ADDRESS, CONFIG, JSON
from gateway.cli.common import Parsed, console, load_config
from gateway.cli.mailbox_access import account_of, in_one_line, opened
from gateway.cli.mailbox_view import mailbox_object, mailbox_table
from gateway.cli.root import Misuse
from gateway.cli.shown import objects
from gateway.mail.address import Address
from gateway.mail.units import Seconds
from gateway.settings.scalars import seconds
from gateway.store.model import Mailbox, SpecialUse
from gateway.store.protocol.mailboxes import Expiry, Mailboxes, Purpose, Trait

T = TypeVar("T")

_USES: Final = {use.value.removeprefix("\\").lower(): use for use in SpecialUse}
_NONE: Final = "none"


def _use(text: str) -> Purpose:
    word = text.strip().lower().removeprefix("\\")
    if word == _NONE:
        return Purpose(None)
    if word not in _USES:
        raise ValueError(f"one of {', '.join(_USES)} or {_NONE} is wanted")
    return Purpose(_USES[word])


def _expiry(text: str) -> Expiry:
    if text.strip().lower() == "never":
        return Expiry(None)
    return Expiry(Seconds(seconds(text)))


USE: Final = Parsed("use", _use)
EXPIRY: Final = Parsed("time span or never", _expiry)


def _with(config: Path | None, address: Address, work: Callable[[Mailboxes], Awaitable[T]]) -> T:
    """Do something with the account's mailboxes; sessions of a running gateway see it at once."""
    loaded = load_config(config)
    become_owner(loaded.data)
    account = account_of(loaded, address)

    async def run() -> T:
        async with opened(loaded, account) as one:
            return await work(one.mail.mailboxes)

    with in_one_line("gateway mailbox", "nothing was changed"):
        return asyncio.run(run())


@click.group("mailbox")
def command() -> None:
    """List, create, rename, change or delete the mailboxes of an account.

    \b
    Examples:
      gateway mailbox list al@home.example
      gateway mailbox create al@home.example Projects/2026
      gateway mailbox change al@home.example Trash --expire 30d
      gateway mailbox delete al@home.example Projects/2019
    """


@command.command("list")
@click.argument("address", type=ADDRESS)
@CONFIG
@JSON
def list_command(*, address: Address, config: Path | None, as_json: bool) -> None:
    """List the mailboxes of an account, with what is in them.

    \b
    Examples:
      gateway mailbox list al@home.example
      gateway mailbox list al@home.example --json
    """
    found = _with(config, address, lambda mailboxes: mailboxes.all())
    if as_json:
        click.echo(orjson.dumps(objects(found, mailbox_object), option=orjson.OPT_INDENT_2))
    else:
        console().print(mailbox_table(found))


@command.command("create")
@click.argument("address", type=ADDRESS)
@click.argument("name")
@click.option("--use", type=USE, metavar="USE", help=f"What it is for: {', '.join(_USES)}.")
@CONFIG
def create_command(*, address: Address, name: str, use: Purpose | None, config: Path | None) -> None:
    """Make a mailbox, with the levels above it, and subscribe to it.

    \b
    Examples:
      gateway mailbox create al@home.example Projects/2026
      gateway mailbox create al@home.example Entwürfe --use drafts
    """

    async def create(mailboxes: Mailboxes) -> Mailbox:
        made = await mailboxes.create(name, use.special_use if use else None)
        await mailboxes.subscribe(made.name)
        return made

    click.echo(f"{address}: {_with(config, address, create).name} made")


@command.command("rename")
@click.argument("address", type=ADDRESS)
@click.argument("name")
@click.argument("new_name")
@CONFIG
def rename_command(*, address: Address, name: str, new_name: str, config: Path | None) -> None:
    """Rename a mailbox, with all that is below it. INBOX stays: its messages move.

    \b
    Examples:
      gateway mailbox rename al@home.example Projects/2025 Archive/2025
    """

    async def rename(mailboxes: Mailboxes) -> Mailbox:
        return await mailboxes.rename((await mailboxes.find(name)).id, new_name)

    click.echo(f"{address}: {name} is now {_with(config, address, rename).name}")


@command.command("change")
@click.argument("address", type=ADDRESS)
@click.argument("name")
@click.option("--expire", "expiry", type=EXPIRY, metavar="SPAN", help="Expunge messages saved so long ago: 30d; never.")
@click.option("--use", type=USE, metavar="USE", help=f"What it is for: {', '.join(_USES)}, {_NONE}.")
@CONFIG
def change_command(
    *, address: Address, name: str, expiry: Expiry | None, use: Purpose | None, config: Path | None
) -> None:
    """Say how long messages stay in a mailbox, and what it is for.

    \b
    Examples:
      gateway mailbox change al@home.example Trash --expire 30d
      gateway mailbox change al@home.example Papierkorb --use trash --expire never
    """
    traits: tuple[Trait, ...] = tuple(each for each in (expiry, use) if each is not None)
    if not traits:
        raise Misuse("gateway mailbox change: nothing to change: give --expire or --use")

    async def change(mailboxes: Mailboxes) -> Mailbox:
        return await mailboxes.change((await mailboxes.find(name)).id, *traits)

    console().print(mailbox_table([_with(config, address, change)]))


@command.command("delete")
@click.argument("address", type=ADDRESS)
@click.argument("name")
@click.option("--with-messages", is_flag=True, help="Also where messages are in it. They cannot be brought back.")
@CONFIG
def delete_command(*, address: Address, name: str, with_messages: bool, config: Path | None) -> None:
    """Delete a mailbox. Those below it stay.

    \b
    Examples:
      gateway mailbox delete al@home.example Projects/2019
      gateway mailbox delete al@home.example Projects/2019 --with-messages
    """

    async def delete(mailboxes: Mailboxes) -> None:
        await mailboxes.delete((await mailboxes.find(name)).id, if_empty=not with_messages)

    _with(config, address, delete)
    click.echo(f"{address}: {name} deleted")
