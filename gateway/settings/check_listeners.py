"""Listeners seen together, and the addresses that they are bound to.

bind = ( IPv4 / "[" IPv6 "]" / "*" ) ":" port
"""

import ipaddress
from collections.abc import Iterator
from typing import Final

from gateway.certificates.config import HttpChallenge
from gateway.listen.config import Listener, ListenerProtocol, ListenerTls
from gateway.settings.config import Config
from gateway.settings.findings import Finding
from gateway.settings.reader import Way

MAX_PORT: Final = 65_535


def parse_bind(text: str) -> tuple[str, int]:
    """Host (without brackets; `*` for all addresses) and port. Raises ValueError."""
    host, _, port = text.rpartition(":")
    number = parse_port(port)
    if number is None:
        raise ValueError(f"{text!r} has no port between 1 and {MAX_PORT}")
    if host == "*":
        return host, number
    bracketed = host.startswith("[") and host.endswith("]")
    inner = host[1:-1] if bracketed else host
    try:
        ipaddress.ip_address(inner)
    except ValueError as error:
        raise ValueError(f"{host!r} is no IP address, and not * for all") from error
    if ":" in inner and not bracketed:
        raise ValueError("an IPv6 address stands in brackets: [::1]:2525")
    return inner, number


def parse_port(text: str) -> int | None:
    """A port from 1 to 65535."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    return number if 0 < number <= MAX_PORT else None


def listeners(config: Config) -> Iterator[Finding]:
    """Names and addresses that are there twice, addresses that are none."""
    names: set[str] = set()
    binds: dict[str, str] = {}
    if not config.listeners:
        yield ("listeners",), "names no listener"
    for index, listener in enumerate(config.listeners):
        way = ("listeners", index)
        if listener.name in names:
            yield (*way, "name"), f"another listener is called {listener.name} too"
        names.add(listener.name)
        try:
            parse_bind(listener.bind)
        except ValueError as error:
            yield (*way, "bind"), str(error)
        if listener.bind in binds:
            yield (*way, "bind"), f"{listener.bind} is taken by the listener {binds[listener.bind]}"
        binds.setdefault(listener.bind, listener.name)
        yield from _useless(listener, way)


def _useless(listener: Listener, way: Way) -> Iterator[Finding]:
    """Keys that can do nothing on this listener."""
    if listener.proxies and not listener.proxy_protocol:
        yield (*way, "proxies"), "is of no use without `proxy_protocol: true`"
    if listener.require_tls and listener.tls is ListenerTls.NONE:
        yield (*way, "require_tls"), "nobody could send: `tls: none` offers no TLS"
    if listener.auth and listener.protocol not in (ListenerProtocol.SMTP, ListenerProtocol.SUBMISSION):
        yield (*way, "auth"), "clients log in with the protocols smtp and submission"


def unanswered(config: Config) -> Iterator[Finding]:
    """Challenges of a certificate authority that no listener answers."""
    acme = config.tls.acme
    if acme is None or acme.challenge is not HttpChallenge.HTTP_01:
        return
    if not any(listener.protocol is ListenerProtocol.HTTP for listener in config.listeners):
        yield ("tls", "acme"), "nobody answers http-01: add a listener with `protocol: http` that port 80 leads to"
