"""`gateway queue`: the queue of a running or a stopped gateway. It reads and writes the shards' databases itself."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import click
import orjson
from typing_extensions import Unpack

from gateway.app import clock
from gateway.cli.common import console, load_config
from gateway.cli.queue_view import (
    add_entry,
    attempt_object,
    attempt_table,
    entry_object,
    entry_table,
    header_lines,
    message_table,
)
from gateway.cli.root import Failure, Misuse
from gateway.cli.shown import Json
from gateway.mail.message import DeliveryId, QueueId, State
from gateway.mail.octets import OctetSource
from gateway.queue.ids import BadQueueId, message_key, shard_of
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.selection import FINISHED, Selection, check_names
from gateway.queue.stored import Attempt, Entry, StoredShard, WrongVersion, stored_shards

PAGE = 10_000
"""Rows of one table: a terminal's columns are laid out anew after so many."""

Act = Callable[[StoredShard, Sequence[DeliveryId]], int]


class Filters(TypedDict):
    """The options that select deliveries."""

    ids: tuple[str, ...]
    recipient: str | None
    sender: str | None
    domain: str | None
    route: str | None
    state: tuple[str, ...]
    config: Path | None
    as_json: bool


class Bulk(Filters):
    """Those, and whether to ask."""

    yes: bool


class Hold(Bulk):
    """Those, and the reason."""

    reason: str


class Show(TypedDict):
    """What `show` takes."""

    identifier: str
    config: Path | None
    as_json: bool
    raw: bool


_CONFIG = click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_FILTERS = (
    click.argument("ids", nargs=-1, metavar="[ID]..."),
    click.option("--recipient", metavar="ADDRESS", help="Deliveries to this recipient; * and ? stand for any."),
    click.option("--sender", metavar="ADDRESS", help="Mail from this sender; <> for the null sender."),
    click.option("--domain", metavar="DOMAIN", help="Recipients in this domain; *.DOMAIN for those below it."),
    click.option("--route", metavar="NAME", help="Deliveries that take this route."),
    click.option("--state", multiple=True, type=click.Choice([str(each) for each in State]), help="In this state."),
    _CONFIG,
    _JSON,
)
_YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


def _filtered(selecting: click.Command) -> click.Command:
    for option in _FILTERS:
        selecting = option(selecting)
    return selecting


@click.group("queue")
def command() -> None:
    """List, show, retry, hold, release or drop mail in the queue.

    Works on a running gateway, which notices within a second, and on a stopped one. ID is a queue id, for all
    deliveries of a message, or QUEUEID/NUMBER for one of them.

    \b
    Examples:
      gateway queue list --state deferred --domain legacy.example
      gateway queue show 049ibf8b1bi1ig
      gateway queue retry --route legacy
      gateway queue drop 049ibf8b1bi1ig/2
    """


@_filtered
@command.command("list")
def list_command(**options: Unpack[Filters]) -> None:
    """List deliveries: those in the queue, or with --state delivered, failed or dropped those of the history.

    \b
    Examples:
      gateway queue list
      gateway queue list --json --sender 'root@*' | jq .
      gateway queue list --state failed --domain legacy.example
    """
    selection = _selection(options)
    with _shards(options["config"]) as shards:
        entries = selection.entries(shards)
        if options["as_json"]:
            _print_array(entry_object(entry) for entry in entries)
        else:
            _print_table(entries)


@command.command("show")
@click.argument("identifier", metavar="ID")
@click.option("--raw", is_flag=True, help="Print the message itself, octet for octet.")
@_CONFIG
@_JSON
def show_command(**options: Unpack[Show]) -> None:
    """Show one message: its envelope, its deliveries, what they need, every attempt and reply, and its header.

    \b
    Examples:
      gateway queue show 049ibf8b1bi1ig
      gateway queue show --raw 049ibf8b1bi1ig > message.eml
    """
    name = options["identifier"]
    selection = Selection(_names((name,)), states=frozenset(State))
    with _shards(options["config"]) as shards:
        entries = sorted(selection.entries(shards), key=lambda entry: entry.delivery.id)
        if not entries:
            raise Failure(f"gateway: {name}: no such message in the queue or its history")
        message = entries[0].message
        shard = next(each for each in shards if each.number == shard_of(message.id))
        octets = shard.octets(message_key(message.id))
        if options["raw"]:
            _print_raw(message.id, octets)
            return
        attempts = [(entry, shard.attempts(entry.delivery.id)) for entry in entries]
        if options["as_json"]:
            _print_object(attempts)
        else:
            _print_message(attempts, octets)


@_filtered
@command.command("retry")
@_YES
def retry_command(**options: Unpack[Bulk]) -> None:
    """Make waiting deliveries due at once.

    \b
    Examples:
      gateway queue retry 049ibf8b1bi1ig
      gateway queue retry --domain legacy.example
    """
    now = clock.now()
    _act(options, "retry", lambda shard, deliveries: shard.retry(deliveries, now))


@_filtered
@command.command("hold")
@_YES
@click.option("--reason", default="held by an operator", show_default=True, help="Shown with the delivery.")
def hold_command(**options: Unpack[Hold]) -> None:
    """Hold deliveries until they are released. A delivery under way is held once its attempt has ended undelivered.

    \b
    Examples:
      gateway queue hold --sender newsletter@home.example --reason "asked Jo first"
    """
    reason = options["reason"]
    _act(options, "hold", lambda shard, deliveries: shard.hold(deliveries, reason))


