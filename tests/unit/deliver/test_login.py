"""Logging in to a host that offers this and that."""

import asyncio
import base64
from collections.abc import Mapping

import aiosmtplib
import pytest

from gateway.deliver.login import NoMechanism, log_in
from gateway.mail.nexthop import Login

LOGIN = Login("gw", "secret")


class Host:
    """Offers some mechanisms, answers each as it is told, and remembers what was said."""

    def __init__(self, offers: str, answers: Mapping[str, str]) -> None:
        self._offers, self._answers = offers, answers
        self.tried: list[str] = []
        self.said: list[str] = []
        self.left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 host\r\n")
        while line := (await reader.readline()).decode().strip():
            self.said.append(line)
            writer.write(self._reply(line))
        writer.close()
        await writer.wait_closed()
        self.left.set()

    def _reply(self, line: str) -> bytes:
        if line.startswith("EHLO"):
            return f"250-host\r\n250 {self._offers}\r\n".encode()
        if line.startswith("AUTH"):
            self.tried.append(line.split()[1])
            return f"{self._answers[self.tried[-1]]}\r\n".encode()
        return f"{self._answers['last']}\r\n".encode()


async def _log_in(host: Host, *, under_tls: bool = True) -> None:
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=10)
        await client.connect()
        try:
            await client.ehlo()
            await log_in(client, LOGIN, under_tls=under_tls)
        finally:
            client.close()
            await host.left.wait()


async def test_a_wrong_password_is_said_once() -> None:
    host = Host("AUTH PLAIN LOGIN CRAM-MD5", {"PLAIN": "535 5.7.8 no"})
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await _log_in(host)
    assert host.tried == ["PLAIN"]


async def test_a_mechanism_that_is_offered_but_not_known_there_is_followed_by_the_next() -> None:
    host = Host("AUTH PLAIN LOGIN", {"PLAIN": "504 5.5.4 not after all", "LOGIN": "334 VXNlcm5hbWU6", "last": "235 in"})
    await _log_in(host)
    assert host.tried == ["PLAIN", "LOGIN"]


async def test_the_last_one_that_fails_is_told_of() -> None:
    host = Host("AUTH PLAIN", {"PLAIN": "504 5.5.4 not after all"})
    with pytest.raises(aiosmtplib.SMTPAuthenticationError, match="not after all"):
        await _log_in(host)


@pytest.mark.parametrize("offers", ["AUTH GSSAPI NTLM", "AUTH", "SIZE 1"])
async def test_no_mechanism_in_common(offers: str) -> None:
    host = Host(offers, {})
    with pytest.raises(NoMechanism, match="PLAIN, LOGIN, CRAM-MD5"):
        await _log_in(host)
    assert host.tried == []


async def test_in_the_clear_the_password_is_not_said_where_that_can_be() -> None:
    challenge = base64.b64encode(b"<1.2@host>").decode()
    host = Host("AUTH PLAIN LOGIN CRAM-MD5", {"CRAM-MD5": f"334 {challenge}", "last": "235 in"})
    await _log_in(host, under_tls=False)
    assert host.tried == ["CRAM-MD5"]
    assert "secret" not in base64.b64decode(host.said[-1]).decode()
