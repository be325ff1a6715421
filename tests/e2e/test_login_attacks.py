"""What attackers do to a submission port: guessing from many networks, finding out who has an account, replaying,
downgrading, and sending what they may not."""

import asyncio
import base64
import hashlib
import hmac
import secrets
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.support.background import Background
from tests.support.configs import letter
from tests.support.gateway_process import Gateway
from tests.support.sinks import start_sink
from tests.support.smtp_client import Client, submit
from tests.support.submission import ACCOUNT, Submissions, submissions

ADDRESSES = 1000
AT_ONCE = 100
LOOKED_AT_MOST = 40
LOGINS = {"slow_after": 5, "block_after": 20, "block_accounts_after": LOOKED_AT_MOST}


def _plain(name: str, password: str) -> str:
    return "AUTH PLAIN " + base64.b64encode(f"\0{name}\0{password}".encode()).decode()


def _log_in(port: int, name: str, password: str, source: str = "127.0.0.1") -> int:
    with Client(port, source=source, timeout=60) as client:
        client.greet()
        return client.say(_plain(name, password)).code


async def _guess(port: int, source: str, turn: asyncio.Semaphore) -> int:
    async with turn:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        try:
            await reader.readline()
            writer.write(b"EHLO bot.example\r\n")
            while (await reader.readline())[3:4] == b"-":
                pass
            writer.write(_plain(ACCOUNT, secrets.token_hex(4)).encode() + b"\r\n")
            return int((await asyncio.wait_for(reader.readline(), 60))[:3] or 0)
        finally:
            writer.close()


async def _guess_from_everywhere(port: int) -> Counter[int]:
    turn = asyncio.Semaphore(AT_ONCE)
    sources = [f"127.{1 + n // 250}.{n % 250}.{1 + n % 200}" for n in range(ADDRESSES)]
    return Counter(await asyncio.gather(*(_guess(port, source, turn) for source in sources)))


@pytest.mark.parametrize("workers", [1, 2])
def test_guessing_from_a_thousand_addresses(
    workers: int,
    gateway: Callable[..., Gateway],
    background: Background,
    record_property: Callable[[str, object], None],
) -> None:
    """Few guesses are looked at, the owner still gets in from known networks, and the records stay small."""
    server = submissions(gateway, start_sink(background), logins=LOGINS, workers=workers)
    assert _log_in(server.starttls, ACCOUNT, server.password) == 235
    time.sleep(2)
    answers = asyncio.run(_guess_from_everywhere(server.starttls))
    record_property(f"answers to {ADDRESSES} guesses, {workers} workers", dict(answers))
    assert set(answers) <= {535, 454, 421}
    # What the workers looked at in the second in which they had not heard of each other's failures comes on top.
    assert answers[535] <= LOOKED_AT_MOST + AT_ONCE * workers
    began = time.monotonic()
    assert _log_in(server.starttls, ACCOUNT, server.password) == 235
    assert time.monotonic() - began < 20
    assert _log_in(server.starttls, ACCOUNT, server.password, source="127.99.0.1") == 454
    assert sum(file.stat().st_size for file in server.gateway.data.glob("activity.db*")) < 8 * 1024 * 1024


