"""Routes and rewriting rules seen together with what they name."""

from collections.abc import Iterator, Sequence
from typing import Final

from gateway.mail.nexthop import TlsPolicy
from gateway.route.config import RouteRule, ToRelay
from gateway.route.patterns import RelayRef
from gateway.route.when import ALWAYS, When
from gateway.settings.config import Config
from gateway.settings.findings import Finding
from gateway.settings.problem import did_you_mean
from gateway.settings.reader import Way

_LATE: Final = ("header", "size", "needs")
_RECIPIENT: Final = ("recipient", "recipient_domain", "local")
_LISTS: Final = ("recipient", "recipient_domain", "sender", "sender_domain", "client", "listener", "needs", "any_")


def rules(config: Config) -> Iterator[Finding]:
    """Everything about rules that keeps a configuration from being used."""
    yield from _relays(config)
    yield from _rewriting(config)
    known = tuple(listener.name for listener in config.listeners)
    for way, when in _all_conditions(config):
        for name in when.listener or ():
            if name not in known:
                yield (*way, "listener"), f"no listener is called {name}{did_you_mean(name, known)}"
        for key in _LISTS:
            if getattr(when, key) == ():
                yield (*way, key.rstrip("_")), "an empty list never matches"


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


def _rewriting(config: Config) -> Iterator[Finding]:
    """Rules are applied at MAIL and RCPT, before there is any content."""
    for index, rule in enumerate(config.rewrite):
        for way, when in _conditions(rule.when, ("rewrite", index, "when")):
            given = {key for key in _LATE + _RECIPIENT if getattr(when, key) is not None}
            for key in given.intersection(_LATE):
                yield (*way, key), "is not known yet when addresses are rewritten"
            for key in given.intersection(_RECIPIENT if rule.changes_sender else ()):
                yield (*way, key), "a sender has many recipients: a rule that changes it cannot look at one"


def _all_conditions(config: Config) -> Iterator[tuple[Way, When]]:
    for index, route in enumerate(config.routes):
        yield from _conditions(route.when, ("routes", index, "when"))
    for index, rule in enumerate(config.rewrite):
        yield from _conditions(rule.when, ("rewrite", index, "when"))


def _conditions(when: When, way: Way) -> Iterator[tuple[Way, When]]:
    yield way, when
    for key, inner in (("all", when.all_), ("any", when.any_)):
        for index, each in enumerate(inner or ()):
            yield from _conditions(each, (*way, key, index))
    if when.not_ is not None:
        yield from _conditions(when.not_, (*way, "not"))


def trusting(config: Config) -> Iterator[Finding]:
    """Relays that a password is sent to whoever answers."""
    for name, relay in config.relays.items():
        if relay.auth is not None and relay.tls is not TlsPolicy.VERIFY:
            why = f"the password goes to whoever answers: `tls: {relay.tls}` checks no certificate, `verify` does"
            yield ("relays", name, "auth"), why


def unreachable(routes: Sequence[RouteRule]) -> Iterator[Finding]:
    """The first route behind one that takes everything."""
    for index, route in enumerate(routes[:-1]):
        if route.when == ALWAYS:
            yield ("routes", index + 1), f"is never reached: {route.name} before it takes everything"
            return
