"""Quotas against whoever has a password and many connections."""

from collections.abc import Callable
from contextlib import ExitStack

from tests.support.background import Background
from tests.support.configs import letter
from tests.support.gateway_process import Gateway
from tests.support.sinks import start_sink
from tests.support.smtp_client import Client, stuffed
from tests.support.submission import ACCOUNT, submissions

QUOTA = 5
CLIENTS = 60


def test_messages_that_end_at_the_same_moment_share_one_quota(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    server = submissions(gateway, start_sink(background), submission={"account": {"messages_per_hour": QUOTA}})
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(server.starttls, timeout=30)) for _ in range(CLIENTS)]
        for client in clients:
            client.greet()
            assert client.plain(ACCOUNT, server.password).code == 235
            client.say(f"MAIL FROM:<{ACCOUNT}>")
            client.say("RCPT TO:<bo@old.example>")
            assert client.say("DATA").code == 354
        for client in clients:
            client.send(stuffed(letter()))
        codes = [client.answer().code for client in clients]
    assert codes.count(250) == QUOTA
    assert codes.count(450) == CLIENTS - QUOTA
