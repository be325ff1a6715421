"""`gateway sink`."""

import asyncio
import json
import signal
from dataclasses import asdict, replace
from pathlib import Path

import click
import uvloop

from gateway.certificates.contexts import self_signed_context
from gateway.cli.sink.server import ANNOUNCED, Behaviour, Received, SinkServer

_EXAMPLES = """Examples:

\b
  gateway sink --port 2526 --without SMTPUTF8
  gateway sink --port 2526 --dir received --fail 2
  gateway sink --reply RCPT='550 5.1.1 no such person'
  gateway sink --lmtp --hang-after .
"""


@click.command("sink", epilog=_EXAMPLES)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=2526, show_default=True, help="Port to listen on; 0: a free one.")
@click.option("--without", multiple=True, metavar="EXT", help="Do not announce this extension.")
@click.option("--only", metavar="EXT,…", help="Announce these extensions and no others.")
@click.option("--tls", is_flag=True, help="Announce STARTTLS, with a certificate made now.")
@click.option("--helo-only", is_flag=True, help="Know HELO and not EHLO.")
@click.option("--lmtp", is_flag=True, help="Speak LMTP.")
@click.option("--size", default=100 * 1024 * 1024, show_default=True, help="Octets of the largest message.")
@click.option("--login", metavar="USER:PASSWORD", help="Demand AUTH.")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep what arrives: NNNN.eml, NNNN.json.")
@click.option("--fail", default=0, metavar="N", help="Answer the first N messages with 451.")
@click.option("--reply", multiple=True, metavar="CMD=TEXT", help="Answer a command, CONNECT or . with this.")
@click.option("--recipient", multiple=True, metavar="ADDRESS=TEXT", help="Answer RCPT of this address with this.")
@click.option("--hang-after", metavar="CMD", help="Answer nothing from this command on.")
@click.option("--drop-after", metavar="CMD|N", help="Break the connection at this command or after N octets of DATA.")
@click.option("--421-after-message", "close_after", is_flag=True, help="Close with 421 after each message.")
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Run a small SMTP or LMTP server for trying things out.

    It announces what it is told to, takes nothing that was not announced, and prints a line for each message.
    """
    behaviour = _behaviour(context)
    folder = context.params["folder"]
    if isinstance(folder, Path):
        folder.mkdir(parents=True, exist_ok=True)
    host, port = context.params["host"], context.params["port"]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(behaviour, host, port, folder))


async def _serve(behaviour: Behaviour, host: str, port: int, folder: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    count = last_kept(folder) if folder is not None else 0

    def told(message: Received) -> None:
        nonlocal count
        count += 1
        click.echo(describe(count, message))
        if folder is not None:
            keep(folder, count, message)
        server.messages.clear()

    async with SinkServer(behaviour, host=host, port=port, told=told) as server:
        click.echo(f"sink listens on {server.host}:{server.port}")
        await stop.wait()


def describe(number: int, message: Received) -> str:
    """One line for people."""
    recipients = ", ".join(each.address for each in message.recipients)
    asked = f" {' '.join(message.parameters)}" if message.parameters else ""
    wrong = f"; but {', '.join(message.violations)}" if message.violations else ""
    way = f"{message.verb}{' TLS' if message.tls else ''}{' BDAT' if message.chunked else ''}"
    return f"{number:04} <{message.sender}>{asked} to {recipients}: {message.size} octets, {way}{wrong}"


def last_kept(folder: Path) -> int:
    """The highest number in the folder; what an earlier sink kept there is not overwritten."""
    return max((int(path.stem) for path in folder.glob("*.eml") if path.stem.isdecimal()), default=0)


def keep(folder: Path, number: int, message: Received) -> None:
    """Write NNNN.eml and NNNN.json."""
    (folder / f"{number:04}.eml").write_bytes(message.octets)
    facts = asdict(replace(message, octets=b"")) | {"smtputf8": message.smtputf8, "body": message.body}
    del facts["octets"]
    text = json.dumps(facts, ensure_ascii=True, indent=1)
    (folder / f"{number:04}.json").write_text(text + "\n")


def _behaviour(context: click.Context) -> Behaviour:
    given = context.params
    drop = given["drop_after"]
    octets = int(drop) if drop is not None and drop.isdigit() else None
    return Behaviour(
        extensions=_extensions(given["only"], given["without"]),
        helo_only=given["helo_only"],
        lmtp=given["lmtp"],
        size=given["size"],
        tls=self_signed_context("sink.example") if given["tls"] else None,
        login=_pair(given["login"], ":") if given["login"] else None,
        fail=given["fail"],
        replies={name.upper(): text for name, text in (_pair(each, "=") for each in given["reply"])},
        recipients=dict(_pair(text, "=") for text in given["recipient"]),
        hang_after=_moment(given["hang_after"]),
        drop_after=_moment(drop) if octets is None else None,
        drop_after_octets=octets,
        close_after_message=given["close_after"],
    )


def _moment(text: str | None) -> str | None:
    return text.upper() if text else None


def _extensions(only: str | None, without: tuple[str, ...]) -> frozenset[str]:
    chosen = ANNOUNCED if only is None else frozenset(word.strip().upper() for word in only.split(",") if word.strip())
    return chosen - {word.upper() for word in without}


def _pair(text: str, separator: str) -> tuple[str, str]:
    name, found, value = text.partition(separator)
    if not found:
        raise click.UsageError(f"{text!r} lacks {separator!r}")
    return name, value