def test_the_log_in_of_one_account_survives_failures_of_another_from_the_same_network(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    server = submissions(gateway, start_sink(background), logins=LOGINS)
    assert _log_in(server.starttls, ACCOUNT, server.password) == 235
    time.sleep(2)
    with Client(server.starttls, timeout=60) as client:
        client.greet()
        codes = [client.say(_plain(f"nobody{number}@home.example", "wrong")).code for number in range(3)]
        assert 535 in codes
    assert _log_in(server.starttls, ACCOUNT, server.password) == 235


def test_nobody_learns_who_has_an_account(gateway: Callable[..., Gateway], background: Background) -> None:
    """Neither by the words nor by the time of an answer, with PLAIN or SCRAM."""
    server = submissions(gateway, start_sink(background))
    said: dict[str, set[str]] = {}
    took: dict[str, list[float]] = {}
    # Each from a network of its own: nobody is slowed down here.
    for number in range(4):
        for name in (ACCOUNT, "nobody@home.example", "nobody@elsewhere.example"):
            with Client(server.starttls, source=f"127.7.{number}.{len(name)}", timeout=60) as client:
                client.greet()
                began = time.monotonic()
                said.setdefault(name, set()).add(client.say(_plain(name, "wrong")).text)
                took.setdefault(name, []).append(time.monotonic() - began)
    assert len(set().union(*said.values())) == 1, said
    medians = [statistics.median(times) for times in took.values()]
    assert max(medians) - min(medians) < 0.1, took


def _scram_first(client: Client, name: str) -> tuple[str, str]:
    """Client-first-bare and server-first."""
    bare = f"n={name},r={secrets.token_hex(12)}"
    answer = client.say("AUTH SCRAM-SHA-256 " + base64.b64encode(f"n,,{bare}".encode()).decode())
    assert answer.code == 334, answer.text
    return bare, base64.b64decode(answer.text[4:]).decode()


def _scram_final(password: str, bare: str, server_first: str, header: bytes = b"n,,") -> str:
    fields = dict(part.split("=", 1) for part in server_first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    without_proof = f"c={base64.b64encode(header).decode()},r={fields['r']}"
    signed = f"{bare},{server_first},{without_proof}".encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return base64.b64encode(f"{without_proof},p={base64.b64encode(proof).decode()}".encode()).decode()


def test_scram_tells_a_name_that_nobody_has_a_salt_that_stays(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    server = submissions(gateway, start_sink(background))
    parameters: dict[str, set[tuple[str, ...]]] = {}
    for name in (ACCOUNT, "nobody@home.example"):
        for _ in range(2):
            with Client(server.starttls) as client:
                client.greet()
                _, first = _scram_first(client, name)
                parameters.setdefault(name, set()).add(tuple(first.split(",")[1:]))
    assert [len(each) for each in parameters.values()] == [1, 1]
    [(salt, iterations)], [(other_salt, other_iterations)] = parameters.values()
    assert salt != other_salt
    assert len(salt) == len(other_salt)
    assert iterations == other_iterations


def test_a_recorded_scram_exchange_opens_nothing_later(gateway: Callable[..., Gateway], background: Background) -> None:
    server = submissions(gateway, start_sink(background))
    with Client(server.starttls) as client:
        client.greet()
        bare, first = _scram_first(client, ACCOUNT)
        final = _scram_final(server.password, bare, first)
        verified = client.say(final)
        assert verified.code == 334
        assert base64.b64decode(verified.text[4:]).startswith(b"v=")
        assert client.say("").code == 235
    with Client(server.starttls, timeout=60) as thief:
        thief.greet()
        assert thief.say("AUTH SCRAM-SHA-256 " + base64.b64encode(f"n,,{bare}".encode()).decode()).code == 334
        assert thief.say(final).code == 535


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that must not go out."""

    sender: str
    recipient: str
    header_from: str


ATTEMPTS = [
    Attempt("boss@home.example", "bo@old.example", ACCOUNT),
    Attempt(ACCOUNT, "bo@old.example", "boss@home.example"),
    Attempt(ACCOUNT, "bo@old.example", f"{ACCOUNT}, boss@home.example"),
    Attempt(ACCOUNT, "bo@old.example", "Boss <boss@bank.example>"),
    Attempt("", "bo@old.example", "boss@home.example"),
    Attempt("al@elsewhere.example", "bo@old.example", ACCOUNT),
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: f"{attempt.sender} {attempt.header_from}")
def test_an_account_writes_under_its_own_addresses_only(
    attempt: Attempt, gateway: Callable[..., Gateway], background: Background
) -> None:
    sink = start_sink(background)
    server = submissions(gateway, sink)
    octets = letter().replace(b"From: Al <al@home.example>", f"From: {attempt.header_from}".encode())
    with Client(server.starttls) as client:
        client.greet()
        assert client.say(_plain(ACCOUNT, server.password)).code == 235
        answer = submit(client, attempt.sender, [attempt.recipient], octets)
        assert not answer.taken
        assert submit(client, ACCOUNT, ["bo@old.example"], letter()).taken


def _refused(server: Submissions, commands: list[str]) -> None:
    with Client(server.starttls) as client:
        client.greet()
        assert client.say(commands[0]).code == 530
        assert all(client.say(command).code == 503 for command in commands[1:])


def test_the_submission_port_relays_for_nobody_without_a_log_in(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    sink = start_sink(background)
    server = submissions(gateway, sink)
    _refused(server, ["MAIL FROM:<al@home.example>", "RCPT TO:<bo@old.example>", "DATA"])
    _refused(server, ["MAIL FROM:<>", "RCPT TO:<al@home.example>", "DATA"])
    _refused(server, ["MAIL FROM:<al@home.example> AUTH=<>", "RCPT TO:<bo@old.example>"])
    assert sink.messages == []


def test_a_log_in_before_starttls_does_not_count_after_it(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    """What was said in the clear may have been somebody else's (RFC 3207 4.2)."""
    server = submissions(gateway, start_sink(background))
    with Client(server.starttls) as client:
        client.greet()
        client.send(b"STARTTLS\r\n" + _plain(ACCOUNT, server.password).encode() + b"\r\n")
        assert client.answer().code == 220
        client.encrypt()
        assert client.say("EHLO client.example").code == 250
        assert client.say("MAIL FROM:<al@home.example>").code == 530
