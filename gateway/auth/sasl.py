"""The SASL core (RFC 4422): one exchange of one mechanism, whatever protocol carries it.

SMTP (RFC 4954), IMAP (RFC 9051 6.2.2) and ManageSieve (RFC 5804 2.1) frame the octets; here they have a meaning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.auth.authenticator import Circumstances, Denial, Login
from gateway.mail.address import Address

MAX_RESPONSE = 12 * 1024
"""Octets of a client's response, decoded: the longest are tokens (RFC 4954 4 asks for 12,288 of base64)."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """The server's turn; the client has to answer."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Granted:
    """The end, in success. `last`: what the server has still to say with it; where the protocol cannot say it together
    with success, it is a challenge that the client answers with nothing (RFC 4422 3.5)."""

    login: Login
    last: bytes | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """The end, in failure. `last`: as for Granted (OAUTHBEARER's error, RFC 7628 3.2.3)."""

    denial: Denial
    last: bytes | None = None


Step = Challenge | Granted | Denied


class Exchange(Protocol):
    """One log-in attempt with one mechanism. Used once, from start to Granted or Denied."""

    async def step(self, response: bytes | None) -> Step:
        """The client's response, decoded; None: it gave no initial response. Never raises for what a client sends."""
        ...


@dataclass(frozen=True, slots=True)
class Channel:
    """What the connection itself proves, for mechanisms that use it."""

    around: Circumstances
    server_end_point: bytes | None = None
    """The `tls-server-end-point` binding of the certificate that we showed (RFC 5929 4); None: no TLS, or -PLUS is not
    offered: with it, a client that says that we have no channel binding was lied to."""
    certificate: Sequence[Address] = ()
    """The addresses of the client's certificate, where TLS has verified it."""
