"""TLS on a connection that is already open: STARTTLS, implicit TLS, and TLS behind a PROXY header."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from gateway.mail.address import Address
from gateway.mail.origin import Tls
from gateway.mail.units import Seconds
from gateway.receive.service import EndPoint

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


async def secure(
    wire: asyncio.Transport,
    protocol: asyncio.Protocol,
    context: ssl.SSLContext,
    patience: Seconds,
    early: Callable[[], bytes],
) -> asyncio.Transport:
    """The transport under TLS, as its server, within `patience`.

    `early` gives what `protocol` was given of the handshake before TLS was in its place: what came in one segment with
    a PROXY header, or before the loop got round to it (uvloop begins to read after `connection_made`, paused or not).

    Raises HandshakeFailed; then the connection is closed.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(
        loop.start_tls(
            wire,
            protocol,
            context,
            server_side=True,
            ssl_handshake_timeout=patience,
            ssl_shutdown_timeout=_FAREWELL,
        ),
    )
    await asyncio.sleep(0)
    await _replay(wire, early())
    try:
        secured = await task
    except OSError as error:
        raise HandshakeFailed(str(error) or type(error).__name__) from error
    if secured is None:
        raise HandshakeFailed("the connection was lost")
    return secured


async def _replay(wire: asyncio.Transport, early: bytes) -> None:
    """`start_tls` took one turn of the loop to put its protocol in place, and takes one to begin the handshake."""
    if not early:
        return
    await asyncio.sleep(0)
    protocol = cast("asyncio.BufferedProtocol", wire.get_protocol())
    while early and not wire.is_closing():
        buffer = memoryview(cast("bytearray", protocol.get_buffer(len(early))))
        size = min(len(buffer), len(early))
        buffer[:size] = early[:size]
        protocol.buffer_updated(size)
        early = early[size:]


def secured(wire: asyncio.Transport, end_point: EndPoint) -> Secured:
    """What a finished handshake has shown."""
    tls = wire.get_extra_info("ssl_object")
    if not isinstance(tls, ssl.SSLObject):
        return Secured(_described(wire, None))
    return Secured(_described(wire, tls.version()), end_point(tls.context))


def _described(wire: asyncio.Transport, version: str | None) -> Tls:
    """For the trace field and the metrics."""
    cipher = wire.get_extra_info("cipher")
    name, protocol = (str(cipher[0]), str(cipher[1])) if isinstance(cipher, tuple) else ("", "")
    return Tls(version or protocol, name)
