"""`gateway export`: an account's mailboxes into files that other programs read."""

import os
from pathlib import Path
from shutil import rmtree
from typing import Final, TypedDict

import click
import uvloop
from typing_extensions import Unpack

from gateway.auth.authenticator import AccountId
from gateway.cli.account_access import ADDRESS
from gateway.cli.common import load_config
from gateway.cli.mailbox_access import Opened, account_of, in_one_line, opened
from gateway.cli.root import Failure
from gateway.cli.transfer_view import Meter, print_object, print_tally
from gateway.mail.address import Address
from gateway.mailbox.transfer.eml_writer import EmlTree, Folder, Tgz, Zip
from gateway.mailbox.transfer.exporting import Exporter
from gateway.mailbox.transfer.maildir_writer import MaildirTree
from gateway.mailbox.transfer.mbox_writer import MboxFile, MboxTree
from gateway.mailbox.transfer.outgoing import Writer
from gateway.settings.config import Config
from gateway.store.model import Mailbox
from gateway.store.names import levels_of, name_of

_SUFFIXES: Final = {".mbox": "mbox", ".zip": "zip", ".tgz": "tgz", ".gz": "tgz"}
_FORMATS: Final = ("mbox", "maildir", "eml", "zip", "tgz")
_NEXT: Final = "nothing was written; give the same command again"


class Options(TypedDict):
    """What the command takes."""

    address: Address
    target: Path
    mailbox: tuple[str, ...]
    kind: str | None
    as_json: bool
    config: Path | None


@click.command("export")
@click.argument("address", type=ADDRESS)
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--mailbox", multiple=True, metavar="NAME", help="Only this one; may be given again. Else all.")
@click.option("--format", "kind", type=click.Choice(_FORMATS), help="Else by the end of TARGET; else maildir.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
def command(**options: Unpack[Options]) -> None:
    """Write the mailboxes of ADDRESS to TARGET, with dates, flags and keywords. gateway import takes it in again.

    TARGET is new, or an empty folder. mbox with a single --mailbox is one file, else a folder with a file for each
    mailbox. zip and tgz hold an .eml file for each message. Works on a running gateway and on a stopped one.

    \b
    Examples:
      gateway export al@home.example al.zip
      gateway export al@home.example inbox.mbox --mailbox INBOX
      gateway export al@home.example /mnt/usb/al --format maildir
    """
    loaded = load_config(options["config"])
    account = account_of(loaded, options["address"])
    target = options["target"].absolute()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise Failure(f"gateway export: {target} is there already")
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    with in_one_line("gateway export", _NEXT):
        before = os.umask(0o077)
        try:
            skipped = uvloop.run(_export(options, loaded, account, partial))
            partial.replace(target)
        finally:
            os.umask(before)
            _remove(partial)
    if skipped:
        raise Failure(f"gateway export: {skipped} messages were left out, and {target} has the rest")


def _remove(path: Path) -> None:
    if path.is_dir():
        rmtree(path)
    else:
        path.unlink(missing_ok=True)


async def _export(options: Options, config: Config, account: AccountId, path: Path) -> int:
    """How many messages were left out: those that cannot be read."""
    async with opened(config, account) as one:
        hold = await one.store.hold(account)
        try:
            return await _run(options, one, path)
        finally:
            hold.release()


async def _run(options: Options, one: Opened, path: Path) -> int:
    mailboxes = await _chosen(options, one)
    with Meter(sum(mailbox.messages for mailbox in mailboxes), octets=False, quiet=options["as_json"]) as meter:
        exporter = Exporter(one.mail, _writer(options, path), meter)
        await exporter.run(mailboxes)
    if options["as_json"]:
        print_object(exporter.tally, [])
    else:
        print_tally(exporter.tally, "Exported", [])
    return exporter.tally.skips


async def _chosen(options: Options, one: Opened) -> list[Mailbox]:
    """Raises NoSuchMailbox, NotPossible."""
    found = [mailbox for mailbox in await one.mail.mailboxes.all() if mailbox.selectable]
    wanted = {name_of(levels_of(name)) for name in options["mailbox"]}
    if missing := wanted - {mailbox.name for mailbox in found}:
        raise Failure(f"gateway export: there is no mailbox {min(missing)}")
    return [mailbox for mailbox in found if not wanted or mailbox.name in wanted]


def _writer(options: Options, path: Path) -> Writer:
    kind = options["kind"] or _SUFFIXES.get(options["target"].suffix.lower(), "maildir")
    match kind:
        case "mbox":
            return MboxFile(path) if len(options["mailbox"]) == 1 else MboxTree(path)
        case "maildir":
            return MaildirTree(path)
        case "zip":
            return EmlTree(Zip(path))
        case "tgz":
            return EmlTree(Tgz(path))
        case _:
            return EmlTree(Folder(path))
