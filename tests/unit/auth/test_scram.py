"""SCRAM (RFC 5802, RFC 7677), against the client of scramp and against messages of our own."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Protocol

import pytest
import scramp

from gateway.auth.authenticator import Denial, ScramHash, ScramVerifier, Service, Why
from gateway.auth.mechanisms import start
from gateway.auth.mechanisms.scram_messages import (
    proven,
    read_final,
    read_first,
    server_final,
    server_first,
)
from gateway.auth.passwords import verifiers
from gateway.auth.sasl import Challenge, Channel, Denied, Granted, Step
from tests.support.fake_authenticator import FakeAccount, FakeAuthenticator, FakePassword
from tests.support.sasl_client import AROUND, CHANNEL

END_POINT = hashlib.sha256(b"a certificate").digest()
BOUND = Channel(AROUND, server_end_point=END_POINT)
AL = "al@home.example"
BINDING = ("tls-server-end-point", END_POINT)
PLUS = ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"]
NAMES = ["SCRAM-SHA-1", "SCRAM-SHA-256"]
COMMA = '"a=b,c"@home.example'


class Client(Protocol):
    """The client of scramp, which has no types."""

    def get_client_first(self) -> str: ...
    def set_server_first(self, message: str) -> None: ...
    def get_client_final(self) -> str: ...
    def set_server_final(self, message: str) -> None: ...


ScramClient: Callable[..., Client] = scramp.ScramClient


@pytest.fixture
def authenticator() -> FakeAuthenticator:
    passwords = (FakePassword("secret"), FakePassword("app"), FakePassword("mail only", frozenset({Service.IMAP})))
    return FakeAuthenticator(
        [
            FakeAccount(AL, passwords),
            FakeAccount(COMMA, (FakePassword("secret"),)),
            FakeAccount("jörg@bücher.example", (FakePassword("schlu\u0308ssel\u2002\u00bd"),)),
        ]
    )


class Session:
    """A client that has said its first message, and the exchange that it speaks with."""

    def __init__(self, authenticator: FakeAuthenticator, name: str = NAMES[1], channel: Channel = CHANNEL) -> None:
        exchange = start(name, channel, authenticator)
        assert exchange is not None
        self.exchange = exchange
        self.hash = ScramHash.SHA1 if "SHA-1" in name else ScramHash.SHA256
        self.nonce = ""
        self.bare = ""
        self.answer = ""

    async def first(self, header: str = "n,,", name: str = AL, nonce: str = "abc", more: str = "") -> Step:
        self.bare = f"n={name},r={nonce}{more}"
        step = await self.exchange.step(f"{header}{self.bare}".encode())
        if isinstance(step, Challenge):
            self.answer = step.octets.decode()
            self.nonce = self.answer.split(",")[0][2:]
            assert self.nonce.startswith(nonce)
            assert len(self.nonce) >= len(nonce) + 24
        return step

    async def final(
        self, password: str = "secret", binding: bytes = b"n,,", nonce: str | None = None, more: str = ""
    ) -> Step:
        channel = base64.b64encode(binding).decode()
        unproven = f"c={channel},r={self.nonce if nonce is None else nonce}{more}"
        proof = self.proof(password, unproven)
        return await self.exchange.step(f"{unproven},p={base64.b64encode(proof).decode()}".encode())

    def proof(self, password: str, unproven: str) -> bytes:
        fields = dict(part.split("=", 1) for part in self.answer.split(","))
        salted = hashlib.pbkdf2_hmac(
            self.hash.value, password.encode(), base64.b64decode(fields["s"]), int(fields["i"])
        )
        key = hmac.digest(salted, b"Client Key", self.hash.value)
        stored = hashlib.new(self.hash.value, key).digest()
        signature = hmac.digest(stored, f"{self.bare},{self.answer},{unproven}".encode(), self.hash.value)
        return bytes(one ^ other for one, other in zip(key, signature, strict=True))


async def _with_scramp(client: Client, authenticator: FakeAuthenticator, name: str, channel: Channel) -> Step:
    exchange = start(name, channel, authenticator)
    assert exchange is not None
    challenge = await exchange.step(client.get_client_first().encode())
    if not isinstance(challenge, Challenge):
        return challenge
    client.set_server_first(challenge.octets.decode())
    end = await exchange.step(client.get_client_final().encode())
    if isinstance(end, Granted):
        assert end.last is not None
        client.set_server_final(end.last.decode())
    return end


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("password", ["secret", "app"])
async def test_scramp_logs_in_with_any_password_of_the_account(authenticator, name, password):
    end = await _with_scramp(ScramClient([name], AL, password), authenticator, name, CHANNEL)
    assert isinstance(end, Granted)
    assert end.login.credential == (1 if password == "secret" else 2)
    assert [attempt.around.mechanism for attempt in authenticator.attempts] == [name]


@pytest.mark.parametrize("name", PLUS)
async def test_scramp_logs_in_with_channel_binding(authenticator, name):
    client = ScramClient([name], AL, "secret", channel_binding=BINDING)
    assert isinstance(await _with_scramp(client, authenticator, name, BOUND), Granted)


@pytest.mark.parametrize("name", PLUS)
async def test_another_certificate_in_between_is_noticed(authenticator, name):
    other = ("tls-server-end-point", hashlib.sha256(b"another certificate").digest())
    end = await _with_scramp(ScramClient([name], AL, "secret", channel_binding=other), authenticator, name, BOUND)
    assert isinstance(end, Denied)
    assert [attempt.name for attempt in authenticator.attempts] == [AL]


async def test_what_scramp_prepares_fits_what_plain_prepares(authenticator):
    client = ScramClient(["SCRAM-SHA-256"], "jörg@bücher.example", "schl\u00fcssel 1\u20442")
    assert isinstance(await _with_scramp(client, authenticator, "SCRAM-SHA-256", CHANNEL), Granted)


async def test_scramp_escapes_the_name(authenticator):
    client = ScramClient(["SCRAM-SHA-256"], COMMA, "secret")
    assert isinstance(await _with_scramp(client, authenticator, "SCRAM-SHA-256", CHANNEL), Granted)


@pytest.mark.parametrize(
    ("account", "password", "why"),
    [
        (AL, "wrong", Why.BAD_CREDENTIALS),
        (AL, "mail only", Why.NOT_FOR_THIS),
        ("nobody@home.example", "secret", Why.BAD_CREDENTIALS),
    ],
)
async def test_denied(authenticator, account, password, why):
    end = await _with_scramp(ScramClient(["SCRAM-SHA-256"], account, password), authenticator, NAMES[1], CHANNEL)
    assert isinstance(end, Denied)
    assert end.denial.why is why
    assert len(authenticator.attempts) == 1


async def test_a_client_that_was_lied_to_about_channel_binding(authenticator):
    """scramp says `y`: it could, and does not know that we can."""
    client = ScramClient(["SCRAM-SHA-256"], AL, "secret", channel_binding=BINDING)
    end = await _with_scramp(client, authenticator, "SCRAM-SHA-256", BOUND)
    assert isinstance(end, Denied)
    assert end.denial.why is Why.MALFORMED


async def test_a_client_that_is_right_that_we_have_no_channel_binding(authenticator):
    client = ScramClient(["SCRAM-SHA-256"], AL, "secret", channel_binding=BINDING)
    assert isinstance(await _with_scramp(client, authenticator, "SCRAM-SHA-256", CHANNEL), Granted)


async def test_header_changed_on_the_way_from_y_to_n(authenticator):
    session = Session(authenticator, channel=BOUND)
    assert isinstance(await session.first(header="n,,"), Challenge)
    assert isinstance(await session.final(binding=b"y,,"), Denied)


async def test_without_initial_response(authenticator):
    session = Session(authenticator)
    assert await session.exchange.step(None) == Challenge(b"")
    assert isinstance(await session.first(), Challenge)
    assert isinstance(await session.final(), Granted)


@pytest.mark.parametrize(("identity", "granted"), [(AL, True), ('"a=3Db=2Cc"@home.example', False)])
async def test_identity(authenticator, identity, granted):
    session = Session(authenticator)
    header = f"n,a={identity},"
    assert isinstance(await session.first(header=header), Challenge)
    end = await session.final(binding=header.encode())
    assert isinstance(end, Granted if granted else Denied)
    assert isinstance(end, Granted) or (end.denial.why is Why.OTHER_IDENTITY and end.last is None)


async def test_an_empty_identity_as_gnu_sasl_gives_it(authenticator):
    session = Session(authenticator)
    assert isinstance(await session.first(header="n,a=,"), Challenge)
    assert isinstance(await session.final(binding=b"n,a=,"), Granted)


async def test_identity_changed_on_the_way(authenticator):
    session = Session(authenticator)
    await session.first(header=f"n,a={AL},")
    assert isinstance(await session.final(binding=b"n,,"), Denied)


async def test_unknown_extensions_are_ignored_and_covered_by_the_proof(authenticator):
    session = Session(authenticator)
    await session.first(more=",x=1,Y=a=b")
    assert isinstance(await session.final(more=",z=ü"), Granted)


@pytest.mark.parametrize(
    ("nonce", "why"),
    [("abc", Why.BAD_CREDENTIALS), ("abcabc", Why.BAD_CREDENTIALS), ("x", Why.BAD_CREDENTIALS), ("", Why.MALFORMED)],
)
async def test_another_nonce(authenticator, nonce, why):
    """It fails as a wrong password does, and counts as one (RFC 5802 5.1)."""
    session = Session(authenticator)
    await session.first()
    end = await session.final(nonce=nonce)
    assert isinstance(end, Denied)
    assert end.denial.why is why
    assert end.last is None


async def test_replay(authenticator):
    """What was heard of one log-in is good for no other: our part of the nonce is new each time."""
    session = Session(authenticator)
    await session.first()
    again = Session(authenticator)
    await again.first()
    assert again.nonce != session.nonce
    end = await again.final(nonce=session.nonce)
    assert isinstance(end, Denied)


async def test_replay_of_the_proof_alone(authenticator):
    session = Session(authenticator)
    await session.first()
    proof = base64.b64encode(session.proof("secret", f"c=biws,r={session.nonce}")).decode()
    assert isinstance(await session.exchange.step(f"c=biws,r={session.nonce},p={proof}".encode()), Granted)
    again = Session(authenticator)
    await again.first()
    end = await again.exchange.step(f"c=biws,r={again.nonce},p={proof}".encode())
    assert isinstance(end, Denied)
    assert end.denial.why is Why.BAD_CREDENTIALS


@pytest.mark.parametrize("proof", ["", "AAAA", "A" * 44, base64.b64encode(bytes(20)).decode()])
async def test_a_proof_that_is_none(authenticator, proof):
    session = Session(authenticator)
    await session.first()
    end = await session.exchange.step(f"c=biws,r={session.nonce},p={proof}".encode())
    assert isinstance(end, Denied)
    assert len(authenticator.attempts) == 1


@pytest.mark.parametrize(
    "message",
    [
        "",
        "n",
        "n,,",
        ",,n=a,r=b",
        "n,,r=b,n=a",
        "n,,n=a",
        "n,,n=,r=b",
        "n,,n=a,r=",
        "n,,n=a=b,r=c",
        "n,,n=a=2c,r=c",
        "n,,n=a\0,r=c",
        "n,,m=x,n=a,r=b",
        "n,,n=a,r=b,",
        "n,,n=a,r=b,x",
        "n,,n=a,r=b c",
        "n,,n=a,r=ü",
        "n,a==,n=a,r=b",
        "n,al,n=a,r=b",
        "z,,n=a,r=b",
        "p=,,n=a,r=b",
        "p=tls-server-end-point,,n=a,r=b",
        "p=tls-unique,,n=a,r=b",
        "F,n,,n=a,r=b",
    ],
)
async def test_malformed_beginning(authenticator, message):
    session = Session(authenticator)
    end = await session.exchange.step(message.encode())
    assert isinstance(end, Denied)
    assert end.denial.why is Why.MALFORMED
    assert len(authenticator.attempts) == 1


@pytest.mark.parametrize("header", ["n,,", "y,,", "p=tls-unique,,", "p=tls-exporter,,"])
async def test_plus_without_its_binding(authenticator, header):
    session = Session(authenticator, "SCRAM-SHA-256-PLUS", BOUND)
    assert isinstance(await session.first(header=header), Denied)


async def test_plus_with_the_header_alone(authenticator):
    session = Session(authenticator, "SCRAM-SHA-256-PLUS", BOUND)
    header = "p=tls-server-end-point,,"
    assert isinstance(await session.first(header=header), Challenge)
    assert isinstance(await session.final(binding=header.encode()), Denied)


@pytest.mark.parametrize("message", ["", "c=biws", "p=AAAA", "c=b,r=NONCE,p=AAAA", "c=biws,r=NONCE", "e=other-error"])
async def test_malformed_end(authenticator, message):
    session = Session(authenticator)
    await session.first()
    end = await session.exchange.step(message.replace("NONCE", session.nonce).encode())
    assert isinstance(end, Denied)
    assert [(attempt.why, attempt.name) for attempt in authenticator.attempts] == [(Why.MALFORMED, AL)]


async def test_nothing_at_the_end(authenticator):
    session = Session(authenticator)
    await session.first()
    assert isinstance(await session.exchange.step(None), Denied)


async def test_slowed_before_the_first_answer(authenticator):
    authenticator.refuse_all = Denial(Why.SLOWED, "later")
    end = await Session(authenticator).first()
    assert end == Denied(authenticator.refuse_all)


def _rfc7677() -> tuple[ScramVerifier, str, str]:
    verifier = verifiers("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096).sha256
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    return verifier, nonce, server_first(nonce, verifier)


def test_the_example_of_rfc7677():
    verifier, nonce, answer = _rfc7677()
    assert answer == f"r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    first = read_first("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    final = read_final(f"c=biws,r={nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    assert first is not None
    assert final is not None
    transcript = f"{first.bare},{answer},{final.unproven}".encode()
    assert proven([verifier], transcript, final.proof) is verifier
    assert server_final(verifier, transcript) == b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_the_example_of_rfc5802():
    verifier = verifiers("pencil", base64.b64decode("QSXCR+Q6sek8bf92"), 4096).sha1
    nonce = "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j"
    first = read_first("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")
    final = read_final(f"c=biws,r={nonce},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")
    assert first is not None
    assert final is not None
    transcript = f"{first.bare},{server_first(nonce, verifier)},{final.unproven}".encode()
    assert proven([verifier], transcript, final.proof) is verifier
    assert server_final(verifier, transcript) == b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="


async def test_a_server_that_does_not_know_the_password_is_noticed(authenticator):
    client = ScramClient(["SCRAM-SHA-256"], AL, "wrong")
    exchange = start("SCRAM-SHA-256", CHANNEL, authenticator)
    assert exchange is not None
    challenge = await exchange.step(client.get_client_first().encode())
    assert isinstance(challenge, Challenge)
    client.set_server_first(challenge.octets.decode())
    client.get_client_final()
    with pytest.raises(scramp.ScramException):
        client.set_server_final("v=" + base64.b64encode(bytes(32)).decode())
