"""The `gateway` command: one file per command group, imported only when it is asked for.

Exit status: 0 done, 1 failed, 2 wrong usage. An error is one line on standard error, without a traceback;
`GATEWAY_TRACEBACK=1` shows the traceback of a fault of the gateway's own.
"""

import importlib
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final

import click
from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: the module whose `command` it is, and its line in the list of commands."""

    module: str
    help: str


COMMANDS: Final = {
    "serve": Entry("gateway.cli.serve", "Run the gateway."),
    "check-config": Entry("gateway.cli.check_config", "Say what is wrong with a configuration file, or nothing."),
    "inspect": Entry("gateway.cli.inspect", "Show what a message needs of the next hop, and why."),
    "route": Entry("gateway.cli.route", "Explain which route a message takes, and what would be sent."),
    "queue": Entry("gateway.cli.queue", "List, show, retry, hold, release or drop mail in the queue."),
    "account": Entry("gateway.cli.account", "Add, list or change accounts, passwords and rights."),
    "domain": Entry("gateway.cli.domain", "Add, list or change local domains; check their DNS records."),
    "session": Entry("gateway.cli.session", "List who is connected and logged in, or end sessions."),
    "mailbox": Entry("gateway.cli.mailbox", "List, create, rename, change or delete an account's mailboxes."),
    "search": Entry("gateway.cli.search", "Find an account's mail by words."),
    "import": Entry("gateway.cli.import_mail", "Bring mail into an account: mbox, Maildir, eml, archives."),
    "export": Entry("gateway.cli.export_mail", "Write an account's mail to mbox, Maildir, eml or an archive."),
    "backup": Entry("gateway.cli.backup", "Save data and configuration, while the gateway runs or not."),
    "restore": Entry("gateway.cli.restore", "Put a backup into an empty data folder."),
    "verify": Entry("gateway.cli.verify", "Say what is wrong with stored data, or nothing."),
    "upgrade": Entry("gateway.cli.upgrade", "Bring stored data to this version's schema."),
    "sendmail": Entry("gateway.cli.sendmail", "Take a message as sendmail does, for cron and PHP."),
    "sink": Entry("gateway.cli.sink", "Run a small SMTP server for trying things out."),
}


class HelpFormatter(click.HelpFormatter):
    """Help in colour; click takes the colour out where the output is no terminal."""

    @override
    def write_heading(self, heading: str) -> None:
        super().write_heading(click.style(heading, bold=True))

    @override
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(click.style(prog, fg="green", bold=True), args, prefix)

    @override
    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(click.style(term, fg="cyan"), text) for term, text in rows], col_max, col_spacing)


class Failure(click.ClickException):
    """Ends a command with status 1 and one or more lines on standard error, but for what a terminal would obey: names
    of files and words of databases are others'."""

    @override
    def show(self, file: object = None) -> None:
        click.echo("".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in self.message), err=True)


class Misuse(Failure):
    """Ends a command with status 2: its arguments make no sense."""

    exit_code = 2


@contextmanager
def _one_line() -> Iterator[None]:
    """Turn what commands raise into one line and an exit status."""
    try:
        yield
    except Failure:
        raise
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "gateway"
        raise Misuse(f"{path}: {_line(error.format_message())} (see '{path} --help')") from error
    except click.ClickException as error:
        raise Failure(f"gateway: {_line(error.format_message())}") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise Failure(f"gateway: {where}{error.strerror or error}") from error


def _line(text: str) -> str:
    return " ".join(text.split())


class LazyGroup(click.Group):
    """Finds its commands in `COMMANDS`."""

    @override
    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: object
    ) -> click.Context:
        with _one_line():
            return super().make_context(info_name, args, parent, **extra)

    @override
    def invoke(self, ctx: click.Context) -> object:
        sys.excepthook = fault
        with _one_line():
            return super().invoke(ctx)

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = vars(importlib.import_module(entry.module))["command"]
        return command if isinstance(command, click.Command) else None

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


click.Context.formatter_class = HelpFormatter


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mail-gateway", prog_name="gateway", message="%(prog)s %(version)s")
def main() -> None:
    """Take mail over SMTP, work out what each delivery needs, and deliver it: to other servers, or into mailboxes that
    mail programs read over IMAP.

    \b
    Examples:
      gateway serve --config config/gateway.yaml
      gateway inspect message.eml
      gateway route explain --rcpt-to ops@legacy.example message.eml
      gateway queue list
      gateway account add al@home.example
      gateway import al@home.example ~/Maildir
      gateway backup /var/backups/gateway
    """


def fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in one line that the gateway itself is at fault."""
    if wants_traceback(os.environ):
        traceback.print_exception(kind, error, trace)
        return
    text = _line(str(error))
    click.echo(f"gateway: a fault of its own: {kind.__name__}: {text} (GATEWAY_TRACEBACK=1 shows where)", err=True)


def wants_traceback(environ: Mapping[str, str]) -> bool:
    """Whether the person who runs this asked to see tracebacks."""
    return environ.get("GATEWAY_TRACEBACK", "") not in ("", "0")
