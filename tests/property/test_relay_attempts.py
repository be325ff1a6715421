"""Whatever the hosts of a hop do: one outcome per delivery, nothing unfit is sent, and one line for each failure."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.sink.server import PLAIN, Behaviour, SinkServer
from gateway.mail.message import State
from tests.support.relay_world import ASCII, UTF8, relays, world

ADDRESSES = ("a@legacy.example", "b@legacy.example", "jörg@legacy.example", "ö@legacy.example")
EIGHTBIT = (
    b"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xc3\xb6\r\n"
)
STUBBORN = "Message-ID: <ö@home.example>\r\n".encode() + UTF8
"""Has no ASCII form."""
ANSWERS = (
    "250 2.1.5 fine",
    "550 5.6.7 no UTF-8",
    "250 2.1.5 fine, too",
    "450 4.2.0 later",
    "550 5.1.1 nobody",
    "550 5.6.7 no UTF-8",
    "421 4.3.2 closing",
    "555 5.5.4 parameters",
)

answers = st.sampled_from(ANSWERS)
lacking = st.sampled_from(
    [(), ("SMTPUTF8",), ("SMTPUTF8", "8BITMIME"), ("PIPELINING",), ("CHUNKING", "DSN"), ("SIZE",)]
)
troubles: st.SearchStrategy[Behaviour] = st.sampled_from(
    [
        PLAIN,
        PLAIN,
        replace(PLAIN, replies={"MAIL": "452 4.3.1 full"}),
        replace(PLAIN, replies={"MAIL": "550 5.6.7 no UTF-8"}),
        replace(PLAIN, replies={"CONNECT": "421 4.3.2 not now"}),
        replace(PLAIN, replies={"CONNECT": "521 5.3.2 never"}),
        replace(PLAIN, replies={".": "451 4.3.0 oops"}),
        replace(PLAIN, replies={".": "554 5.6.9 no UTF-8"}),
        replace(PLAIN, drop_after="DATA"),
        replace(PLAIN, drop_after="RCPT"),
        replace(PLAIN, close_after_message=True),
        replace(PLAIN, size=100),
    ]
)


@st.composite
def behaviours(draw: st.DrawFn) -> Behaviour:
    said = {address: draw(answers) for address in ADDRESSES}
    recipients = {address: text for address, text in said.items() if not text.startswith("250")}
    return replace(draw(troubles).without(*draw(lacking)), recipients=recipients)


hosts = st.lists(behaviours(), min_size=1, max_size=3) | st.lists(behaviours() | st.none(), min_size=1, max_size=3)
recipients = st.lists(st.sampled_from(ADDRESSES), min_size=2, max_size=4, unique=True)
contents = st.sampled_from([STUBBORN, UTF8, ASCII, EIGHTBIT])
policies = st.sampled_from(["downgrade", "auto", "downgrade", "strict", "never"])


async def run(described: Sequence[Behaviour | None], to: list[str], octets: bytes, policy: str) -> None:
    async with AsyncExitStack() as stack:
        sinks = [9 if each is None else await stack.enter_async_context(SinkServer(each)) for each in described]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        relay = await stack.enter_async_context(world(folder, relays(policy, legacy=sinks)))
        for _ in range(2):
            await relay.offer(*to, octets=octets)
            await relay.attempt("relay:legacy")
        arrived = [message for sink in sinks if isinstance(sink, SinkServer) for message in sink.messages]
        assert [message.violations for message in arrived if message.violations] == []

        waiting = [e.delivery for e in relay.entries() if e.message.subject_to_report]
        ended = relay.history()
        assert len(waiting) + len(ended) == 2 * len(to), "one outcome each"
        assert {one.state for one in waiting} <= {State.DEFERRED}
        assert {one.attempts for one in waiting} <= {1}
        delivered = [e for e in ended if e.delivery.state is State.DELIVERED]
        assert len(delivered) == sum(len(message.recipients) for message in arrived), "one message each"

        failures = len(ended) - len(delivered)
        assert sum(text.count(b"Action: failed") for text in relay.report_texts()) == failures


@settings(deadline=None, max_examples=40)
@given(hosts, recipients, contents, policies)
def test_every_delivery_has_one_outcome(
    described: Sequence[Behaviour | None], to: list[str], octets: bytes, policy: str
) -> None:
    asyncio.run(run(described, to, octets, policy))
