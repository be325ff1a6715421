"""`gateway inspect`: what a message needs of the next hop, and why."""

import click
import orjson

from gateway.cli.inspect_json import as_json
from gateway.cli.inspect_table import show
from gateway.cli.message_file import open_message
from gateway.inspect.inspector import examine
from gateway.mail.address import NULL_PATH, Address, BadAddress, ReversePath, parse_address


def _path(text: str) -> ReversePath:
    """An address as it stands in MAIL and RCPT, with or without angle brackets; `<>` or nothing is the null path."""
    bare = text.removeprefix("<").removesuffix(">")
    try:
        return parse_address(bare) if bare else NULL_PATH
    except BadAddress as error:
        raise click.BadParameter(f"{text!r}: {error}") from error


def _sender(_context: click.Context, _option: click.Parameter, text: str | None) -> ReversePath | None:
    return None if text is None else _path(text)


def _recipients(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> tuple[Address, ...]:
    found = [path for path in map(_path, texts) if isinstance(path, Address)]
    if len(found) < len(texts):
        raise click.BadParameter("a recipient cannot be the null path")
    return tuple(found)


@click.command("inspect")
@click.argument("file", type=click.Path(allow_dash=True))
@click.option(
    "--mail-from",
    "sender",
    metavar="ADDRESS",
    callback=_sender,
    help="The sender in the envelope; <> for the null one.",
)
@click.option(
    "--rcpt-to",
    "recipients",
    metavar="ADDRESS",
    callback=_recipients,
    multiple=True,
    help="A recipient; may be given again.",
)
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object for programs.")
@click.option("--config", metavar="FILE", expose_value=False, help="Taken for uniformity; it changes nothing here.")
def command(file: str, sender: ReversePath | None, recipients: tuple[Address, ...], *, wants_json: bool) -> None:
    """Show what the message in FILE ("-": standard input) needs of the next hop, where, and why.

    A file with bare LF is read as if with CRLF; offsets count from its beginning, as if with CRLF too. The exit status
    is 0 when the message could be read, however broken it is.

    \b
    Examples:
      gateway inspect message.eml
      gateway inspect --mail-from al@home.example --rcpt-to jörg@bücher.example message.eml
      swaks --dump-mail | gateway inspect --json - | jq .smtputf8.required
    """
    with open_message(file) as octets:
        inspection = examine(octets)
    if wants_json:
        click.echo(orjson.dumps(as_json(inspection, sender, recipients), option=orjson.OPT_INDENT_2))
    else:
        show(inspection, sender, recipients)