@_filtered
@command.command("release")
@_YES
def release_command(**options: Unpack[Bulk]) -> None:
    """Let held deliveries go on, due at once.

    \b
    Examples:
      gateway queue release 049ibf8b1bi1ig
      gateway queue release --route quarantine
    """
    now = clock.now()
    _act(options, "release", lambda shard, deliveries: shard.release(deliveries, now))


@_filtered
@command.command("drop")
@_YES
def drop_command(**options: Unpack[Bulk]) -> None:
    """Drop deliveries for good. Nobody is told. A delivery under way is dropped once its attempt has ended undelivered.

    \b
    Examples:
      gateway queue drop 049ibf8b1bi1ig/2
      gateway queue drop --state held --sender 'spam@*' --yes
    """
    now = clock.now()
    _act(options, "drop", lambda shard, deliveries: shard.drop(deliveries, now))


def _selection(options: Filters) -> Selection:
    return Selection(
        _names(options["ids"]),
        options["recipient"],
        options["sender"],
        options["domain"],
        options["route"],
        frozenset(State(state) for state in options["state"]),
    )


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        check_names(names)
    except BadQueueId as error:
        raise Misuse(f"gateway queue: {error}") from error
    return names


@contextmanager
def _shards(config: Path | None) -> Iterator[list[StoredShard]]:
    try:
        with stored_shards(load_config(config).data) as shards:
            yield shards
    except (QueueUnavailable, WrongVersion) as error:
        raise Failure(f"gateway: {error}") from error


def _act(options: Bulk, verb: str, act: Act) -> None:
    """Find what is meant, ask where it is much and a person is there, do it shard by shard."""
    selection = _selection(options)
    if not selection.narrow:
        raise Misuse(
            f"gateway queue {verb}: say which: give an ID, or --recipient, --sender, --domain, --route, --state"
        )
    if selection.states & FINISHED:
        raise Misuse(f"gateway queue {verb}: what is finished cannot be changed")
    with _shards(options["config"]) as shards:
        by_shard: dict[int, list[DeliveryId]] = {}
        for entry in selection.entries(shards):
            by_shard.setdefault(shard_of(entry.message.id), []).append(entry.delivery.id)
        found = sum(map(len, by_shard.values()))
        if not found:
            raise Failure(f"gateway queue {verb}: nothing in the queue matches")
        _confirm(verb, found, asked=not selection.names and not options["yes"])
        changed = sum(act(shard, by_shard[shard.number]) for shard in shards if shard.number in by_shard)
    _print_count(verb, found, changed, options)


def _confirm(verb: str, count: int, *, asked: bool) -> None:
    if asked and sys.stdin.isatty() and sys.stdout.isatty():
        click.confirm(f"{verb} {count} {'delivery' if count == 1 else 'deliveries'}?", abort=True)


def _print_count(verb: str, found: int, changed: int, options: Bulk) -> None:
    if options["as_json"]:
        click.echo(orjson.dumps({"action": verb, "matched": found, "changed": changed}))
    else:
        click.echo(f"{verb}: {changed} of {found} matching {'delivery' if found == 1 else 'deliveries'} changed")


def _print_array(objects: Iterator[dict[str, Json]]) -> None:
    """One object a line, so that a million of them need no memory."""
    first = next(objects, None)
    if first is None:
        click.echo("[]")
        return
    click.echo(b"[" + orjson.dumps(first), nl=False)
    for each in objects:
        click.echo(b",\n " + orjson.dumps(each), nl=False)
    click.echo("]")


def _print_table(entries: Iterator[Entry]) -> None:
    now, out = clock.now(), console()
    rows = entry_table()
    count = 0
    for entry in entries:
        add_entry(rows, entry, now)
        count += 1
        if count % PAGE == 0:
            out.print(rows)
            rows = entry_table()
    if rows.row_count:
        out.print(rows)
    if sys.stdout.isatty():
        out.print(f"{count} {'delivery' if count == 1 else 'deliveries'}")


def _print_raw(identifier: QueueId, octets: OctetSource | None) -> None:
    if octets is None:
        raise Failure(f"gateway: {identifier} has left the queue: its octets are gone")
    for chunk in octets.chunks(0, len(octets)):
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _print_object(attempts: Sequence[tuple[Entry, Sequence[Attempt]]]) -> None:
    deliveries = [
        {**entry_object(entry), "history": [attempt_object(attempt) for attempt in each]} for entry, each in attempts
    ]
    click.echo(orjson.dumps({"id": attempts[0][0].message.id, "deliveries": deliveries}, option=orjson.OPT_INDENT_2))


def _print_message(attempts: Sequence[tuple[Entry, Sequence[Attempt]]], octets: OctetSource | None) -> None:
    out, now = console(), clock.now()
    out.print(message_table(attempts[0][0].message))
    rows = entry_table()
    for entry, _ in attempts:
        add_entry(rows, entry, now)
    out.print()
    out.print(rows)
    if any(each for _, each in attempts):
        out.print()
        out.print(attempt_table(attempts))
    if octets is not None:
        out.print()
        for line in header_lines(octets):
            out.print(line, soft_wrap=True)
