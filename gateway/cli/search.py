"""`gateway search`: finds an account's mail by words, as a session's SEARCH does, also beside a running gateway."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import click
import orjson

from gateway.app.privileges import become_owner
from gateway.cli.account_access import ADDRESS, CONFIG, JSON
from gateway.cli.common import console, load_config
from gateway.cli.mailbox_access import Opened, account_of, in_one_line, opened
from gateway.cli.root import Failure, Misuse
from gateway.cli.search_view import Hit, Looked, explanation, found_table, looked_object, told
from gateway.mail.address import Address
from gateway.mail.units import Seconds, Timestamp
from gateway.mailbox.reading import SummaryReading
from gateway.mailbox.search.errors import SearchTookTooLong
from gateway.mailbox.search.query import And, Query
from gateway.mailbox.search.run import search
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.search.text import Text
from gateway.mailbox.sort.criteria import By, Key
from gateway.mailbox.sort.run import sort
from gateway.mailbox.views import Views
from gateway.settings.config import Config
from gateway.store.model import Mailbox, Uid
from gateway.store.protocol.search import Closeness, Field, Wanted

LIMIT: Final = Seconds(300)
"""For each mailbox: without an index, every message has to be read."""
_EVERYWHERE: Final = frozenset(Field)


@click.command("search")
@click.argument("address", type=ADDRESS)
@click.argument("text")
@click.option("--mailbox", "name", metavar="NAME", help="Only in this mailbox; otherwise in all.")
@click.option("--fuzzy", is_flag=True, help="Words in any form: without accents, inflected.")
@click.option("--explain", is_flag=True, help="Also how it was looked for.")
@click.option("--most", type=click.IntRange(1), default=100, show_default=True, help="Messages shown of a mailbox.")
@CONFIG
@JSON
def command(
    *,
    address: Address,
    text: str,
    name: str | None,
    fuzzy: bool,
    explain: bool,
    most: int,
    config: Path | None,
    as_json: bool,
) -> None:
    """Find mail by words: all of them, anywhere in a message, also as parts of other words. The latest come first.

    \b
    Examples:
      gateway search al@home.example "disk full"
      gateway search al@home.example rechnungen --fuzzy --mailbox INBOX
      gateway search al@home.example needle --explain --json
    """
    query = query_of(text, Closeness.FUZZY if fuzzy else Closeness.EXACT)
    loaded = load_config(config)
    become_owner(loaded.data)
    with in_one_line("gateway search", "nothing was found out"):
        looked = asyncio.run(_look(loaded, address, name, query, most))
    if as_json:
        click.echo(orjson.dumps([looked_object(each) for each in looked], option=orjson.OPT_INDENT_2))
        return
    console().print(found_table(looked))
    for line in told(looked):
        click.echo(line)
    if explain:
        click.echo(explanation(looked))


def query_of(text: str, closeness: Closeness) -> Query:
    """All words of a text. Raises Misuse where there is none."""
    words = text.split()
    if not words:
        raise Misuse("gateway search: no word to look for")
    return And(tuple(Text(Wanted(word, _EVERYWHERE, closeness)) for word in words))


async def _look(config: Config, address: Address, name: str | None, query: Query, most: int) -> list[Looked]:
    async with opened(config, account_of(config, address)) as one:
        return [each async for each in _each(one, await _mailboxes(one, name), query, most)]


async def _mailboxes(one: Opened, name: str | None) -> Sequence[Mailbox]:
    if name is not None:
        return [await one.mail.mailboxes.find(name)]
    return [mailbox for mailbox in await one.mail.mailboxes.all() if mailbox.selectable and mailbox.messages]


async def _each(one: Opened, mailboxes: Sequence[Mailbox], query: Query, most: int) -> AsyncIterator[Looked]:
    views = Views(one.store)
    for mailbox in mailboxes:
        async with views.reading(one.mail.account, mailbox.id) as view:
            scope = Scope(one.mail, view, len(view), SummaryReading())
            try:
                result = await search(scope, query, LIMIT)
            except SearchTookTooLong as error:
                raise Failure(f"gateway search: {mailbox.name}: {error}") from error
            latest = await sort(scope, result, (By(Key.ARRIVAL, reverse=True),), limit=most)
            emails = scope.emails(list(latest))
            octets = await one.mail.emails.octets(emails)
            received = (await scope.measures()).received
            hits = [
                Hit(mailbox.name, Uid(view.uids[at]), email, Timestamp(received[at]), source)
                for at, email, source in zip(latest, emails, octets, strict=True)
                if source is not None
            ]
            yield Looked(mailbox.name, hits, len(result), tuple(scope.steps))
