"""`gateway account`: who can log in, and under which addresses they get and send mail.

Works on `control.db` itself, whether the gateway runs or not; a running one takes changes up at once.
"""

import sys
from pathlib import Path

import click
import orjson

from gateway.accounts.config import Passwords
from gateway.accounts.model import Disabled, Role, WhileDisabled
from gateway.app import clock
from gateway.cli import (
    account_address,
    account_alias,
    account_app_password,
    account_grant,
    account_logins,
    account_quota,
    account_refuse,
)
from gateway.cli.account_access import ADDRESS, CONFIG, JSON, changing, reading
from gateway.cli.account_password import print_password, read_password
from gateway.cli.account_story import gather, print_story, story_object
from gateway.cli.account_view import account_object, account_table
from gateway.cli.common import console, load_config
from gateway.cli.root import Failure
from gateway.cli.shown import objects
from gateway.mail.address import Address

_ALLOW = "set `passwords: custom` in the configuration, or let one be generated"
_ADDRESS = click.argument("address", type=ADDRESS)


@click.group("account")
def command() -> None:
    """Add, list, show, disable or remove accounts, their passwords, addresses and rights.

    Works on a running gateway, which takes changes up at once, and on a stopped one. ADDRESS is any address of the
    account. Passwords are made by the gateway and printed once, on a line of their own on standard output.

    \b
    Examples:
      gateway account add al@home.example --name "Al Mustermann"
      gateway account show al@home.example
      gateway account app-password add al@home.example phone --for smtp,imap
      gateway account disable al@home.example --reason "left in May"
      gateway account logins --failed --since 1d
    """


for group in (account_address, account_alias, account_app_password, account_grant, account_refuse):
    command.add_command(group.command)
command.add_command(account_logins.command)
command.add_command(account_quota.command)


@command.command("add")
@_ADDRESS
@click.option("--name", default="", metavar="TEXT", help="The person's name.")
@click.option("--admin", is_flag=True, help="May administer the gateway.")
@CONFIG
@JSON
def add_command(*, address: Address, name: str, admin: bool, config: Path | None, as_json: bool) -> None:
    """Make an account, and print its password: this once, on standard output.

    \b
    Examples:
      gateway account add al@home.example --name "Al Mustermann"
      password=$(gateway account add jörg@bücher.example)
      gateway account add boss@home.example --admin --json | jq -r .password
    """
    with changing(config) as registrar:
        password = registrar.add_account(address, name, Role.ADMIN if admin else Role.USER)
        print_password(f"{address}: account made", {"address": str(address)}, password, as_json=as_json)


@command.command("list")
@click.argument("address", type=ADDRESS, required=False)
@CONFIG
@JSON
def list_command(*, address: Address | None, config: Path | None, as_json: bool) -> None:
    """List all accounts, or the one that has ADDRESS.

    \b
    Examples:
      gateway account list
      gateway account list --json | jq -r '.[] | select(.disabled) | .address'
    """
    with reading(load_config(config)) as registrar:
        accounts = [registrar.find(address)] if address else registrar.accounts()
    if as_json:
        click.echo(orjson.dumps(objects(accounts, account_object), option=orjson.OPT_INDENT_2))
    elif accounts:
        console().print(account_table(accounts, clock.now()))
    else:
        click.echo("no accounts: gateway account add ADDRESS makes one", err=True)


@command.command("show")
@_ADDRESS
@CONFIG
@JSON
def show_command(*, address: Address, config: Path | None, as_json: bool) -> None:
    """Show one account: its addresses, aliases that lead to it, grants, passwords with last use, and late log-ins.

    \b
    Examples:
      gateway account show al@home.example
    """
    with reading(load_config(config)) as registrar:
        story = gather(registrar, address, clock.now())
    if as_json:
        click.echo(orjson.dumps(story_object(story), option=orjson.OPT_INDENT_2))
    else:
        print_story(story, clock.now())


@command.command("password")
@_ADDRESS
@click.option("--stdin", "chosen", is_flag=True, help="Set the one on standard input, where `passwords` allows it.")
@CONFIG
@JSON
def password_command(*, address: Address, chosen: bool, config: Path | None, as_json: bool) -> None:
    """Give an account a new password, and print it: this once. The old one ends; app passwords stay.

    \b
    Examples:
      gateway account password al@home.example
      gateway account password al@home.example --stdin < password.txt
    """
    if chosen:
        loaded = load_config(config)
        if loaded.passwords.policy is not Passwords.CUSTOM:
            raise Failure(f"gateway: nobody chooses a password here: {_ALLOW} (gateway account password {address})")
        wanted = read_password()
        with changing(config) as registrar:
            registrar.choose_password(address, wanted)
        click.echo(f"{address}: password changed")
        return
    with changing(config) as registrar:
        password = registrar.generate_password(address)
        print_password(f"{address}: new password", {"address": str(address)}, password, as_json=as_json)


@command.command("disable")
@_ADDRESS
@click.option("--reason", default="this account is disabled", show_default=True, help="Told to who logs in.")
@click.option("--refuse-mail", is_flag=True, help="Refuse mail for it, too; else it still arrives.")
@CONFIG
def disable_command(*, address: Address, reason: str, refuse_mail: bool, config: Path | None) -> None:
    """Let nobody log in to an account any more. Its sessions end.

    \b
    Examples:
      gateway account disable al@home.example --reason "left in May" --refuse-mail
    """
    mail = WhileDisabled.REFUSE if refuse_mail else WhileDisabled.DELIVER
    with changing(config) as registrar:
        registrar.disable(address, Disabled(reason, mail, clock.now()))
    click.echo(f"{address}: disabled; its mail {'is refused' if refuse_mail else 'still arrives'}")


@command.command("enable")
@_ADDRESS
@CONFIG
def enable_command(*, address: Address, config: Path | None) -> None:
    """Let people log in to a disabled account again, with the same passwords.

    \b
    Examples:
      gateway account enable al@home.example
    """
    with changing(config) as registrar:
        registrar.enable(address)
    click.echo(f"{address}: enabled")


@command.command("remove")
@_ADDRESS
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@CONFIG
def remove_command(*, address: Address, yes: bool, config: Path | None) -> None:
    """Remove an account with its passwords, addresses, grants and mail. Its sessions end; then its mail is deleted.

    Asks on a terminal. To lock somebody out and keep everything: gateway account disable.

    \b
    Examples:
      gateway account remove al@home.example
      gateway account remove al@home.example --yes
    """
    with changing(config) as registrar:
        account = registrar.find(address)
        if not yes and sys.stdin.isatty() and sys.stdout.isatty():
            addresses = ", ".join(map(str, account.addresses))
            click.confirm(f"remove the account {account.address} (addresses: {addresses})?", abort=True)
        registrar.remove_account(address)
    click.echo(f"{account.address}: removed")


@command.command("role")
@_ADDRESS
@click.argument("role", type=click.Choice([each.value for each in Role]))
@CONFIG
def role_command(*, address: Address, role: str, config: Path | None) -> None:
    """Let an account administer the gateway, or no longer.

    \b
    Examples:
      gateway account role al@home.example admin
    """
    with changing(config) as registrar:
        registrar.set_role(address, Role(role))
    click.echo(f"{address}: {role}")
