"""The SASL mechanisms (RFC 4422), one file each, and which of them a connection is offered.

Nothing is started in clear text but to a client on this machine: SCRAM keeps the password from a listener, but not the
mail that follows.
"""

import dataclasses
import ipaddress
from collections.abc import Callable, Mapping
from typing import Final

from gateway.auth.authenticator import Authenticator
from gateway.auth.mechanisms.login import Login
from gateway.auth.mechanisms.plain import Plain
from gateway.auth.sasl import Channel, Exchange

_Start = Callable[[Channel, Authenticator], Exchange]

_MECHANISMS: Final[Mapping[str, _Start]] = {
    "PLAIN": Plain,
    "LOGIN": Login,
}


def start(name: str, channel: Channel, authenticator: Authenticator) -> Exchange | None:
    """Begin a log-in with the mechanism of that SASL name; None: there is none such, or not on this channel.

    Whoever calls has looked for the name in what was `offered` first.
    """
    begin = _MECHANISMS.get(name)
    if begin is None or not _usable(channel):
        return None
    around = dataclasses.replace(channel.around, mechanism=name)
    return begin(dataclasses.replace(channel, around=around), authenticator)


def _usable(channel: Channel) -> bool:
    return channel.around.tls is not None or _is_loopback(channel.around.client)


def _is_loopback(client: str) -> bool:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
