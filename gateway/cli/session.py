"""`gateway session`: who is connected and logged in to the running gateway. It asks every worker."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from gateway.accounts.model import SessionId, SessionInfo
from gateway.app import clock
from gateway.app.control import sayable
from gateway.app.workers import Present, Workers
from gateway.auth.authenticator import AccountId
from gateway.cli.account_access import ADDRESS, CONFIG, JSON, compared, reading
from gateway.cli.common import Parsed, console, load_config
from gateway.cli.root import Failure, Misuse
from gateway.cli.session_view import session_object, session_table
from gateway.cli.shown import objects
from gateway.mail.address import Address, parse_address
from gateway.settings.config import Config


def _session_or_address(text: str) -> SessionId | Address:
    if "@" in text:
        return parse_address(text)
    worker, hyphen, number = text.partition("-")
    if not (hyphen and worker.isdecimal() and number.isdecimal()):
        raise ValueError("a session such as 0-17, or an address, is wanted")
    return SessionId(text)


@click.group("session")
def command() -> None:
    """List who is connected and logged in, or end sessions.

    \b
    Examples:
      gateway session list
      gateway session kick 0-17
      gateway session kick al@home.example --reason "the server moves"
    """


@command.command("list")
@click.argument("address", type=ADDRESS, required=False)
@CONFIG
@JSON
def list_command(*, address: Address | None, config: Path | None, as_json: bool) -> None:
    """List sessions, oldest first: all, or those of one account.

    \b
    Examples:
      gateway session list
      gateway session list al@home.example --json
    """
    loaded = load_config(config)
    present = asyncio.run(Workers(loaded.data).sessions())
    account = _account(loaded, address, present) if address else None
    sessions = [each for each in present.sessions if account is None or each.account == account]
    _print(sessions, as_json=as_json)
    _warn(present.silent)


@command.command("kick")
@click.argument("who", type=Parsed("session", _session_or_address), metavar="SESSION|ADDRESS")
@click.option("--reason", default="ended by an operator", show_default=True, help="Told to the client, in ASCII.")
@CONFIG
def kick_command(*, who: SessionId | Address, reason: str, config: Path | None) -> None:
    """End a session, or all sessions of an account. Clients may log in again: see gateway account disable.

    \b
    Examples:
      gateway session kick 0-17
      gateway session kick al@home.example --reason "the server moves"
    """
    if not sayable(reason):
        raise Misuse("gateway session kick: --reason is printable ASCII, at most 200 characters")
    loaded = load_config(config)
    workers = Workers(loaded.data)
    target = _account(loaded, who, asyncio.run(workers.sessions())) if isinstance(who, Address) else who
    kicked = asyncio.run(workers.kick(target, reason))
    _warn(kicked.silent)
    if not kicked.count:
        raise Failure(f"gateway: {who}: no such session: look at gateway session list")
    click.echo(f"{who}: {kicked.count} {'session' if kicked.count == 1 else 'sessions'} ended")


def _account(loaded: Config, address: Address, present: Present) -> AccountId:
    """Whose address it is, also when the account was removed and its sessions are not over yet."""
    for session in present.sessions:
        if compared(session.address) == compared(address):
            return session.account
    with reading(loaded) as registrar:
        return registrar.find(address).id


def _print(sessions: Sequence[SessionInfo], *, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(objects(sessions, session_object), option=orjson.OPT_INDENT_2))
    elif sessions:
        console().print(session_table(sessions, clock.now()))
    else:
        click.echo("nobody is connected and logged in", err=True)


def _warn(silent: Sequence[str]) -> None:
    for name in silent:
        click.echo(f"gateway: {name} does not answer: its sessions are not known", err=True)
