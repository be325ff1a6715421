"""`gateway sendmail`, as cron and PHP call it."""

from collections.abc import Callable

from tests.support.background import Background
from tests.support.configs import to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.reader import parse
from tests.support.sinks import arrived, one, start_sink

MAIL = (
    b"From: Cron <root@home.example>\nTo: Al <al@legacy.example>\nCc: bo@legacy.example\nSubject: cron\n\n"
    b"body\n.\nmore\n"
)


def test_recipients_as_arguments(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(legacy=sink))
    running.cli("sendmail", "-i", "-f", "root@home.example", "al@legacy.example", stdin=MAIL)
    message = one(sink)
    assert (message.sender, [each.address for each in message.recipients]) == (
        "root@home.example",
        ["al@legacy.example"],
    )
    assert message.octets.endswith(b"\r\n\r\nbody\r\n.\r\nmore\r\n")


def test_recipients_from_the_header(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(legacy=sink))
    running.cli("sendmail", "-t", "-i", stdin=MAIL.replace(b"Cc:", b"Bcc:"))
    messages = arrived(sink)
    wait_for(lambda: running.queue() == [], what="an empty queue")
    recipients = {each.address for message in sink.messages for each in message.recipients}
    assert recipients == {"al@legacy.example", "bo@legacy.example"}
    assert parse(messages[0].octets).field("Bcc") is None


def test_a_single_dot_ends_the_message_without_i(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(legacy=sink))
    running.cli("sendmail", "al@legacy.example", stdin=MAIL)
    assert one(sink).octets.endswith(b"\r\n\r\nbody\r\n")


def test_what_is_missing_is_added(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(legacy=sink))
    running.cli("sendmail", "-oi", "al@legacy.example", stdin=b"Subject: bare\n\nx\n")
    mail = parse(one(sink).octets)
    assert mail.field("Date")
    assert mail.field("Message-ID")


def test_it_works_while_the_gateway_is_stopped(gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(legacy=sink))
    running.stop()
    running.cli("sendmail", "-i", "al@legacy.example", stdin=MAIL)
    assert sink.messages == []
    running.start()
    one(sink)


def test_a_bad_recipient_is_refused_in_one_line(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=[{"name": "all", "deliver": "hold"}])
    said = running.cli("sendmail", "no address at all", stdin=MAIL, ok=False)
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1
    assert running.queue() == []


def test_aliases_of_the_control_database_are_followed_while_the_gateway_is_stopped(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    sink = start_sink(background)
    running = gateway(**to_sinks(legacy=sink), domains=[{"name": "home.example"}])
    running.cli("account", "alias", "add", "ops@home.example", "bo@legacy.example")
    running.stop()
    running.cli("sendmail", "-i", "ops@home.example", stdin=MAIL)
    running.start()
    assert [each.address for each in one(sink).recipients] == ["bo@legacy.example"]
