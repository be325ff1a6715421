"""LMTP (RFC 2033), out over TCP and a Unix socket, and in."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.sink.server import PLAIN, SinkServer
from tests.support.background import Background
from tests.support.configs import QUICK_RETRY, letter
from tests.support.gateway_process import Config, Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.post import AL, addresses, post
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, one, relay_to, start_sink
from tests.support.smtp_client import Answer, Client, stuffed

Start = Callable[..., Gateway]
STORE = replace(
    PLAIN,
    lmtp=True,
    recipients={"nobody@box.example": "550 5.1.1 no such mailbox"},
    stored={"full@box.example": "552 5.2.2 over quota", "locked@box.example": "451 4.2.0 locked"},
)


def _config(home: SinkServer, *places: str) -> Config:
    return {
        "relays": {"home": relay_to(home)},
        "routes": [
            {"name": "home", "when": {"recipient_domain": "home.example"}, "deliver": {"relay": "home"}},
            {"name": "box", "deliver": {"lmtp": list(places)}, "retry": QUICK_RETRY | {"first": "10m", "max": "10m"}},
        ],
    }


@pytest.mark.parametrize("way", ["tcp", "socket"])
def test_each_recipient_has_an_answer_of_its_own(
    way: str, gateway: Start, background: Background, tmp_path: Path
) -> None:
    home = start_sink(background, LEGACY)
    path = str(tmp_path / "lmtp.sock")
    store = background.enter(SinkServer(STORE, path=path if way == "socket" else None))
    place = path if way == "socket" else f"127.0.0.1:{store.port}"
    running = gateway(**_config(home, place))
    names = ["al", "full", "nobody", "locked", "bo"]
    post(running, *[f"{name}@box.example" for name in names])
    message = one(store)
    assert message.verb == "LHLO"
    assert addresses(message) == [f"{name}@box.example" for name in names if name != "nobody"]
    [row] = wait_for(lambda: running.queue("--state", "deferred"), what="the one that is locked")
    assert (row["recipient"], row["last_reply"]) == ("locked@box.example", "451 4.2.0 locked")
    reports = wait_for(lambda: list(home.messages), what="reports")
    found = {line for report in reports for line in read_notification(report).recipients}
    assert found == {
        ("failed", "5.2.2", "rfc822; full@box.example"),
        ("failed", "5.1.1", "rfc822; nobody@box.example"),
    }


def test_the_second_host_takes_over(gateway: Start, background: Background) -> None:
    store = start_sink(background, STORE)
    running = gateway(**_config(store, f"127.0.0.1:{free_port()}", f"127.0.0.1:{store.port}"))
    post(running, "al@box.example")
    assert one(store).verb == "LHLO"


def test_a_socket_that_is_not_there(gateway: Start, background: Background, tmp_path: Path) -> None:
    home = start_sink(background, LEGACY)
    running = gateway(**_config(home, str(tmp_path / "none.sock")))
    post(running, "al@box.example")
    [row] = wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    assert row["route"] == "box"
    assert home.messages == []


class _Local:
    """A session with the gateway's LMTP listener."""

    def __init__(self, port: int) -> None:
        self.client = Client(port, source="127.0.0.1")
        assert self.client.answer().code == 220

    def say(self, *commands: str) -> list[Answer]:
        return [self.client.say(each) for each in commands]

    def data(self, octets: bytes, answers: int) -> list[Answer]:
        assert self.client.say("DATA").code == 354
        self.client.send(stuffed(octets))
        return [self.client.answer() for _ in range(answers)]


@pytest.fixture
def local(tmp_path: Path, background: Background) -> Iterator[tuple[_Local, SinkServer]]:
    """A session with a gateway that takes mail over LMTP, and the sink to which it relays."""
    port, sink = free_port(), start_sink(background)
    spam = {"header": {"X-Spam": "yes"}, "recipient_domain": "strict.example"}
    config = {
        "relays": {"sink": relay_to(sink)},
        "routes": [
            {"name": "no", "when": {"recipient": "no@box.example"}, "deliver": {"reject": {}}},
            {"name": "spam", "when": spam, "deliver": {"reject": {"code": 554, "status": "5.7.1", "text": "no spam"}}},
            {"name": "rest", "deliver": {"relay": "sink"}},
        ],
    }
    made = Gateway(tmp_path, config)
    listener = {"name": "local", "protocol": "lmtp", "bind": f"127.0.0.1:{port}"}
    made.write(listeners=[listener, *made.config["listeners"]])
    with made:
        session = _Local(port)
        with session.client:
            yield session, sink


def test_the_listener_answers_for_each_recipient(local: tuple[_Local, SinkServer]) -> None:
    session, sink = local
    assert [a.code for a in session.say("EHLO x", "LHLO client.example", f"MAIL FROM:<{AL}>")] == [500, 250, 250]
    answers = session.say("RCPT TO:<al@box.example>", "RCPT TO:<no@box.example>", "RCPT TO:<bo@box.example>")
    assert [a.code for a in answers] == [250, 550, 250]
    assert [a.code for a in session.data(letter(), 2)] == [250, 250]
    message = one(sink)
    assert addresses(message) == ["al@box.example", "bo@box.example"]
    assert b" with LMTP\r\n" in message.octets
    assert session.say("NOOP")[0].code == 250, "no reply too many"


def test_the_listener_refuses_one_recipient_for_the_content(local: tuple[_Local, SinkServer]) -> None:
    session, sink = local
    session.say("LHLO client.example", f"MAIL FROM:<{AL}>", "RCPT TO:<al@strict.example>", "RCPT TO:<bo@box.example>")
    answers = session.data(letter().replace(b"To:", b"X-Spam: yes\r\nTo:", 1), 2)
    assert [(a.code, a.status) for a in answers] == [(554, "5.7.1"), (250, "2.6.0")]
    assert addresses(one(sink)) == ["bo@box.example"]
    assert session.say("NOOP")[0].code == 250, "no reply too many"


def test_the_listener_wants_a_recipient(local: tuple[_Local, SinkServer]) -> None:
    """RFC 2033 4.2: 503 where no recipient was accepted, and no message is read."""
    session, _ = local
    session.say("LHLO client.example", f"MAIL FROM:<{AL}>", "RCPT TO:<no@box.example>")
    assert session.say("DATA")[0].code == 503
    assert session.say("NOOP")[0].code == 250
