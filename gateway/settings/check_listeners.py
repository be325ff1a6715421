"""Listeners seen together, and the addresses that they are bound to.

bind = ( IPv4 / "[" IPv6 "]" / "*" ) ":" port
"""

import ipaddress
from collections.abc import Iterator
from typing import Final

from gateway.certificates.config import HttpChallenge
from gateway.listen.config import Listener, ListenerProtocol, ListenerTls
from gateway.mail.ip import is_loopback
from gateway.settings.config import Config
from gateway.settings.findings import Finding
from gateway.settings.reader import Way

MAX_PORT: Final = 65_535
_HALF_AN_HOUR: Final = 30 * 60
_SHORTEST_LINE: Final = 8192
_FEWEST_MESSAGES: Final = 1000


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
    if listener.require_tls and listener.protocol is ListenerProtocol.IMAP:
        yield (*way, "require_tls"), "is about sending mail: over IMAP, log-ins always wait for TLS"
    elif listener.require_tls and listener.tls is ListenerTls.NONE:
        yield (*way, "require_tls"), "nobody could send: `tls: none` offers no TLS"
    if listener.auth and listener.protocol not in (ListenerProtocol.SMTP, ListenerProtocol.SUBMISSION):
        yield (*way, "auth"), "clients log in with the protocols smtp and submission"


def strangers(config: Config) -> Iterator[Finding]:
    """Exemptions of IMAP for listeners that there are not."""
    names = {each.name for each in config.listeners if each.protocol is ListenerProtocol.IMAP}
    for index, exemption in enumerate(config.imap.exemptions):
        if exemption.listener is not None and exemption.listener not in names:
            yield ("imap", "exemptions", index, "listener"), f"no listener of IMAP is called {exemption.listener}"


def impatient(config: Config) -> Iterator[Finding]:
    """Limits of IMAP that are below what clients may rely on, and listeners where nobody can log in."""
    if config.imap.idle < _HALF_AN_HOUR:
        yield ("imap", "idle"), "clients may rely on 30 minutes (RFC 9051 5.4)"
    if config.imap.command_line < _SHORTEST_LINE:
        yield ("imap", "command_line"), f"clients may rely on {_SHORTEST_LINE} octets (RFC 7162 4)"
    for name in ("message_limit", "save_limit"):
        limit: int | None = getattr(config.imap, name)
        if limit is not None and limit < _FEWEST_MESSAGES:
            yield ("imap", name), f"clients may rely on {_FEWEST_MESSAGES} messages (RFC 9738 3)"
    for index, listener in enumerate(config.listeners):
        if listener.protocol is ListenerProtocol.IMAP and listener.tls is ListenerTls.NONE and not _is_local(listener):
            yield ("listeners", index, "tls"), "without TLS nobody can log in but from this machine"


def _is_local(listener: Listener) -> bool:
    try:
        return is_loopback(parse_bind(listener.bind)[0])
    except ValueError:
        return True


def unanswered(config: Config) -> Iterator[Finding]:
    """Challenges of a certificate authority that no listener answers."""
    acme = config.tls.acme
    if acme is None or acme.challenge is not HttpChallenge.HTTP_01:
        return
    if not any(listener.protocol is ListenerProtocol.HTTP for listener in config.listeners):
        yield ("tls", "acme"), "nobody answers http-01: add a listener with `protocol: http` that port 80 leads to"
