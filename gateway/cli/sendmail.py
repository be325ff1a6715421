"""`gateway sendmail`: takes a message on standard input, as cron, PHP and mail programs call it."""

import getpass
import re
import sys
from dataclasses import dataclass
from email.utils import formataddr, getaddresses
from pathlib import Path

import click

from gateway.app.submit import Refused, Submission, submit
from gateway.cli.common import load_config
from gateway.cli.root import Failure, Misuse
from gateway.mail.address import NULL_PATH, Address, BadAddress, ReversePath, parse_address
from gateway.mail.domain import Domain
from gateway.mail.envelope import Body, MailOptions, Notify, Recipient, Ret
from gateway.mail.octets import MemoryOctets
from gateway.mime.header import header_block, header_fields

_RECIPIENTS = ("to", "cc", "bcc")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for."""

    sender: str | None
    name: str | None
    recipients: tuple[str, ...]
    from_header: bool
    dots: bool
    notify: str | None
    ret: str | None


@click.command("sendmail")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="The configuration file.")
@click.option("-f", "-r", "sender", metavar="ADDRESS", help="The envelope sender; '<>' or '' for none.")
@click.option("-F", "name", metavar="NAME", help="The sender's name, for a From field that is missing.")
@click.option("-t", "from_header", is_flag=True, help="Read recipients from To, Cc and Bcc; Bcc is taken out.")
@click.option("-i", "ignore_dots", is_flag=True, help="A line with a single dot does not end the message.")
@click.option("-o", "options", multiple=True, metavar="OPTION", help="-oi as -i; others are taken for compatibility.")
@click.option("-N", "notify", metavar="WHEN", help="Reports wanted: never, or of success, failure, delay.")
@click.option("-R", "ret", metavar="WHAT", help="What a report returns: full or hdrs.")
@click.option("-B", "-b", "-V", "-X", "-L", "_other", multiple=True, hidden=True)
@click.option("-v", "-n", "-U", "-G", "_flag", is_flag=True, hidden=True)
@click.argument("recipients", nargs=-1, metavar="[ADDRESS]...")
def command(
    *,
    config: Path | None,
    sender: str | None,
    name: str | None,
    from_header: bool,
    ignore_dots: bool,
    options: tuple[str, ...],
    notify: str | None,
    ret: str | None,
    recipients: tuple[str, ...],
    _other: tuple[str, ...],
    _flag: bool,
) -> None:
    """Take a message on standard input and put it into the queue.

    The running gateway takes it; when none runs, it goes straight into the queue and out when the gateway starts.

    \b
    Examples:
      echo 'Subject: hello' | gateway sendmail al@legacy.example
      gateway sendmail -t -i < message.eml
      sendmail_path = "/usr/bin/gateway sendmail -t -i"     (php.ini)
    """
    dots = ignore_dots or "i" in options
    wishes = Wishes(sender, name, recipients, from_header, dots, notify, ret)
    loaded = load_config(config)
    submission = _submission(wishes, _with_crlf(_read(dots=dots)), loaded.hostname)
    try:
        submit(loaded, submission)
    except Refused as error:
        raise Failure(f"gateway sendmail: {error}") from error


def _read(*, dots: bool) -> bytes:
    data = sys.stdin.buffer.read()
    if dots:
        return data
    end = re.search(rb"(?:\A|(?<=\n))\.\r?\n", data)
    return data[: end.start()] if end else data


def _with_crlf(data: bytes) -> bytes:
    return re.sub(rb"\r?\n", b"\r\n", data)


def _submission(wishes: Wishes, octets: bytes, hostname: Domain) -> Submission:
    sender = _sender(wishes.sender, hostname)
    addresses = [_address(text, hostname) for text in wishes.recipients]
    if wishes.from_header:
        addresses += _addressees(octets, hostname)
        octets = _without_bcc(octets)
    if not addresses:
        raise Misuse("gateway sendmail: nobody to send to: name recipients, or give -t and a To field")
    if header_block(MemoryOctets(octets)).first("from") is None and isinstance(sender, Address):
        octets = f"From: {formataddr((wishes.name or '', sender.wire))}\r\n".encode() + octets
    notify = _notify(wishes.notify)
    recipients = tuple(Recipient(address, notify) for address in dict.fromkeys(addresses))
    utf8 = not all(a.is_ascii for a in addresses)
    options = MailOptions(None if octets.isascii() else Body.EIGHTBITMIME, smtputf8=utf8, ret=_ret(wishes.ret))
    return Submission(sender, recipients, options, octets)


def _sender(text: str | None, hostname: Domain) -> ReversePath:
    if text is None:
        return _address(getpass.getuser(), hostname)
    return NULL_PATH if text in ("", "<>") else _address(text, hostname)


def _address(text: str, hostname: Domain) -> Address:
    """An address, with our hostname where it has no domain."""
    text = text.strip().removeprefix("<").removesuffix(">")
    try:
        return parse_address(text if "@" in text else f"{text}@{hostname.ascii}")
    except BadAddress as error:
        raise Failure(f"gateway sendmail: {text}: {error}") from error


def _addressees(octets: bytes, hostname: Domain) -> list[Address]:
    source = MemoryOctets(octets)
    values = [
        octets[field.value.start : field.value.stop].decode("utf-8", "replace")
        for field in header_fields(source)
        if field.name.lower() in _RECIPIENTS
    ]
    return [_address(address, hostname) for _, address in getaddresses(values) if address]


def _without_bcc(octets: bytes) -> bytes:
    for field in reversed(header_fields(MemoryOctets(octets))):
        if field.name.lower() == "bcc":
            octets = octets[: field.start] + octets[field.stop :]
    return octets


def _notify(text: str | None) -> frozenset[Notify] | None:
    if text is None:
        return None
    try:
        return frozenset(Notify(word.strip().upper()) for word in text.split(","))
    except ValueError as error:
        raise Misuse("gateway sendmail: -N takes never, or some of success,failure,delay") from error


def _ret(text: str | None) -> Ret | None:
    try:
        return Ret(text.upper()) if text else None
    except ValueError as error:
        raise Misuse("gateway sendmail: -R takes full or hdrs") from error
