"""`gateway route`: which way mail goes, and why."""

import ipaddress
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypedDict, Unpack

import click
import orjson

from gateway.accounts.control.files import DATABASE
from gateway.accounts.control.opening import open_directory
from gateway.accounts.protocol import AccountsUnavailable, Directory
from gateway.app.accounts import configured
from gateway.app.clock import now
from gateway.cli.common import Parsed, load_config
from gateway.cli.message_file import open_message
from gateway.cli.root import Failure
from gateway.cli.route_story import Question, Story, Teller
from gateway.cli.route_text import show
from gateway.mail.address import NULL_PATH, Address, ReversePath, parse_address
from gateway.mail.capabilities import Capabilities
from gateway.mail.ip import in_networks
from gateway.mail.octets import OctetSource
from gateway.mail.origin import Origin
from gateway.relay.no_accounts import NO_ACCOUNTS
from gateway.route.when import TimeOfDay
from gateway.settings.config import Config

_ALL: Final = ("SMTPUTF8", "8BITMIME", "BINARYMIME", "CHUNKING", "REQUIRETLS")
HOPS: Final = {
    "takes everything": Capabilities(dict.fromkeys(_ALL, ""), tls=True),
    "lacks SMTPUTF8": Capabilities(dict.fromkeys(_ALL[1:], ""), tls=True),
    "knows no extensions": Capabilities({}),
}
"""What a next hop may be like, where nothing is said about it."""


def _bare(text: str) -> str:
    return text.removeprefix("<").removesuffix(">")


def _sender(text: str) -> ReversePath:
    return parse_address(_bare(text)) if _bare(text) else NULL_PATH


def _recipient(text: str) -> Address:
    return parse_address(_bare(text))


def _capabilities(text: str) -> Capabilities:
    """`8BITMIME,SIZE=1000`; a hop is taken to speak verified TLS."""
    pairs = (word.strip().partition("=") for word in text.split(",") if word.strip())
    return Capabilities({name.upper(): value for name, _, value in pairs}, tls=True)


class Asked(TypedDict):
    """The options, as click hands them over."""

    config: Path | None
    sender: ReversePath | None
    recipients: tuple[Address, ...]
    client: ipaddress.IPv4Address | ipaddress.IPv6Address | None
    listener: str
    at: TimeOfDay | None
    capabilities: Capabilities | None
    wants_json: bool
    file: str | None


@click.group("route")
def command() -> None:
    """Explain which route a message takes, and what would be sent.

    \b
    Examples:
      gateway route explain --rcpt-to ops@legacy.example
      gateway route explain --mail-from al@home.example --rcpt-to jörg@bücher.example message.eml
    """


@command.command("explain")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file.")
@click.option("--mail-from", "sender", type=Parsed("address", _sender), help="The sender; <> for the null one.")
@click.option("--rcpt-to", "recipients", type=Parsed("address", _recipient), multiple=True, required=True,
              help="A recipient; may be given again.")  # fmt: skip
@click.option("--client", type=Parsed("ip", ipaddress.ip_address), help="The client; absent: mail of this machine.")
@click.option("--listener", default="", help="The listener that it came in by.")
@click.option("--time", "at", type=Parsed("hh:mm", TimeOfDay.parse), help="The local time of day; absent: now.")
@click.option("--hop-capabilities", "capabilities", type=Parsed("csv", _capabilities),
              help="What the next hop offers, as 8BITMIME,SMTPUTF8; '' for nothing.")  # fmt: skip
@click.option("--json", "wants_json", is_flag=True, help="Print a JSON array for programs.")
@click.argument("file", required=False, type=click.Path(allow_dash=True))
def explain(**asked: Unpack[Asked]) -> None:
    """Print each rule tried and why it matched or not, aliases, the next hop, and what would be sent there.

    With a message in FILE ("-": standard input) conditions on its content are decided too.

    \b
    Examples:
      gateway route explain --rcpt-to ops@legacy.example
      gateway route explain --mail-from al@home.example --rcpt-to jörg@bücher.example message.eml
      gateway route explain --client 192.0.2.1 --rcpt-to a@b.example --hop-capabilities 8BITMIME message.eml
    """
    try:
        stories = _read(load_config(asked["config"]), asked)
    except AccountsUnavailable as error:
        raise Failure(f"gateway: {error}") from error
    if asked["wants_json"]:
        click.echo(orjson.dumps(stories, option=orjson.OPT_INDENT_2))
    else:
        show(stories)


def _read(config: Config, asked: Asked) -> list[Story]:
    with _directory(config) as directory:
        if asked["file"] is None:
            return _stories(config, asked, None, directory)
        with open_message(asked["file"]) as octets:
            return _stories(config, asked, octets, directory)


@contextmanager
def _directory(config: Config) -> Iterator[Directory]:
    """The accounts; none where there has never been any."""
    if not (config.data / DATABASE).exists():
        yield NO_ACCOUNTS
        return
    with closing(open_directory(config.data, configured(config))) as directory:
        yield directory


def _stories(config: Config, asked: Asked, octets: OctetSource | None, directory: Directory) -> list[Story]:
    question = Question(_origin(config, asked), asked["sender"], _minute(asked["at"]), octets, _hops(asked))
    teller = Teller(config, question, directory)
    return [teller.story(recipient) for recipient in asked["recipients"]]


def _hops(asked: Asked) -> Mapping[str, Capabilities]:
    capabilities = asked["capabilities"]
    if capabilities is None:
        return HOPS
    return {f"offers {' '.join(capabilities.keywords) or 'nothing'}": capabilities}


def _origin(config: Config, asked: Asked) -> Origin:
    client = asked["client"]
    trusted = client is None or in_networks(str(client), config.trusted_networks)
    return Origin(asked["listener"], "" if client is None else str(client), trusted=trusted)


def _minute(given: TimeOfDay | None) -> int:
    if given is not None:
        return given.minute
    local = time.localtime(now())
    return local.tm_hour * 60 + local.tm_min
