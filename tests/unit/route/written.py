"""Rules written as in the configuration."""

from pathlib import Path
from typing import TypeVar

from gateway.mail.address import parse_address
from gateway.mail.need import Extension
from gateway.mail.origin import Origin
from gateway.route.config import LocalDomain, Relay, RewriteRule, RouteRule
from gateway.route.facts import Facts, Seen
from gateway.route.when import When
from gateway.settings.document import compose
from gateway.settings.reader import Reader
from gateway.settings.secrets import Surroundings

T = TypeVar("T")


def read(kind: type[T], text: str) -> T:
    reader = Reader("test", Surroundings(Path(), {"SECRET": "geheim"}))
    value = reader.read(compose(text.encode()).root, kind, ())
    assert isinstance(value, kind), [str(problem) for problem in reader.problems]
    return value


def when(text: str) -> When:
    return read(When, text)


def rule(text: str) -> RouteRule:
    return read(RouteRule, text)


def rewrite_rule(text: str) -> RewriteRule:
    return read(RewriteRule, text)


def relay(text: str) -> Relay:
    return read(Relay, text)


LOCAL = (read(LocalDomain, "{name: home.example}"), read(LocalDomain, "{name: bücher.example}"))


def facts(
    *, sender: str = "al@home.example", ip: str = "192.0.2.1", minute: int = 720, seen: Seen | None = None
) -> Facts:
    return Facts(parse_address(sender), Origin("mx", ip), minute, seen)


def seen(size: int = 1000, *needs: Extension, **fields: str) -> Seen:
    values = {name.lower(): [value] for name, value in fields.items()}
    return Seen(size, frozenset(needs), lambda name: values.get(name, []))
