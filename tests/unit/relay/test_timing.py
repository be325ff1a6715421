"""The time of delivery that senders ask for, through the relay over a real queue: only the clock is the test's."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.sink.server import PLAIN, SinkServer
from gateway.mail.address import parse_address
from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import ByMode, DeliverBy, HoldFor, HoldUntil, MailOptions, Notify, Recipient
from gateway.mail.message import State
from gateway.mail.units import Seconds, Timestamp
from gateway.queue.stored import stored_shards
from gateway.relay.acceptance import Draft
from gateway.relay.timing import Deadline, by_priority
from gateway.route.retry import Retry
from tests.support.relay_world import ASCII, START, STRANGER, TRUSTED, World, relays, world

A = "a@legacy.example"
KNOWING = replace(PLAIN, extensions=PLAIN.extensions | {"DELIVERBY", "MT-PRIORITY"})
RETURN, NOTIFY = ByMode.RETURN, ByMode.NOTIFY
DAY = 86_400
SENDER = parse_address("a@home.example")


def by(seconds: int, mode: ByMode, *, trace: bool = False) -> MailOptions:
    return MailOptions(deliver_by=DeliverBy(seconds, mode, trace))


async def at(relay: World, seconds: float) -> None:
    """Attempt what is due then."""
    relay.now = Timestamp(START + seconds)
    await relay.queue.refresh(relay.now)
    await relay.attempt()


async def test_held_mail_waits_for_its_release_and_says_why(tmp_path: Path) -> None:
    async with SinkServer() as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, octets=ASCII, options=MailOptions(hold=HoldFor(3600)))
        entry = relay.open()[A]
        assert (entry.delivery.state, entry.delivery.due) == (State.QUEUED, START + 3600)
        assert "FUTURERELEASE" in entry.delivery.hold_reason
        await at(relay, 3599)
        assert relay.open()[A].delivery.attempts == 0
        await at(relay, 3600)
        assert relay.finished() == {A: "delivered"}
        assert sink.messages[0].parameters == ("SIZE=" + str(sink.messages[0].size),)


async def test_an_operator_releases_held_mail(tmp_path: Path) -> None:
    async with SinkServer() as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, octets=ASCII, options=MailOptions(hold=HoldUntil(Timestamp(START + DAY))))
        with stored_shards(tmp_path) as (shard,):
            assert shard.retry([relay.open()[A].delivery.id], relay.now) == 1
        assert relay.open()[A].delivery.hold_reason == ""
        await at(relay, 1)
        assert relay.finished() == {A: "delivered"}


async def test_a_release_in_the_past_is_no_wait(tmp_path: Path) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer(A, octets=ASCII, options=MailOptions(hold=HoldUntil(Timestamp(5))))
        assert relay.open()[A].delivery.due == START


async def test_all_that_waits_counts_from_the_release(tmp_path: Path) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer(A, octets=ASCII, options=MailOptions(hold=HoldFor(30 * DAY)))
        await at(relay, 30 * DAY)
        waiting = relay.open()[A].delivery
        assert (waiting.state, waiting.delay_told) == (State.DEFERRED, False)
        assert waiting.due == START + 30 * DAY + 300
        await at(relay, 30 * DAY + 4 * 3600)
        assert relay.open()[A].delivery.delay_told
        await at(relay, 36 * DAY)
        assert relay.finished() == {A: "failed"}
        texts = relay.report_texts()
        assert all(b"Future-Release-Request: for;2592000\r\n" in text for text in texts)
        assert any(b"given up after 144 hours" in text.replace(b"\r\n", b"") for text in texts)


async def test_mail_to_be_returned_when_late_fails_at_its_deadline(tmp_path: Path) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer(A, octets=ASCII, options=by(100, RETURN))
        await at(relay, 0)
        assert relay.open()[A].delivery.due == START + 100, "the next retry would be later"
        await at(relay, 100)
        assert relay.finished() == {A: "failed"}
        [text] = relay.report_texts()
        assert b"Status: 5.4.7\r\n" in text
        assert b"Deliver-By-Date: Fri, 15 Jan 2027 08:01:40 +0000\r\n" in text


async def test_late_mail_does_not_go_to_a_host_that_would_take_it(tmp_path: Path) -> None:
    async with SinkServer(KNOWING) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, octets=ASCII, options=by(100, RETURN))
        await at(relay, 101)
        assert relay.finished() == {A: "failed"}
        assert not sink.messages


async def test_late_mail_of_mode_n_is_told_of_once_and_goes_on(tmp_path: Path) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer(A, octets=ASCII, options=by(100, NOTIFY))
        await at(relay, 0)
        assert relay.open()[A].delivery.due == START + 100
        assert not relay.report_texts()
        await at(relay, 100)
        [text] = relay.report_texts()
        assert b"Action: delayed\r\nStatus: 4.4.7\r\n" in text
        assert relay.open()[A].delivery.state is State.DEFERRED
        await at(relay, 5 * 3600)
        assert len(relay.report_texts()) == 1


@pytest.mark.parametrize(("mode", "left"), [(RETURN, 100 - 40), (NOTIFY, 100 - 40), (RETURN, -20), (NOTIFY, -20)])
async def test_the_time_to_deliver_by_counts_from_mail_not_from_the_end_of_the_data(
    tmp_path: Path, mode: ByMode, left: int
) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        draft = relay.intake.begin(TRUSTED, SENDER, by(100, mode))
        assert isinstance(draft, Draft)
        await relay.intake.recipient(draft, Recipient(parse_address(A)))
        relay.now = Timestamp(START + 100 - left)
        await relay.intake.finish(draft, ASCII)
        assert relay.open()[A].message.options == by(left, mode)
        await at(relay, 100 - left)
        assert (relay.finished() == {A: "failed"}) == (mode is RETURN and left < 0)


@pytest.mark.parametrize(("seconds", "date"), [(0, "08:00:00"), (-50, "07:59:10")])
async def test_mode_n_whose_time_was_over_is_told_of_when_it_has_to_wait(
    tmp_path: Path, seconds: int, date: str
) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer(A, octets=ASCII, options=by(seconds, NOTIFY))
        await at(relay, 0)
        assert relay.open()[A].delivery.due == START + 300
        [text] = relay.report_texts()
        assert b"Action: delayed\r\nStatus: 4.4.7\r\n" in text
        assert f"Deliver-By-Date: Fri, 15 Jan 2027 {date} +0000\r\n".encode() in text


async def test_the_time_to_deliver_by_counts_from_the_arrival_of_held_mail(tmp_path: Path) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        await relay.offer(A, octets=ASCII, options=replace(by(100, RETURN), hold=HoldFor(60)))
        await at(relay, 60)
        assert relay.open()[A].delivery.due == START + 100
        await at(relay, 100)
        [text] = relay.report_texts()
        assert b"Status: 5.4.7\r\n" in text
        assert b"Deliver-By-Date: Fri, 15 Jan 2027 08:01:40 +0000\r\n" in text
        assert b"Future-Release-Request: for;60\r\n" in text


@pytest.mark.parametrize(("asked", "said"), [(by(100, RETURN), "BY=60;R"), (by(10, NOTIFY, trace=True), "BY=-30;NT")])
async def test_the_time_that_is_left_is_passed_on(tmp_path: Path, asked: MailOptions, said: str) -> None:
    async with SinkServer(KNOWING) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, octets=ASCII, options=replace(asked, priority=4))
        await at(relay, 40)
        assert set(sink.messages[0].parameters) >= {said, "MT-PRIORITY=4"}
        texts = relay.report_texts()
        assert len(texts) == ("T" in said)
        assert all(b"Action: relayed\r\n" in text for text in texts)


async def test_a_host_that_promises_nothing_gets_no_mail_to_be_returned_when_late(tmp_path: Path) -> None:
    async with (
        SinkServer() as plain,
        SinkServer(KNOWING) as sink,
        world(tmp_path, relays(legacy=[plain, sink])) as relay,
    ):
        await relay.offer(A, octets=ASCII, options=by(100, RETURN))
        await at(relay, 1)
        assert (len(plain.messages), len(sink.messages)) == (0, 1)
    async with SinkServer() as plain, world(tmp_path / "other", relays(legacy=[plain])) as relay:
        await relay.offer(A, octets=ASCII, options=by(100, RETURN))
        await at(relay, 1)
        assert relay.finished() == {A: "failed"}
        [text] = relay.report_texts()
        assert b"Status: 5.4.7\r\n" in text
        assert not plain.messages


@pytest.mark.parametrize(("notify", "reports"), [(None, 1), (Notify.FAILURE, 1), (Notify.NEVER, 0)])
async def test_mode_n_is_relayed_to_a_host_that_does_not_know_it_and_its_sender_told(
    tmp_path: Path, notify: Notify | None, reports: int
) -> None:
    async with SinkServer() as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        draft = relay.intake.begin(TRUSTED, SENDER, by(100, NOTIFY))
        assert isinstance(draft, Draft)
        asked = None if notify is None else frozenset({notify})
        await relay.intake.recipient(draft, Recipient(parse_address(A), asked))
        await relay.intake.finish(draft, ASCII)
        await at(relay, 1)
        assert relay.finished() == {A: "delivered"}
        assert len(relay.report_texts()) == reports


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (None, {"NOTIFY=DELAY,FAILURE"}),
        ({Notify.SUCCESS}, {"NOTIFY=DELAY,SUCCESS"}),
        ({Notify.NEVER}, {"NOTIFY=NEVER"}),
    ],
)
@pytest.mark.parametrize(("knows", "waits"), [(False, 1), (False, 101), (True, 1)])
async def test_a_host_that_knows_only_dsn_is_asked_to_report_delays(
    tmp_path: Path, *, asked: set[Notify] | None, said: set[str], knows: bool, waits: int
) -> None:
    host = replace(PLAIN, extensions=PLAIN.extensions | {"DSN"} | ({"DELIVERBY"} if knows else set()))
    async with SinkServer(host) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        draft = relay.intake.begin(TRUSTED, SENDER, by(100, NOTIFY))
        assert isinstance(draft, Draft)
        await relay.intake.recipient(draft, Recipient(parse_address(A), None if asked is None else frozenset(asked)))
        await relay.intake.finish(draft, ASCII)
        await at(relay, waits)
        left_to_it = not knows and waits < 100
        usual = set() if asked is None else {f"NOTIFY={kind}" for kind in asked}
        assert set(sink.messages[0].recipients[0].parameters) == (said if left_to_it else usual)
        told = [text for text in relay.report_texts() if b"Action: relayed\r\n" in text]
        assert len(told) == (left_to_it and asked != {Notify.NEVER})


def test_a_host_that_takes_longer_is_refused() -> None:
    deadline = Deadline(DeliverBy(100, RETURN), Timestamp(START + 100), lambda: Timestamp(START + 50.5))
    assert deadline.left() == DeliverBy(49, RETURN)
    assert deadline.refusal("h", Capabilities({"DELIVERBY": ""})) is None
    assert deadline.refusal("h", Capabilities({"DELIVERBY": "49"})) is None
    assert deadline.refusal("h", Capabilities({"DELIVERBY": "nonsense"})) is None
    assert deadline.refusal("h", Capabilities({"DELIVERBY": ",X"})) is None
    assert deadline.refusal("h", Capabilities({"DELIVERBY": "50,X,Y=1"})) is not None
    late = deadline.refusal("h", Capabilities({"DELIVERBY": "50"}))
    assert late is not None
    assert str(late.status) == "5.4.7"
    notify = replace(deadline, asked=DeliverBy(100, NOTIFY))
    assert notify.refusal("h", Capabilities({"DELIVERBY": "50"})) is None


async def test_the_priority_is_traced_and_a_host_is_told_of_none_too(tmp_path: Path) -> None:
    async with SinkServer(KNOWING) as sink, world(tmp_path, relays(legacy=[sink])) as relay:
        await relay.offer(A, octets=ASCII, options=MailOptions(priority=-3))
        await relay.offer(A, octets=ASCII, options=MailOptions())
        await at(relay, 1)
        told = {message.parameters[-1]: b"\tPRIORITY -3;" in message.octets for message in sink.messages}
        assert told == {"MT-PRIORITY=-3": True, "MT-PRIORITY=0": False}
        assert sum(b"PRIORITY" in message.octets for message in sink.messages) == 1


async def test_a_stranger_has_no_priority(tmp_path: Path) -> None:
    async with world(tmp_path, relays(legacy=[9])) as relay:
        draft = relay.intake.begin(STRANGER, SENDER, MailOptions(priority=9))
        assert isinstance(draft, Draft)
        assert draft.options.priority == 0


def test_urgent_mail_is_tried_again_sooner_and_never_later_than_the_longest_wait() -> None:
    usual = Retry(first=Seconds(600), max=Seconds(1800))
    assert by_priority(usual, 0) is usual
    assert [float(by_priority(usual, p).first) for p in (9, 3, -3, -9)] == [75.0, 300.0, 1200.0, 1800.0]
    assert by_priority(usual, 9).expire == usual.expire
