"""How imports and exports are shown while they run and when they are over."""

import sys
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Self

import click
import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from typing_extensions import override

from gateway.app import clock
from gateway.cli.common import console
from gateway.cli.shown import Json, plain, rows
from gateway.mailbox.transfer.importing import Watcher
from gateway.mailbox.transfer.tally import Tally

_EVERY: Final = 5.0
_SHOWN: Final = 20


class Meter(Watcher, AbstractContextManager["Meter"]):
    """A bar with rate and remaining time on a terminal; a line every few seconds elsewhere. On standard error.

    `total` is in octets of the source, or in messages.
    """

    def __init__(self, total: int, *, octets: bool, quiet: bool = False) -> None:
        self._total = total
        self._octets = octets
        self._quiet = quiet
        self._began = self._said = clock.now()
        self._messages = self._done = 0
        amount: ProgressColumn = DownloadColumn() if octets else MofNCompleteColumn()
        columns = (TextColumn("{task.description}"), BarColumn(), amount, TextColumn("{task.fields[rate]}"))
        self._bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), disable=not self._shown())
        self._task = self._bar.add_task("", total=total or None, rate="")

    def _shown(self) -> bool:
        return sys.stderr.isatty() and not self._quiet

    @override
    def __enter__(self) -> Self:
        self._bar.start()
        return self

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    @override
    def advanced(self, mailbox: str, messages: int, octets: int) -> None:
        self._messages += messages
        self._done += octets if self._octets else messages
        now = clock.now()
        rate = f"{self._messages / max(now - self._began, 0.001):,.0f} messages/s"
        self._bar.update(self._task, description=plain(mailbox), completed=self._done, rate=rate)
        if not self._shown() and not self._quiet and now - self._said >= _EVERY:
            self._said = now
            share = f"{self._done * 100 // self._total} %, " if self._total else ""
            click.echo(f"{plain(mailbox)}: {share}{self._messages} messages, {rate}", err=True)


def print_tally(tally: Tally, what: str, notes: list[str]) -> None:
    """A table with a line for each mailbox, and what was left out."""
    lines = [
        (name, str(count.messages), str(count.already), str(count.skipped)) for name, count in tally.mailboxes.items()
    ]
    if lines:
        console().print(rows(("Mailbox", what, "Before", "Skipped"), lines))
    for skipped in tally.skipped[:_SHOWN]:
        at = "" if skipped.offset is None else f": offset {skipped.offset}"
        click.echo(f"skipped: {plain(skipped.file)}{at}: {plain(skipped.why)}", err=True)
    if tally.skips > _SHOWN:
        click.echo(f"skipped: {tally.skips - _SHOWN} more (--json names them)", err=True)
    refused = sum(count.refused_keywords for count in tally.mailboxes.values())
    if refused:
        click.echo(f"{refused} keywords were left out: a mailbox cannot have them", err=True)
    for note in notes:
        click.echo(plain(note), err=True)


def print_object(tally: Tally, notes: list[str]) -> None:
    """The same for programs."""
    mailboxes: list[Json] = [
        {
            "name": name,
            "messages": count.messages,
            "octets": count.octets,
            "already": count.already,
            "skipped": count.skipped,
            "refused_keywords": count.refused_keywords,
        }
        for name, count in tally.mailboxes.items()
    ]
    skipped: list[Json] = [{"file": plain(s.file), "offset": s.offset, "why": plain(s.why)} for s in tally.skipped]
    shown = {"mailboxes": mailboxes, "skipped": skipped, "skips": tally.skips, "notes": list(map(plain, notes))}
    click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2))
