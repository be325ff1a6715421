"""The relay in this process, over a real queue and a real transport: only the time is the test's."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from typing_extensions import override

from gateway.accounts.protocol import Directory, Meter
from gateway.app.build import setup_of
from gateway.cli.sink.server import SinkServer
from gateway.deliver.config import DeliverConfig
from gateway.deliver.transport import SmtpTransport
from gateway.inspect.result import Inspection
from gateway.mail.address import NULL_PATH, ReversePath, parse_address
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.origin import Origin
from gateway.mail.outcome import Deferred
from gateway.mail.reply import Reply
from gateway.mail.units import Seconds, Timestamp
from gateway.queue.config import QueueConfig
from gateway.queue.engine import EmbeddedQueue
from gateway.queue.protocol import Claimed, Queue
from gateway.queue.shards import open_shard
from gateway.queue.stored import Entry, StoredShard, stored_shards
from gateway.relay.acceptance import Draft
from gateway.relay.carry import MailCarrier, Tools
from gateway.relay.handover import Handover
from gateway.relay.intake import Intake
from gateway.relay.journal import Journal
from gateway.relay.lane import Job
from gateway.relay.no_accounts import NO_ACCOUNTS
from gateway.settings.load import load_octets
from gateway.settings.secrets import Surroundings
from gateway.telemetry.board import Board
from gateway.telemetry.logs import get_logger
from gateway.telemetry.metrics import Metrics
from tests.contract.transport_support import OWN, QUICK, transport

START = Timestamp(1_800_000_000.0)
TRUSTED = Origin("mx", "127.0.0.1", trusted=True)
STRANGER = Origin("mx", "192.0.2.9")
UTF8 = "Subject: größer\r\nFrom: a@home.example\r\n\r\nhello\r\n".encode()
ASCII = b"Subject: hello\r\nFrom: a@home.example\r\n\r\nhello\r\n"
HEAD = """\
hostname: mail.home.example
listeners: [{name: mx, protocol: smtp, bind: "127.0.0.1:2525"}]
trusted_networks: [127.0.0.0/8]
"""
_numbers = count(1)
_UTF8_SAID = MailOptions(smtputf8=True)


class Nothing(Handover):
    """Grants nothing: all that is accepted stays in the queue."""

    @override
    def grant(self, hop_keys: Iterable[str]) -> Collection[str]:
        return ()

    @override
    def submit(self, queue: Queue, claimed: Claimed, inspection: Inspection | None = None) -> None:
        raise AssertionError("nothing was granted")

    @override
    def wake(self) -> None:
        """There is nobody to wake."""


@dataclass
class World:
    """`now` is what the relay's clock says."""

    folder: Path
    queue: EmbeddedQueue
    transport: SmtpTransport
    intake: Intake
    carrier: MailCarrier
    tools: Tools
    now: Timestamp = START

    async def offer(
        self,
        *recipients: str,
        octets: bytes = UTF8,
        sender: str | None = "a@home.example",
        origin: Origin = TRUSTED,
        options: MailOptions = _UTF8_SAID,
    ) -> Sequence[Reply]:
        """What is answered to RCPT where that is a refusal, else at the end of DATA."""
        path: ReversePath = NULL_PATH if sender is None else parse_address(sender)
        draft = self.intake.begin(origin, path, options)
        assert isinstance(draft, Draft), draft
        answers = [await self.intake.recipient(draft, Recipient(parse_address(each))) for each in recipients]
        refusals = [answer for answer in answers if not answer.positive]
        return refusals or await self.intake.finish(draft, octets)

    async def large(self, *recipients: str, pieces: Sequence[bytes], origin: Origin = TRUSTED) -> Reply:
        """What is answered at the end of a message that comes by way of a file, in these pieces."""
        draft = self.intake.begin(origin, parse_address("al@home.example"), MailOptions(smtputf8=True))
        assert isinstance(draft, Draft), draft
        for each in recipients:
            assert (await self.intake.recipient(draft, Recipient(parse_address(each)))).positive
        spool = self.intake.spool(draft)
        for piece in pieces:
            await spool.write(piece)
        [answer] = await self.intake.finish(draft, await spool.finish())
        return answer

    def octets(self) -> list[bytes]:
        """The messages in the queue."""
        with stored_shards(self.folder) as (shard,):
            found = [shard.octets(key) for key in sorted({entry.delivery.id >> 16 for entry in shard.entries()})]
        return [octets.read(0, len(octets)) for octets in found if octets is not None]

    async def attempt(self, *hops: str) -> list[Deferred | None]:
        """Attempt all that is due for these hops, or for all; returns what each attempt says of its hop."""
        jobs = [
            Job(self.queue, claimed)
            for hop in hops or [ripe.hop_key for ripe in self.queue.ripe(self.now)]
            for claimed in await self.queue.claim(hop, self.now, 1000)
        ]
        return [await self.carrier.attempt(job) for job in jobs]

    def shard(self, read: Callable[[StoredShard], Iterable[Entry]]) -> list[Entry]:
        """Entries, as an operator reads them."""
        with stored_shards(self.folder) as (shard,):
            return list(read(shard))

    def entries(self) -> list[Entry]:
        """What is in the queue."""
        return self.shard(StoredShard.entries)

    def history(self) -> list[Entry]:
        """What has left it."""
        return self.shard(StoredShard.finished)

    def open(self) -> dict[str, Entry]:
        """What is in the queue, by recipient."""
        return {str(e.delivery.recipient.address): e for e in self.entries()}

    def finished(self) -> dict[str, str]:
        """What is in the history: recipient and state."""
        return {str(e.delivery.recipient.address): str(e.delivery.state) for e in self.history()}

    def report_texts(self) -> list[bytes]:
        """The reports that wait in the queue."""
        with stored_shards(self.folder) as (shard,):
            keys = {e.delivery.id >> 16 for e in shard.entries() if not e.message.subject_to_report}
            found = [shard.octets(key) for key in keys]
            return [octets.read(0, len(octets)) for octets in found if octets is not None]


