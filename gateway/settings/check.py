"""What only shows when the parts of a configuration are seen together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.net.name_server import parse_server
from gateway.settings.check_files import exposed, files
from gateway.settings.check_listeners import impatient, listeners, strangers, unanswered
from gateway.settings.check_rules import rules, trusting, unreachable
from gateway.settings.config import Config
from gateway.settings.findings import Finding
from gateway.settings.problem import Problem
from gateway.settings.reader import Reader

MAX_WORKERS: Final = 256


@dataclass(slots=True)
class Findings:
    """What was found: errors keep the configuration from being used."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def check(config: Config, reader: Reader) -> Findings:
    """All checks over the whole."""
    errors = (listeners(config), strangers(config), _names(config), rules(config), files(config), _others(config))
    warnings = (unreachable(config.routes), trusting(config), exposed(config), unanswered(config), impatient(config))
    return Findings(
        [reader.problem_at(way, what) for found in errors for way, what in found],
        [reader.problem_at(way, what) for found in warnings for way, what in found],
    )


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


def _others(config: Config) -> Iterator[Finding]:
    if isinstance(config.workers, int) and not 0 < config.workers <= MAX_WORKERS:
        yield ("workers",), f"from 1 to {MAX_WORKERS}, or `auto`"
    if (config.tls.certificate is None) != (config.tls.key is None):
        yield ("tls",), "`certificate` and `key` go together"
    if config.hostname.is_literal:
        yield ("hostname",), "is a name, not an address"
    for index, server in enumerate(config.dns.servers):
        if not _is_server(server):
            yield ("dns", "servers", index), f"{server!r} is no IP address, with or without a port"
    for original, substitute in config.ascii_aliases.items():
        if not substitute.is_ascii:
            yield ("ascii_aliases",), f"{substitute}, which stands for {original}, is not ASCII itself"


def _is_server(text: str) -> bool:
    try:
        parse_server(text)
    except ValueError:
        return False
    return True
