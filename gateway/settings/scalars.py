"""Scalars as the configuration writes them: `5m`, `50MiB`, `600/m`, `yes`, `10.0.0.0/8`. Each raises ValueError.

Seconds    = number [ "ms" / "s" / "m" / "h" / "d" ]
OctetCount = number [ "B" / "KB" / "MB" / "GB" / "KiB" / "MiB" / "GiB" ]
Rate       = number "/" ( "s" / "m" / "h" / "d" )
"""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from gateway.mail.address import Address, parse_address
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import Domain, parse_domain
from gateway.mail.units import OctetCount, Rate, Seconds

_NUMBER: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([A-Za-z]*)")
_TIMES: Final = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SIZES: Final = {
    "": 1, "b": 1,
    "k": 1000, "kb": 1000, "m": 1000**2, "mb": 1000**2, "g": 1000**3, "gb": 1000**3,
    "kib": 1024, "mib": 1024**2, "gib": 1024**3,
}  # fmt: skip
_WORDS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def truth(text: str) -> bool:
    """`true`, `yes`, `on`, `false`, `no` or `off`."""
    value = _WORDS.get(text.lower())
    if value is None:
        raise ValueError(f"{text!r} is neither true nor false")
    return value


def whole(text: str) -> int:
    """A whole number, not negative."""
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def number(text: str) -> float:
    """A decimal number, not negative."""
    if not re.fullmatch(r"\d{1,15}(\.\d{1,9})?", text, re.ASCII):
        raise ValueError(f"{text!r} is no number")
    return float(text)


def seconds(text: str) -> Seconds:
    """A span of time."""
    return Seconds(_scaled(text, _TIMES, "span of time such as 90s, 5m, 4h or 5d"))


def octets(text: str) -> OctetCount:
    """A size."""
    return OctetCount(int(_scaled(text, _SIZES, "size such as 512, 64KiB or 50MiB")))


def rate(text: str) -> Rate:
    """So many in a time."""
    count, slash, unit = text.partition("/")
    per = _TIMES.get(unit) if slash and unit in ("s", "m", "h", "d") else None
    if per is None or not (count.isascii() and count.isdigit()) or not 0 < len(count) <= 9 or int(count) == 0:
        raise ValueError(f"{text!r} is no rate such as 10/s, 600/m or 5000/h")
    return Rate(int(count), Seconds(per))


def enhanced_code(text: str) -> EnhancedCode:
    """`5.1.1`."""
    code = EnhancedCode.parse(text)
    if code is None:
        raise ValueError(f"{text!r} is no enhanced status code such as 5.1.1")
    return code


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A network or a single address; bits outside the mask are an error."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no network such as 10.0.0.0/8 or 2001:db8::/32: {error}") from error


def ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An IP address."""
    try:
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no IP address") from error


def text_of(text: str) -> str:
    """Any text but an empty one or one with control characters."""
    if not text or not text.isprintable():
        raise ValueError("a text that is not empty and has no control characters is wanted")
    return text


def _scaled(text: str, units: Mapping[str, float], what: str) -> float:
    found = _NUMBER.fullmatch(text)
    scale = units.get(found[2].lower()) if found else None
    if found is None or scale is None:
        raise ValueError(f"{text!r} is no {what}")
    value = float(found[1]) * scale
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is too much")
    return value


SCALARS: Final[Mapping[object, Callable[[str], object]]] = {
    str: text_of,
    bool: truth,
    int: whole,
    float: number,
    Seconds: seconds,
    OctetCount: octets,
    Rate: rate,
    Domain: parse_domain,
    Address: parse_address,
    EnhancedCode: enhanced_code,
    ipaddress.IPv4Network | ipaddress.IPv6Network: network,
    ipaddress.IPv4Address | ipaddress.IPv6Address: ip_address,
}
"""How each type is read from one scalar."""
