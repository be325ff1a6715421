"""From a fresh socket to a greeted session: 220, EHLO, HELO or LHLO, STARTTLS, AUTH (RFC 5321 3.1, RFC 3207, RFC 4954).

aiosmtplib speaks here; what comes after is `Conversation`'s.
"""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import Final, cast

import aiosmtplib

from gateway.deliver.config import Timeouts
from gateway.deliver.login import NoMechanism, log_in
from gateway.deliver.observer import Trouble
from gateway.mail.capabilities import Capabilities
from gateway.mail.codes import CONNECTION_BROKEN, NO_ANSWER, EnhancedCode
from gateway.mail.nexthop import Login, TlsPolicy
from gateway.mail.outcome import Deferred, Failed
from gateway.mail.reply import Reply

IMPLICIT_TLS_PORT: Final = 465
"""RFC 8314 3.3: on this port TLS comes first."""

TLS_NOT_OFFERED: Final = EnhancedCode(4, 7, 4)
TLS_FAILED: Final = EnhancedCode(4, 7, 5)
LOGIN_FAILED: Final = EnhancedCode(4, 7, 8)
_HOST_REFUSES: Final = EnhancedCode(4, 3, 2)
_NO_MAIL: Final = EnhancedCode(5, 3, 2)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a host is to be greeted."""

    host: str
    """The name that a certificate must bear."""
    helo: str
    tls: TlsPolicy
    context: ssl.SSLContext | None
    """None: no TLS, whatever is offered."""
    implicit: bool
    login: Login | None
    lmtp: bool
    timeouts: Timeouts


@dataclass(frozen=True, slots=True)
class Greeted:
    """A session. The transport is the caller's now."""

    transport: asyncio.Transport
    capabilities: Capabilities
    encrypted: bool


@dataclass(frozen=True, slots=True)
class NoSession:
    """Why there is none. `retry_plainly`: TLS failed, which under this policy need not be."""

    kind: Trouble
    outcome: Deferred | Failed
    elsewhere: bool = False
    """Another address of the same host may answer."""
    retry_plainly: bool = False


async def greet(sock: socket.socket, terms: Terms) -> Greeted | NoSession:
    """Take the socket and greet. Whatever happens, nothing is raised for it, and no socket is left open."""
    client = aiosmtplib.SMTP(
        sock=sock,
        hostname=terms.host if terms.implicit else None,
        local_hostname=terms.helo,
        timeout=terms.timeouts.greeting,
        use_tls=terms.implicit,
        tls_context=terms.context,
        start_tls=False,
    )
    handshake = _Handshake(client, terms)
    greeted: Greeted | NoSession | None = None
    try:
        greeted = await handshake.run()
    except aiosmtplib.SMTPResponseException as error:
        greeted = handshake.refused(error)
    except (aiosmtplib.SMTPException, OSError, UnicodeError, ValueError) as error:
        greeted = handshake.broken(error)
    finally:
        if not isinstance(greeted, Greeted):
            if client.transport is not None:
                # Closing a TLS connection would go on waiting for the host, on a socket that is not there any more.
                cast("asyncio.Transport", client.transport).abort()
            client.close()
            sock.close()
    return greeted


