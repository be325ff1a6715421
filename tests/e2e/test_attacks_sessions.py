"""Sessions that try to outlive their log-in: proofs whose last word is held back, messages that never end."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

import pytest

from tests.support.background import Background
from tests.support.gateway_process import Gateway
from tests.support.sinks import start_sink
from tests.support.smtp_client import Answer, Client
from tests.support.submission import ACCOUNT, submissions

CHANGES = [["disable"], ["remove"], ["password"]]


def _prove(client: Client, password: str) -> Answer:
    """SCRAM up to the server's last word, which the client has still to answer."""
    bare = f"n={ACCOUNT},r={secrets.token_hex(12)}"
    first = client.say("AUTH SCRAM-SHA-256 " + base64.b64encode(f"n,,{bare}".encode()).decode())
    told = base64.b64decode(first.text[4:]).decode()
    fields = dict(part.split("=", 1) for part in told.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    key = hmac.digest(salted, b"Client Key", "sha256")
    final = f"c=biws,r={fields['r']}"
    signature = hmac.digest(hashlib.sha256(key).digest(), f"{bare},{told},{final}".encode(), "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
    return client.say(base64.b64encode(f"{final},p={proof}".encode()).decode())


@pytest.mark.parametrize("change", CHANGES)
def test_a_proof_that_is_held_back_opens_nothing_later(
    change: list[str], gateway: Callable[..., Gateway], background: Background
) -> None:
    server = submissions(gateway, start_sink(background))
    with Client(server.starttls) as client:
        client.greet()
        assert _prove(client, server.password).code == 334
        server.gateway.cli("account", *change, ACCOUNT)
        time.sleep(2)
        assert client.say("").code == 535
        assert client.say("MAIL FROM:<al@home.example>").code == 530


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("by_chunks", [False, True])
def test_a_message_that_never_ends_does_not_outlive_its_log_in(
    change: list[str], by_chunks: bool, gateway: Callable[..., Gateway], background: Background
) -> None:
    """Whoever stole a password could keep messages open, and send them when it has long been changed."""
    sink = start_sink(background)
    server = submissions(gateway, sink)
    with Client(server.starttls) as client:
        client.greet()
        assert client.plain(ACCOUNT, server.password).code == 235
        assert client.say("MAIL FROM:<al@home.example>").code == 250
        assert client.say("RCPT TO:<bo@old.example>").code == 250
        client.send(b"BDAT 1000 LAST\r\nFrom: al@home.example\r\n" if by_chunks else b"DATA\r\n")
        if not by_chunks:
            assert client.answer().code == 354
            client.send(b"From: al@home.example\r\n")
        server.gateway.cli("account", *change, ACCOUNT)
        assert client.answer().code == 421
        assert client.closed()
    assert sink.messages == []
