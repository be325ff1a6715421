"""Hosts that refuse, decline and break off: every delivery gets one outcome, and what can arrive arrives."""

from dataclasses import replace
from pathlib import Path

from gateway.cli.sink.server import PLAIN, SinkServer
from gateway.mail.message import State
from tests.support.relay_world import ASCII, UTF8, relays, world

NO_UTF8 = PLAIN.without("SMTPUTF8")
A, B = "a@legacy.example", "b@legacy.example"
FIELD = "Message-ID: <größer@home.example>\r\n".encode() + UTF8
"""No ASCII form: a Message-ID is not rewritten."""


def got(sink: SinkServer) -> list[str]:
    return sorted(each.address for message in sink.messages for each in message.recipients)


async def test_one_is_refused_for_utf8_while_the_connection_breaks_for_another(tmp_path: Path) -> None:
    behaviour = replace(PLAIN, recipients={A: "550 5.6.7 no UTF-8 for me", B: "421 4.3.2 closing"})
    async with SinkServer(behaviour) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, B)
        await relay.attempt()
        left = relay.open()
        assert {str(left[B].delivery.state)} == {"deferred"}, "it was left to the next host, of which there is none"
        assert A in left or A in relay.finished()


async def test_what_was_delivered_does_not_fail_with_what_cannot_be_rewritten(tmp_path: Path) -> None:
    behaviour = replace(PLAIN, recipients={B: "550 5.6.9 no UTF-8 headers for me"})
    async with SinkServer(behaviour) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, B, octets=FIELD)
        await relay.attempt()
        assert got(sink) == [A]
        assert relay.finished() == {A: "delivered", B: "failed"}
        [report] = relay.report_texts()
        assert report.count(b"Action: failed") == 1


async def test_what_one_host_refuses_for_utf8_another_takes_unchanged(tmp_path: Path) -> None:
    refusing = replace(PLAIN, replies={"MAIL": "550 5.6.7 not now, not ever"})
    async with (
        SinkServer(refusing) as first,
        SinkServer() as second,
        world(tmp_path, relays("auto", legacy=[first, second])) as relay,
    ):
        await relay.offer(A)
        await relay.attempt()
        assert got(second) == [A]
        assert second.messages[0].smtputf8


async def test_what_one_host_will_not_take_now_another_takes(tmp_path: Path) -> None:
    full = replace(PLAIN, replies={"MAIL": "452 4.3.1 disk full"})
    async with (
        SinkServer(full) as first,
        SinkServer() as second,
        world(tmp_path, relays(legacy=[first, second])) as relay,
    ):
        await relay.offer(A, octets=ASCII)
        assert await relay.attempt() == [None]
        assert got(second) == [A]


async def test_a_host_that_declines_is_asked_once_and_believed(tmp_path: Path) -> None:
    grey = replace(PLAIN, recipients={A: "450 4.2.0 come back"})
    async with SinkServer(grey) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(B, octets=ASCII)
        await relay.attempt()
        await relay.offer(A, octets=ASCII)
        assert await relay.attempt() == [None], "the hop is not in trouble"
        waiting = relay.open()[A].delivery
        assert waiting.state is State.DEFERRED
        assert "come back" in waiting.last_reply
        assert waiting.attempts == 1
        await relay.transport.close()
        assert len(sink.messages) == 1


async def test_what_waits_at_a_capable_host_does_not_fail_at_one_that_lacks_it(tmp_path: Path) -> None:
    grey = replace(PLAIN, recipients={A: "450 4.2.0 come back"})
    async with (
        SinkServer(grey) as first,
        SinkServer(NO_UTF8) as second,
        world(tmp_path, relays("auto", legacy=[first, second])) as relay,
    ):
        await relay.offer(A)
        await relay.attempt()
        assert relay.open()[A].delivery.state is State.DEFERRED
        assert relay.report_texts() == []


async def test_a_host_that_turns_us_away_for_good_is_not_waited_for(tmp_path: Path) -> None:
    closed = replace(PLAIN, replies={"CONNECT": "521 5.3.2 no mail here"})
    async with (
        SinkServer(closed) as first,
        SinkServer(NO_UTF8) as second,
        world(tmp_path, relays("auto", legacy=[first, second])) as relay,
    ):
        await relay.offer(A)
        await relay.attempt()
        assert relay.finished() == {A: "failed"}


async def test_two_recipients_of_different_needs_are_two_transactions(tmp_path: Path) -> None:
    async with SinkServer(NO_UTF8) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, "jörg@legacy.example", octets=ASCII)
        await relay.attempt()
        assert got(sink) == [A]
        assert relay.finished() == {A: "delivered", "jörg@legacy.example": "failed"}
