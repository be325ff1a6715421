"""Passwords on their way out and in: printed once on standard output, never taken from the command line."""

import sys
from collections.abc import Mapping
from typing import Final

import click
import orjson

from gateway.cli.root import Failure

MAX_PASSWORD: Final = 4096
"""Octets of a chosen password: 1024 characters of any script."""


def print_password(done: str, fields: Mapping[str, str], password: str, *, as_json: bool) -> None:
    """The password alone on standard output, or with `fields` as JSON; what was done on standard error."""
    click.echo(f"{done}. This is its password, shown only once:", err=True)
    click.echo(orjson.dumps({**fields, "password": password}).decode() if as_json else password)


def read_password() -> str:
    """The first line of standard input; asked for twice, unseen, on a terminal. Raises Failure."""
    if sys.stdin.isatty():
        typed: object = click.prompt("New password", hide_input=True, confirmation_prompt=True)
        return str(typed)
    line = sys.stdin.buffer.readline(MAX_PASSWORD + 3).rstrip(b"\r\n")
    if not line:
        raise Failure("gateway: no password on standard input: write it there, on one line")
    if len(line) > MAX_PASSWORD:
        raise Failure(f"gateway: a password has at most {MAX_PASSWORD} octets")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise Failure("gateway: the password on standard input is not UTF-8") from None
