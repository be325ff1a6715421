"""Who is at the other end, and what TLS says of our end."""

import ssl
from collections.abc import Callable

from gateway.mail.ip import parse_ip

EndPoint = Callable[[ssl.SSLContext], bytes | None]
"""The `tls-server-end-point` binding (RFC 5929 4) of the certificate that a context shows; None: unknown."""


def no_end_point(_context: ssl.SSLContext) -> None:
    """Where channel binding is not offered: then no client can be said to have been kept from it."""
    return


def client_address(peer: object) -> str:
    """The address of a socket's peer, IPv4 written as IPv4 however it came; "" where there is none: nobody we trust."""
    if not isinstance(peer, tuple) or not peer:
        return ""
    return str(parse_ip(str(peer[0])) or "")
