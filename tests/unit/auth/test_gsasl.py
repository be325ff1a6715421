"""GNU SASL logs in to the exchanges: a client that nobody here has written."""

import asyncio
import base64
from asyncio.subprocess import PIPE, Process

import pytest

from gateway.auth.authenticator import Why
from gateway.auth.mechanisms import start
from gateway.auth.sasl import Challenge, Denied, Granted, Step
from tests.support.fake_authenticator import FakeAuthenticator
from tests.support.peers import installed
from tests.support.sasl_client import CHANNEL

AL = "al@home.example"
COMMA = '"a=b,c"@home.example'
PATIENCE = 30


class Gsasl:
    """`gsasl --client`, which says each message in base64 on a line of its own."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def of(cls, mechanism: str, name: str, password: str, identity: str) -> "Gsasl":
        options = ["--client", "--quiet", "--no-cb", "-m", mechanism, "-a", name, "-p", password, "-z", identity]
        process = await asyncio.create_subprocess_exec(
            installed("gsasl"), *options, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        return cls(process)

    async def line(self) -> bytes:
        assert self._process.stdout is not None
        return await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)

    async def says(self) -> bytes:
        return base64.b64decode(await self.line(), validate=False)

    async def hears(self, octets: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(base64.b64encode(octets) + b"\n")
        await self._process.stdin.drain()

    async def leaves(self) -> str:
        """What it had to complain about."""
        _, errors = await asyncio.wait_for(self._process.communicate(b""), PATIENCE)
        return errors.decode()


async def _log_in(
    authenticator: FakeAuthenticator, mechanism: str, name: str, password: str, identity: str
) -> tuple[Step, Gsasl]:
    exchange = start(mechanism, CHANNEL, authenticator)
    assert exchange is not None
    client = await Gsasl.of(mechanism, name, password, identity)
    assert (await client.line()).strip().decode() == mechanism
    step = await exchange.step(await client.says())
    while isinstance(step, Challenge):
        await client.hears(step.octets)
        step = await exchange.step(await client.says())
    return step, client


@pytest.mark.peer("gsasl")
@pytest.mark.parametrize("name", [AL, COMMA, "jörg@bücher.example"])
@pytest.mark.parametrize("identity", ["", "same"])
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
async def test_scram(mechanism, name, identity):
    authenticator = FakeAuthenticator.with_account(name, "pass, =word ½")
    end, client = await _log_in(authenticator, mechanism, name, "pass, =word ½", name if identity else "")
    assert isinstance(end, Granted)
    assert end.last is not None
    await client.hears(end.last)
    assert await client.line() == b"\n"
    await client.leaves()


@pytest.mark.peer("gsasl")
async def test_scram_with_another_identity():
    authenticator = FakeAuthenticator.with_account(AL, "secret")
    end, client = await _log_in(authenticator, "SCRAM-SHA-256", AL, "secret", "bo@home.example")
    await client.leaves()
    assert isinstance(end, Denied)
    assert end.denial.why is Why.OTHER_IDENTITY


@pytest.mark.peer("gsasl")
async def test_scram_with_a_wrong_password():
    authenticator = FakeAuthenticator.with_account(AL, "secret")
    end, client = await _log_in(authenticator, "SCRAM-SHA-256", AL, "wrong", "")
    await client.leaves()
    assert isinstance(end, Denied)
    assert end.denial.why is Why.BAD_CREDENTIALS


@pytest.mark.peer("gsasl")
async def test_gsasl_would_notice_a_server_without_the_verifier():
    authenticator = FakeAuthenticator.with_account(AL, "secret")
    end, client = await _log_in(authenticator, "SCRAM-SHA-256", AL, "secret", "")
    assert isinstance(end, Granted)
    await client.hears(b"v=" + base64.b64encode(bytes(32)))
    assert await client.line() == b""
    assert "Error authenticating user" in await client.leaves()


@pytest.mark.peer("gsasl")
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_passwords_in_clear(mechanism):
    authenticator = FakeAuthenticator.with_account("jörg@bücher.example", "½ schlüssel")
    end, client = await _log_in(authenticator, mechanism, "jörg@bücher.example", "½ schlüssel", "")
    await client.leaves()
    assert isinstance(end, Granted)
