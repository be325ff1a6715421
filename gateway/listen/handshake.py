"""TLS on a connection that is already open: STARTTLS, implicit TLS, and TLS behind a PROXY header."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.auth.channel import certificate_addresses
from gateway.listen.gate import Gate
from gateway.listen.peer import EndPoint
from gateway.listen.turns import Turns
from gateway.mail.address import Address
from gateway.mail.origin import Tls
from gateway.mail.units import Seconds

_FAREWELL: Final = 5.0
"""Seconds that a client has to answer the end of TLS with its own; many just go."""


@dataclass(frozen=True, slots=True)
class Secured:
    """What TLS has brought to light of both sides."""

    tls: Tls
    server_end_point: bytes | None = None
    """The `tls-server-end-point` binding of the certificate that we showed."""
    certificate: tuple[Address, ...] = ()
    """The addresses of the client's certificate, which TLS has verified."""


class HandshakeFailed(Exception):
    """The client and we found no common ground, or it went away; the message says which."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Our side of handshakes."""

    context: ssl.SSLContext
    patience: Seconds
    turns: Turns


async def secure(
    wire: asyncio.Transport, protocol: asyncio.Protocol, ours: Ours, early: Callable[[], bytes]
) -> asyncio.Transport:
    """The transport under TLS, as its server.

    `early` gives what `protocol` was given of the handshake before TLS was in its place: what came in one segment with
    a PROXY header, or before the loop got round to it (uvloop begins to read after `connection_made`, paused or not).

    Raises HandshakeFailed; then the connection is closed.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(
        loop.start_tls(
            wire,
            protocol,
            ours.context,
            server_side=True,
            ssl_handshake_timeout=ours.patience,
            ssl_shutdown_timeout=_FAREWELL,
        ),
    )
    # `start_tls` takes one turn of the loop to put its protocol in place, and one to begin the handshake.
    await asyncio.sleep(0)
    gate = Gate(wire, ours.turns)
    await asyncio.sleep(0)
    gate.push(early())
    try:
        secured = await task
    except OSError as error:
        raise HandshakeFailed(str(error) or type(error).__name__) from error
    finally:
        # Its exception has this frame in its traceback: a cycle that would keep 50 KB of TLS until it is collected.
        del task
    if secured is None:
        raise HandshakeFailed("the connection was lost")
    gate.open()
    return secured


def secured(wire: asyncio.Transport, end_point: EndPoint) -> Secured:
    """What a finished handshake has shown.

    A client that resumes a session shows no certificate: whom the authorities vouch for may have changed meanwhile.
    """
    tls = wire.get_extra_info("ssl_object")
    if not isinstance(tls, ssl.SSLObject):
        return Secured(_described(wire, None))
    asked = tls.context.verify_mode is not ssl.CERT_NONE and not tls.session_reused
    shown = tls.getpeercert(binary_form=True) if asked else None
    addresses = certificate_addresses(shown) if shown is not None else ()
    return Secured(_described(wire, tls.version()), end_point(tls.context), addresses)


def _described(wire: asyncio.Transport, version: str | None) -> Tls:
    """For the trace field and the metrics."""
    cipher = wire.get_extra_info("cipher")
    name, protocol = (str(cipher[0]), str(cipher[1])) if isinstance(cipher, tuple) else ("", "")
    return Tls(version or protocol, name)
