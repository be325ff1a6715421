"""From the configuration to what the packages work with. The only wiring; nothing here runs anything."""

import time

from gateway.accounts.protocol import Directory, Meter
from gateway.app import clock
from gateway.app.accounts import admin_address
from gateway.app.sockets import split
from gateway.deliver.own import OwnIdentity
from gateway.listen.config import ListenerProtocol
from gateway.mail.units import Timestamp
from gateway.relay.no_accounts import NO_ACCOUNTS
from gateway.relay.quotas import Quotas
from gateway.relay.residents import aliases_of
from gateway.relay.room import Room
from gateway.relay.router import Router, Routes
from gateway.relay.setup import RelayDomains, Setup
from gateway.route.aliases import AliasTable, ascii_aliases
from gateway.route.config import Simple
from gateway.route.rewriting import RewriteTable
from gateway.route.rules import RouteTable
from gateway.settings.config import Config
from gateway.store.protocol.store import Store


def setup_of(
    config: Config, directory: Directory = NO_ACCOUNTS, meter: Meter | None = None, store: Store | None = None
) -> Setup:
    """What the relay takes from the configuration, and asks of the accounts."""
    released = [rule for rule in config.routes if rule.deliver is not Simple.HOLD]
    router = Router(
        Routes(
            RouteTable(config.routes, config.relays, config.domains, directory.is_local),
            RouteTable(released, config.relays, config.domains, directory.is_local),
        ),
        AliasTable(config.aliases, aliases_of(directory)),
        RewriteTable(config.rewrite, config.domains, directory.is_local),
        directory,
    )
    return Setup(
        hostname=config.hostname,
        router=router,
        accept=config.accept,
        reports=config.reports,
        relay_domains=RelayDomains(config.relay_domains),
        ascii_aliases=ascii_aliases(config.ascii_aliases),
        local_minute=_local_minute,
        directory=directory,
        quotas=Quotas(meter, config.submission),
        admin=admin_address(config),
        room=Room(store, directory, config.mailboxes.over_quota.clients, clock.now) if store is not None else None,
        submission=frozenset(each.name for each in config.listeners if each.protocol is ListenerProtocol.SUBMISSION),
    )


def own_identity(config: Config) -> OwnIdentity:
    """Who we are and where we listen, so that no mail is sent to ourselves."""
    listening = frozenset(split(listener.bind) for listener in config.listeners)
    return OwnIdentity(config.hostname.ascii, frozenset(), listening)


_OFFSET_HELD = 60.0


class _LocalTime:
    """The local time of day. The zone's offset is looked up once a minute: it is asked with every recipient."""

    def __init__(self) -> None:
        self._checked = Timestamp(0.0)
        self._offset = 0

    def __call__(self, now: Timestamp) -> int:
        if now - self._checked > _OFFSET_HELD:
            self._offset = time.localtime(now).tm_gmtoff
            self._checked = now
        return int((now + self._offset) // 60) % 1440


_local_minute = _LocalTime()
