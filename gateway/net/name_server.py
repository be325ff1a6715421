"""A name server as the configuration writes it.

ABNF::

    server = IPv4 [ ":" port ] / IPv6 / "[" IPv6 "]" [ ":" port ]    ; port 1 to 65535
"""

import re
from ipaddress import ip_address
from typing import Final

PORT: Final = 53

_SERVER: Final = re.compile(r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<v4>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?")


def parse_server(text: str) -> tuple[str, int]:
    """Its address and port. Raises ValueError."""
    found = _SERVER.fullmatch(text)
    if found is None:
        return str(ip_address(text)), PORT
    port = int(found["port"] or PORT)
    if not 0 < port < 65_536:
        raise ValueError(f"{text!r} has no port between 1 and 65535")
    return str(ip_address(found["v6"] or found["v4"])), port
