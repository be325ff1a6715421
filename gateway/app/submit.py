"""Putting a message into the queue from this machine: over the running gateway's listener, or straight into a shard.

A running gateway is asked first, so that users without rights on the data folder can send too. When none runs, the
message is committed to a shard that nobody owns, by the same intake, and goes out when the gateway starts.
"""

import asyncio
import smtplib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from gateway.accounts.control.opening import open_directory, prepare
from gateway.accounts.protocol import AccountsUnavailable
from gateway.app import clock
from gateway.app.accounts import configured
from gateway.app.build import own_identity, setup_of
from gateway.app.sockets import split
from gateway.deliver.transport import SmtpTransport
from gateway.inspect.result import Inspection
from gateway.listen.config import ListenerProtocol, ListenerTls
from gateway.mail.address import Address, ReversePath
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.reply import Reply
from gateway.net.dns import Resolver
from gateway.queue.engine import EmbeddedQueue
from gateway.queue.opening import ShardOwned
from gateway.queue.protocol import Claimed, Queue, QueueUnavailable
from gateway.queue.shards import open_shard
from gateway.relay.acceptance import Draft
from gateway.relay.carry import Tools
from gateway.relay.handover import Handover
from gateway.relay.intake import Intake
from gateway.relay.journal import Journal
from gateway.relay.origins import LOCAL
from gateway.settings.config import Config
from gateway.storage.migration import SchemaTooNew
from gateway.telemetry.board import Board
from gateway.telemetry.logs import get_logger
from gateway.telemetry.metrics import Metrics

SHARDS = 100
"""Shards that are tried for one that nobody owns."""


class Refused(Exception):
    """The message was not taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A message with CRLF line ends, and its envelope."""

    sender: ReversePath
    recipients: tuple[Recipient, ...]
    options: MailOptions
    octets: bytes


class Nobody(Handover):
    """Nobody delivers here: all mail waits in the queue."""

    @override
    def grant(self, hop_keys: Iterable[str]) -> Collection[str]:
        return ()

    @override
    def submit(self, queue: Queue, claimed: Claimed, inspection: Inspection | None = None) -> None:
        """Nothing is granted, so nothing comes."""

    @override
    def wake(self) -> None:
        """Nobody sleeps."""


def submit(config: Config, submission: Submission) -> None:
    """Put it into the queue. Raises Refused; it is durable when this returns."""
    if not _over_smtp(config, submission):
        asyncio.run(_into_shard(config, submission))


def _over_smtp(config: Config, submission: Submission) -> bool:
    """False: no gateway listens here."""
    for listener in config.listeners:
        if listener.protocol not in (ListenerProtocol.SUBMISSION, ListenerProtocol.SMTP) or listener.proxy_protocol:
            continue
        if listener.tls is ListenerTls.IMPLICIT:
            continue
        host, port = split(listener.bind)
        try:
            with smtplib.SMTP(host, port, timeout=60) as client:
                _transact(client, submission)
        except ConnectionRefusedError:
            continue
        except (smtplib.SMTPException, OSError) as error:
            raise Refused(_in_words(error)) from error
        return True
    return False


def _transact(client: smtplib.SMTP, submission: Submission) -> None:
    client.ehlo("localhost")
    options = [] if submission.octets.isascii() else ["BODY=8BITMIME"]
    texts = [_wire(submission.sender), *(_wire(r.address) for r in submission.recipients)]
    if not all(text.isascii() for text in texts):
        options.append("SMTPUTF8")
        client.command_encoding = "utf-8"
    if submission.options.ret is not None:
        options.append(f"RET={submission.options.ret}")
    notify = submission.recipients[0].notify
    wanted = [f"NOTIFY={','.join(sorted(notify))}"] if notify else []
    client.sendmail(texts[0], texts[1:], submission.octets, options, wanted)


def _wire(path: ReversePath) -> str:
    return path.wire if isinstance(path, Address) else ""


def _in_words(error: Exception) -> str:
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return "; ".join(
                f"{who}: {code} {text.decode('ascii', 'replace')}" for who, (code, text) in refused.items()
            )
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):
            return f"{code} {_text(text)}"
        case _:
            return str(error)


def _text(said: bytes | str) -> str:
    return said.decode("ascii", "replace") if isinstance(said, bytes) else said


async def _into_shard(config: Config, submission: Submission) -> None:
    try:
        prepare(config.data)
    except (AccountsUnavailable, SchemaTooNew) as error:
        raise Refused(f"no gateway runs here, and its accounts cannot be read: {error}") from error
    queue = await _free_shard(config)
    transport = SmtpTransport(config.delivery, Resolver(config.dns), own_identity(config))
    metrics = Metrics(Board(config.data / "run" / "metrics", "sendmail"))
    tools = Tools(transport, Journal(get_logger("sendmail"), metrics), clock.now, clock.jitter)
    directory = open_directory(config.data, configured(config))
    intake = Intake(setup_of(config, directory), queue, Nobody(), tools)
    try:
        await _take(intake, submission)
    finally:
        await transport.close()
        await queue.close()
        directory.close()


async def _take(intake: Intake, submission: Submission) -> None:
    draft = intake.begin(LOCAL, submission.sender, submission.options)
    if not isinstance(draft, Draft):
        raise Refused(str(draft))
    refusals = [answer for r in submission.recipients if not (answer := await intake.recipient(draft, r)).positive]
    if refusals:
        raise Refused("; ".join(map(str, refusals)))
    answers: Iterable[Reply] = await intake.finish(draft, submission.octets)
    for answer in answers:
        if not answer.positive:
            raise Refused(str(answer))


async def _free_shard(config: Config) -> EmbeddedQueue:
    for number in range(SHARDS):
        try:
            return await open_shard(config.data, number, config.queue, clock.now())
        except ShardOwned:
            continue
        except QueueUnavailable as error:
            raise Refused(f"no gateway runs here, and its queue cannot be written: {error}") from error
    raise Refused(f"no gateway answers, and all shards in {Path(config.data)} are in use; try again later")
