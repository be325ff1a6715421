"""Log-ins of IMAP that transcripts cannot play: SCRAM, certificates, what guards and accounts say."""

import base64
from pathlib import Path

import pytest

from gateway.auth.authenticator import Denial, Login, Why
from gateway.imap.wire.completion import Status
from gateway.mail.units import Timestamp
from tests.support.imap_client import ImapClient
from tests.support.imap_world import imap_world
from tests.support.loops import on_both_loops
from tests.support.receiver import authority
from tests.support.transcript import ScramClient, scram_client

AL = "al@home.example"


async def scram(client: ImapClient, mechanism: str, player: ScramClient) -> str:
    """A whole exchange; the code of its tagged response, its status where there is none."""

    def said(message: str) -> bytes:
        return base64.b64encode(message.encode())

    client.channel.write(f"s AUTHENTICATE {mechanism} ".encode() + said(player.get_client_first()) + b"\r\n")
    response = await client.response()
    if response.tag == "+":
        player.set_server_first(base64.b64decode(response.octets[2:]).decode())
        client.channel.write(said(player.get_client_final()) + b"\r\n")
        response = await client.response()
    if response.tag == "+":
        player.set_server_final(base64.b64decode(response.octets[2:]).decode())
        client.channel.write(b"\r\n")
        response = await client.response()
    assert response.tag == "s"
    return response.code.split()[0] if response.code else response.name


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
@on_both_loops
async def test_scram(tmp_path: Path, mechanism: str) -> None:
    async with imap_world(tmp_path) as world:
        client = await ImapClient.connect(world.port)
        assert await scram(client, mechanism, scram_client([mechanism], AL, "wrong")) == "AUTHENTICATIONFAILED"
        assert await scram(client, mechanism, scram_client([mechanism], AL, "secret")) == "CAPABILITY"
        await client.ok("SELECT INBOX")
        assert [each.around.mechanism for each in world.authenticator.attempts] == [mechanism] * 2
        await client.close()


@on_both_loops
async def test_a_certificate_says_who_it_is(tmp_path: Path) -> None:
    tls = authority().server_context()
    async with imap_world(tmp_path, listener={"tls": "implicit"}, tls=tls) as world:
        client = await ImapClient.connect(world.port, authority().client_context(AL))
        assert client.greeting is not None
        assert b"AUTH=EXTERNAL" in client.greeting.octets
        assert (await client.no("AUTHENTICATE EXTERNAL", b" ZXZlQGhvbWUuZXhhbXBsZQ==")).code == "AUTHORIZATIONFAILED"
        await client.ok("AUTHENTICATE EXTERNAL =")
        await client.close()
        other = await ImapClient.connect(world.port, authority().client_context("eve@far.example"))
        assert (await other.no("AUTHENTICATE EXTERNAL =")).code == "AUTHENTICATIONFAILED"
        await other.close()


@pytest.mark.parametrize(
    ("why", "status", "code"),
    [
        (Why.SLOWED, Status.NO, "UNAVAILABLE"),
        (Why.UNAVAILABLE, Status.NO, "UNAVAILABLE"),
        (Why.DISABLED, Status.NO, "CONTACTADMIN"),
        (Why.NOT_FOR_THIS, Status.NO, "AUTHORIZATIONFAILED"),
        (Why.OTHER_IDENTITY, Status.NO, "AUTHORIZATIONFAILED"),
        (Why.BAD_CREDENTIALS, Status.NO, "AUTHENTICATIONFAILED"),
        (Why.MALFORMED, Status.BAD, "CLIENTBUG"),
    ],
)
@on_both_loops
async def test_what_a_client_is_told(tmp_path: Path, why: Why, status: Status, code: str) -> None:
    async with imap_world(tmp_path) as world:
        world.authenticator.refuse_all = Denial(why, "not\r\nnow", Timestamp(1_800_000_600))
        client = await ImapClient.connect(world.port)
        for command in (f"LOGIN {AL} secret", "AUTHENTICATE PLAIN AGFsQGhvbWUuZXhhbXBsZQBzZWNyZXQ="):
            answer = await client.command(command)
            assert (answer.status, answer.code) == (status, code)
            assert b"not now; try again after 2027-01-15T08:10:00Z" in answer.tagged.octets
        await client.close()


@on_both_loops
async def test_failures_of_ours_are_not_counted_against_the_client(tmp_path: Path) -> None:
    async with imap_world(tmp_path) as world:
        world.authenticator.refuse_all = Denial(Why.UNAVAILABLE, "not now")
        client = await ImapClient.connect(world.port)
        for _ in range(5):
            await client.no(f"LOGIN {AL} secret")
        world.authenticator.refuse_all = None
        await client.ok(f"LOGIN {AL} secret")
        await client.close()


@on_both_loops
async def test_responses_are_bounded(tmp_path: Path) -> None:
    async with imap_world(tmp_path, imap={"errors": 100}, limits={"failed_logins": 100}) as world:
        client = await ImapClient.connect(world.port)
        long = base64.b64encode(b"x" * 13_000)
        await client.bad("AUTHENTICATE PLAIN ", long)
        for response in (long, b"x" * 30_000, b"\xff" * 40_000):
            tag = await client.send("AUTHENTICATE PLAIN")
            assert (await client.response()).tag == "+"
            client.channel.write(response + b"\r\n")
            assert (await client.answer(tag)).status == "BAD"
        await client.ok(f"LOGIN {AL} secret")
        assert [each.why for each in world.authenticator.attempts] == [*[Why.MALFORMED] * 4, None]
        assert isinstance(world.authenticator.attempts[-1].result, Login)
        await client.close()
