"""What only shows when the parts of a configuration are seen together."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.route.config import RouteRule, ToRelay
from gateway.route.patterns import RelayRef
from gateway.route.when import ALWAYS, When
from gateway.settings.config import Config
from gateway.settings.problem import Problem, did_you_mean
from gateway.settings.reader import Reader, Way


@dataclass(slots=True)
class Findings:
    """What was found: errors keep the configuration from being used."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def check(config: Config, reader: Reader) -> Findings:
    """All checks over the whole."""
    findings = Findings()
    for way, what in (
        *_listeners(config),
        *_names(config),
        *_relays(config),
        *_listener_conditions(config),
        *_rewriting(config),
        *_others(config),
    ):
        findings.errors.append(reader.problem_at(way, what))
    for way, what in _unreachable(config.routes):
        findings.warnings.append(reader.problem_at(way, what))
    return findings


Finding = tuple[Way, str]

_LATE: Final = ("header", "size", "needs")
_RECIPIENT: Final = ("recipient", "recipient_domain", "local")


def parse_bind(text: str) -> tuple[str, int]:
    """Read `127.0.0.1:2525`, `[::1]:2525` or `*:25`. Raises ValueError."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65_536):
        raise ValueError(f"{text!r} has no port between 1 and 65535")
    if host != "*":
        inner = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        try:
            ipaddress.ip_address(inner)
        except ValueError as error:
            raise ValueError(f"{host!r} is no IP address, and not * for all") from error
        if ":" in inner and inner == host:
            raise ValueError("an IPv6 address stands in brackets: [::1]:2525")
    return host, int(port)


def _listeners(config: Config) -> Iterator[Finding]:
    names: set[str] = set()
    binds: dict[str, str] = {}
    if not config.listeners:
        yield ("listeners",), "names no listener"
    for index, listener in enumerate(config.listeners):
        if listener.name in names:
            yield ("listeners", index, "name"), f"another listener is called {listener.name} too"
        names.add(listener.name)
        try:
            parse_bind(listener.bind)
        except ValueError as error:
            yield ("listeners", index, "bind"), str(error)
        if listener.bind in binds:
            yield ("listeners", index, "bind"), f"{listener.bind} is taken by the listener {binds[listener.bind]}"
        binds.setdefault(listener.bind, listener.name)
        if listener.proxies and not listener.proxy_protocol:
            yield ("listeners", index, "proxies"), "is of no use without `proxy_protocol: true`"


def _names(config: Config) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, route in enumerate(config.routes):
        if route.name in seen:
            yield ("routes", index, "name"), f"another route is called {route.name} too"
        seen.add(route.name)
    domains: set[str] = set()
    for index, domain in enumerate(config.domains):
        if domain.name.ascii in domains:
            yield ("domains", index, "name"), f"{domain.name} is given twice"
        domains.add(domain.name.ascii)
    for index, relay_domain in enumerate(config.relay_domains):
        pattern = relay_domain.name
        if not pattern.below and pattern.domain.ascii in domains:
            yield ("relay_domains", index, "name"), f"{pattern.domain} is one of `domains` already"


def _relays(config: Config) -> Iterator[Finding]:
    for name in config.relays:
        if ":" in name or "@" in name:
            yield ("relays", name), "a relay's name has no colon and no @"
    for index, route in enumerate(config.routes):
        if not isinstance(route.deliver, ToRelay):
            continue
        for ref in route.deliver.relay:
            if isinstance(ref, RelayRef) and ref.host is None and ref.text not in config.relays:
                what = f"no relay is called {ref.text}{did_you_mean(ref.text, tuple(config.relays))}"
                yield ("routes", index, "deliver", "relay"), what


def _listener_conditions(config: Config) -> Iterator[Finding]:
    known = tuple(listener.name for listener in config.listeners)
    for way, when in _all_conditions(config):
        for name in when.listener or ():
            if name not in known:
                yield (*way, "listener"), f"no listener is called {name}{did_you_mean(name, known)}"
        for key in _empty_lists(when):
            yield (*way, key), "an empty list never matches"


def _all_conditions(config: Config) -> Iterator[tuple[Way, When]]:
    for index, route in enumerate(config.routes):
        yield from _conditions(route.when, ("routes", index, "when"))
    for index, rule in enumerate(config.rewrite):
        yield from _conditions(rule.when, ("rewrite", index, "when"))


def _empty_lists(when: When) -> Iterator[str]:
    lists = {
        "recipient": when.recipient,
        "recipient_domain": when.recipient_domain,
        "sender": when.sender,
        "sender_domain": when.sender_domain,
        "client": when.client,
        "listener": when.listener,
        "needs": when.needs,
        "any": when.any_,
    }
    for key, value in lists.items():
        if value == ():
            yield key


def _conditions(when: When, way: Way) -> Iterator[tuple[Way, When]]:
    yield way, when
    groups: Sequence[tuple[str, tuple[When, ...] | None]] = (("all", when.all_), ("any", when.any_))
    for key, inner in groups:
        for index, each in enumerate(inner or ()):
            yield from _conditions(each, (*way, key, index))
    if when.not_ is not None:
        yield from _conditions(when.not_, (*way, "not"))


def _rewriting(config: Config) -> Iterator[Finding]:
    """Rules are applied at MAIL and RCPT, before there is any content."""
    for index, rule in enumerate(config.rewrite):
        for way, when in _conditions(rule.when, ("rewrite", index, "when")):
            given = {key for key in _LATE + _RECIPIENT if getattr(when, key) is not None}
            for key in given.intersection(_LATE):
                yield (*way, key), "is not known yet when addresses are rewritten"
            for key in given.intersection(_RECIPIENT if rule.changes_sender else ()):
                yield (*way, key), "a sender has many recipients: a rule that changes it cannot look at one"


def _others(config: Config) -> Iterator[Finding]:
    if isinstance(config.workers, int) and not 0 < config.workers <= 256:
        yield ("workers",), "from 1 to 256, or `auto`"
    if (config.tls.certificate is None) != (config.tls.key is None):
        yield ("tls",), "`certificate` and `key` go together"
    if config.hostname.is_literal:
        yield ("hostname",), "is a name, not an address"
    for original, substitute in config.ascii_aliases.items():
        if not substitute.is_ascii:
            yield ("ascii_aliases",), f"{substitute}, which stands for {original}, is not ASCII itself"


def _unreachable(routes: Sequence[RouteRule]) -> Iterator[Finding]:
    for index, route in enumerate(routes[:-1]):
        if route.when == ALWAYS:
            yield ("routes", index + 1), f"is never reached: {route.name} before it takes everything"
            return
