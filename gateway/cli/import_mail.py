"""`gateway import`: mail from files of other programs into an account's mailboxes."""

import asyncio
import gc
import os
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypedDict

import click
import uvloop
from typing_extensions import Unpack

from gateway.app import clock
from gateway.auth.authenticator import AccountId
from gateway.cli.account_access import ADDRESS
from gateway.cli.common import load_config
from gateway.cli.mailbox_access import Opened, account_of, in_one_line, opened, own_folder
from gateway.cli.transfer_view import Meter, print_object, print_tally
from gateway.mail.address import Address
from gateway.mailbox.transfer.batches import batches
from gateway.mailbox.transfer.destination import Destination, place
from gateway.mailbox.transfer.importing import Importer
from gateway.mailbox.transfer.journal import Journal
from gateway.mailbox.transfer.kinds import Kind
from gateway.mailbox.transfer.model import Source, Wanted
from gateway.mailbox.transfer.named import Named
from gateway.mailbox.transfer.newlines import Quoting
from gateway.mailbox.transfer.summarising import Summarisers
from gateway.mailbox.transfer.tally import Tally
from gateway.settings.config import Config

_FORMATS: Final = {"auto": None, "mbox": Kind.MBOX, "maildir": Kind.MAILDIR, "eml": Kind.EML}
_QUOTINGS: Final = {"auto": None} | {each.value: each for each in Quoting}
_GOES_ON: Final = "the same command goes on from here"


class Options(TypedDict):
    """What the command takes."""

    address: Address
    sources: tuple[Path, ...]
    mailbox: str | None
    kind: str
    quoting: str
    again: bool
    dry_run: bool
    as_json: bool
    config: Path | None


@click.command("import")
@click.argument("address", type=ADDRESS)
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SOURCE...")
@click.option("--mailbox", metavar="NAME", help="Into this mailbox; where SOURCE holds several, below it.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(list(_FORMATS)),
    default="auto",
    help="Read SOURCE as this. auto: by what is in it.",
)
@click.option(
    "--quoting",
    type=click.Choice(list(_QUOTINGS)),
    default="auto",
    help="How an mbox quotes lines that begin with 'From '. auto: reversibly, or by Content-Length.",
)
@click.option("--again", is_flag=True, help="Import all of it anew, also what was imported before.")
@click.option("--dry-run", is_flag=True, help="Read everything, say what there is, store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
def command(**options: Unpack[Options]) -> None:
    """Bring mail into the mailboxes of ADDRESS: mbox files, Maildirs, .eml files, folders and archives of them.

    Keeps dates, flags and keywords. Works on a running gateway and on a stopped one. Interrupted, the same command goes
    on where it was; given again later, it takes what is new. docs/moving-mail.md says what is read how.

    \b
    Examples:
      gateway import al@home.example ~/Mail/archive.mbox --mailbox Archive/2019
      gateway import al@home.example /var/vmail/al/Maildir
      gateway import al@home.example "~/.thunderbird/abc.default/Mail/Local Folders" --dry-run
      gateway import al@home.example export.zip --json
    """
    loaded = load_config(options["config"])
    account = account_of(loaded, options["address"])
    with in_one_line("gateway import", _GOES_ON), TemporaryDirectory(prefix="gateway-", dir=_large_files()) as work:
        named = Named(Path(work), _FORMATS[options["kind"]], _QUOTINGS[options["quoting"]])
        if options["dry_run"]:
            _dry_run(options, named)
        else:
            uvloop.run(_import(options, loaded, account, named))


def _large_files() -> str | None:
    """Where archives are unpacked: not in the data folder, whose owner could put links into the way of root."""
    return None if "TMPDIR" in os.environ or not os.access("/var/tmp", os.W_OK) else "/var/tmp"  # noqa: S108


def _job(options: Options) -> str:
    """Names what was asked for."""
    asked = "\0".join([*(str(path.resolve()) for path in options["sources"]), options["mailbox"] or ""])
    return sha256(asked.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def _dry_run(options: Options, named: Named) -> None:
    sources = named.sources(options["sources"])
    tally = Tally()
    for skipped in named.skipped:
        tally.skip(skipped)
    names = place(sources, options["mailbox"])
    with Meter(_size(sources), octets=True, quiet=options["as_json"]) as meter:
        for source in sources:
            _count(source, names[source.key], tally, meter)
    _print(options, tally, [])


def _count(source: Source, name: str, tally: Tally, meter: Meter) -> None:
    count = tally.of(name)
    for batch in batches(source, Wanted()):
        count.messages += len(batch.letters)
        count.octets += batch.read
        for skipped in batch.skipped:
            tally.skip(skipped, name)
        meter.advanced(name, len(batch.letters), batch.read)


def _size(sources: list[Source]) -> int:
    return sum(source.size() for source in sources)


async def _import(options: Options, config: Config, account: AccountId, named: Named) -> None:
    # What an import makes has hardly any cycles; looking for them costs 6 % of its CPU.
    gc.freeze()
    gc.set_threshold(100_000)
    async with opened(config, account) as one:
        with (
            own_folder(config.data, one.folder, "import") as journals,
            Journal(journals / f"{_job(options)}.journal", anew=options["again"]) as journal,
        ):
            await _run(options, one, journal, named)


async def _run(options: Options, one: Opened, journal: Journal, named: Named) -> None:
    sources = await asyncio.to_thread(named.sources, options["sources"])
    destination = Destination(one.mail.mailboxes, place(sources, options["mailbox"]), options["mailbox"])
    size = _size(sources)
    with Meter(size, octets=True, quiet=options["as_json"]) as meter:
        async with Summarisers(size) as summarisers:
            importer = Importer(one.mail, journal, clock.now, summarisers, meter)
            for skipped in named.skipped:
                importer.tally.skip(skipped)
            await importer.run(sources, destination)
    _print(options, importer.tally, destination.notes)


def _print(options: Options, tally: Tally, notes: list[str]) -> None:
    if options["as_json"]:
        print_object(tally, notes)
    else:
        print_tally(tally, "Would come" if options["dry_run"] else "Imported", notes)