class _Handshake:
    """The steps, and which of them is under way."""

    def __init__(self, client: aiosmtplib.SMTP, terms: Terms) -> None:
        self._client = client
        self._terms = terms
        self._step = Trouble.TLS if terms.implicit else Trouble.GREETING
        self._encrypted = False

    async def run(self) -> Greeted | NoSession:
        await self._client.connect()
        self._encrypted = self._terms.implicit
        self._step = Trouble.GREETING
        offered = await self._hello()
        if self._wants_tls() and "STARTTLS" in offered:
            offered = await self._starttls(offered)
        if self._wants_tls() and self._terms.tls is not TlsPolicy.OPPORTUNISTIC:
            return self._no_tls()
        if self._terms.login is not None:
            failure = await self._log_in(self._terms.login)
            if failure is not None:
                return failure
        verified = self._encrypted and self._terms.tls is TlsPolicy.VERIFY
        transport = self._client.transport
        if transport is None:
            return self.broken(ConnectionResetError("the server closed the connection"))
        # A stream's transport; uvloop's is one in all but its base class.
        capabilities = Capabilities(offered, verified, self._terms.login is not None)
        return Greeted(cast("asyncio.Transport", transport), capabilities, self._encrypted)

    def _wants_tls(self) -> bool:
        return self._terms.context is not None and not self._encrypted

    async def _hello(self) -> dict[str, str]:
        """EHLO, and HELO for a host that does not know it (RFC 5321 3.2); LHLO knows no second way."""
        if self._terms.lmtp:
            response = await self._client.execute_command(b"LHLO", self._terms.helo.encode("ascii"))
            if response.code != 250:
                raise aiosmtplib.SMTPHeloError(response.code, response.message)
            self._client.last_ehlo_response = response
            return keywords(response.message)
        try:
            return keywords((await self._client.ehlo()).message)
        except aiosmtplib.SMTPHeloError as error:
            if error.code < 500 or not self._client.is_connected:
                raise
        await self._client.helo()
        return {}

    async def _starttls(self, before: dict[str, str]) -> dict[str, str]:
        """RFC 3207 4.2: what was said before counts no more. A refusal leaves what was."""
        self._step = Trouble.TLS
        try:
            await self._client.starttls(server_hostname=self._terms.host, tls_context=self._terms.context)
        except aiosmtplib.SMTPResponseException:
            return before
        self._encrypted = True
        self._step = Trouble.GREETING
        return await self._hello()

    def _no_tls(self) -> NoSession:
        why = f"{self._terms.host} offers no TLS, which the route demands"
        return NoSession(Trouble.TLS, Deferred(TLS_NOT_OFFERED, why, self._terms.host, hop_trouble=True))

    async def _log_in(self, login: Login) -> NoSession | None:
        """Only under TLS, but where the route says that there is none."""
        self._step = Trouble.AUTH
        host = self._terms.host
        if not self._encrypted and self._terms.tls is not TlsPolicy.NONE:
            why = f"{host} offers no TLS: the password is not sent in the clear"
            return NoSession(Trouble.AUTH, Deferred(TLS_NOT_OFFERED, why, host, hop_trouble=True))
        try:
            await log_in(self._client, login, under_tls=self._encrypted)
        except NoMechanism as error:
            return NoSession(Trouble.AUTH, Deferred(LOGIN_FAILED, f"{host}: {error}", host, hop_trouble=True))
        return None

    def refused(self, error: aiosmtplib.SMTPResponseException) -> NoSession:
        """A reply that ends the handshake. 521 says that this host never takes mail (RFC 7504 3)."""
        host, reply = self._terms.host, _reply(error)
        why = f"{host} answered {self._step} with {reply}"
        if error.code == 521 and self._step is Trouble.GREETING:
            return NoSession(self._step, Failed(_NO_MAIL, why, host, reply))
        status = LOGIN_FAILED if self._step is Trouble.AUTH else _HOST_REFUSES
        return NoSession(self._step, Deferred(status, why, host, reply, hop_trouble=True), elsewhere=True)

    def broken(self, error: Exception) -> NoSession:
        """No reply, or none that is one; for TLS, no agreement."""
        host = self._terms.host
        why = f"{host}: {self._step}: {_brief(error)}"
        if self._step is Trouble.TLS:
            plainly = self._terms.tls is TlsPolicy.OPPORTUNISTIC and not self._terms.implicit
            outcome = Deferred(TLS_FAILED, why, host, hop_trouble=True)
            return NoSession(Trouble.TLS, outcome, elsewhere=True, retry_plainly=plainly)
        status = NO_ANSWER if isinstance(error, TimeoutError) else CONNECTION_BROKEN
        return NoSession(self._step, Deferred(status, why, host, hop_trouble=True), elsewhere=True)


def keywords(message: str) -> dict[str, str]:
    """EHLO keywords in upper case with their parameters (RFC 5321 4.1.1.1); the first line is a greeting."""
    found: dict[str, str] = {}
    for line in message.split("\n")[1:]:
        keyword, _, parameters = line.strip().partition(" ")
        if keyword:
            found[keyword.upper()] = parameters.strip()
    return found


def _reply(error: aiosmtplib.SMTPResponseException) -> Reply:
    text = error.message.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    first, _, rest = text.partition(" ")
    status = EnhancedCode.parse(first)
    return Reply(error.code, status, tuple((rest if status else text).split("\n")))


def _brief(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    return " ".join(str(error).split())[:300] or type(error).__name__