@asynccontextmanager
async def world(
    folder: Path, text: str, directory: Directory = NO_ACCOUNTS, meter: Meter | None = None
) -> AsyncIterator[World]:
    """A relay with this configuration below `HEAD`."""
    config = load_octets((HEAD + text).encode(), "f", Surroundings(folder, {})).config
    queue = await open_shard(folder, 0, QueueConfig(lease=Seconds(600)), START)
    await queue.refresh(START)
    metrics = Metrics(Board(folder / "metrics", f"t{next(_numbers)}"))
    async with transport(DeliverConfig(timeouts=QUICK), own=OWN) as carrier:
        made: World
        tools = Tools(carrier, Journal(get_logger("test"), metrics), lambda: made.now, lambda: 0.5)
        setup = setup_of(config, directory, meter)
        made = World(folder, queue, carrier, Intake(setup, queue, Nothing(), tools), MailCarrier(setup, tools), tools)
        yield made
    await queue.close()


def relays(policy: str = "downgrade", **hosts: Sequence[SinkServer | int]) -> str:
    """Relays and routes: mail for NAME.example goes to the hosts of that name, the first preferred.

    What goes to the senders, at home.example, is held.
    """
    lines = ["relays:"]
    for name, sinks in hosts.items():
        ports = [each if isinstance(each, int) else each.port for each in sinks]
        listed = ", ".join(f"{{host: 127.0.0.1, port: {port}, priority: {n}}}" for n, port in enumerate(ports, 1))
        lines.append(f"  {name}: {{hosts: [{listed}], tls: none}}")
    lines.append("routes:")
    for name in hosts:
        when = f"when: {{recipient_domain: [{name}.example]}}"
        lines.append(f"  - {{name: {name}, {when}, deliver: {{relay: {name}}}, smtputf8: {policy}}}")
    lines.append("  - {name: home, when: {recipient_domain: [home.example]}, deliver: hold}")
    return "\n".join(lines) + "\n"
