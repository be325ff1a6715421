"""The hosts of a next hop, against a DNS server on loopback."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.deliver.config import DeliverConfig, Family
from gateway.deliver.own import OwnIdentity, is_local
from gateway.deliver.resolve import Found, HostFinder
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import parse_domain
from gateway.mail.nexthop import Host, LmtpHop, MxHop, NextHop, RelayHop
from gateway.mail.outcome import Deferred, Failed
from gateway.mail.units import Seconds
from gateway.net.config import DnsConfig
from gateway.net.dns import Resolver
from gateway.relay.transport import Endpoint
from tests.support.dns_server import SERVFAIL, DnsServer, Zone

ZONE: Zone = {
    ("d.example", "MX"): ["30 c.mx.example.", "10 a.mx.example.", "20 b.mx.example."],
    ("equal.example", "MX"): ["10 a.mx.example.", "10 b.mx.example.", "10 c.mx.example."],
    ("a.mx.example", "A"): ["192.0.2.1"],
    ("b.mx.example", "A"): ["192.0.2.2"],
    ("b.mx.example", "AAAA"): ["2001:db8::2"],
    ("c.mx.example", "A"): ["192.0.2.3"],
    ("gw.home.example", "A"): ["192.0.2.99"],
    ("ours.example", "MX"): ["10 gw.home.example.", "20 a.mx.example."],
    ("backed.example", "MX"): ["10 a.mx.example.", "20 GW.home.example.", "20 b.mx.example.", "30 c.mx.example."],
    ("aliased.example", "MX"): ["10 other-name.example.", "5 a.mx.example."],
    ("other-name.example", "A"): ["192.0.2.99"],
    ("null.example", "MX"): ["0 ."],
    ("implicit.example", "AAAA"): ["2001:db8::7"],
    ("xn--bcher-kva.example", "MX"): ["10 a.mx.example."],
    ("broken.example", "MX"): SERVFAIL,
    ("dangling.example", "MX"): ["10 gone.example."],
    ("halfbroken.example", "MX"): ["10 brokenhost.example."],
    ("brokenhost.example", "A"): SERVFAIL,
    ("brokenhost.example", "AAAA"): SERVFAIL,
}
OWN = OwnIdentity("gw.home.example", frozenset(), frozenset({("192.0.2.99", 25)}))


@asynccontextmanager
async def finder(config: DeliverConfig | None = None, own: OwnIdentity = OWN) -> AsyncIterator[HostFinder]:
    async with DnsServer(ZONE) as server:
        dns = DnsConfig((server.address,), timeout=Seconds(1), lifetime=Seconds(1.5))
        yield HostFinder(Resolver(dns, hosts={}), config or DeliverConfig(), own, random.Random(7))


async def find(hop: NextHop, config: DeliverConfig | None = None) -> Found | Deferred | Failed:
    async with finder(config) as hosts:
        return await hosts.find(hop)


def mx(domain: str) -> MxHop:
    return MxHop(parse_domain(domain))


def names(found: Found | Deferred | Failed) -> list[str]:
    assert isinstance(found, Found), found
    return [each.name for each in found.endpoints]


@pytest.mark.parametrize(
    ("domain", "hosts"),
    [
        ("d.example", ["a.mx.example", "b.mx.example", "c.mx.example"]),
        ("implicit.example", ["implicit.example"]),
        ("bücher.example", ["a.mx.example"]),
        ("backed.example", ["a.mx.example"]),
        ("aliased.example", ["a.mx.example"]),
        ("[192.0.2.5]", ["192.0.2.5"]),
        ("[IPv6:2001:db8::5]", ["2001:db8::5"]),
    ],
)
async def test_exchangers_in_order(domain: str, hosts: list[str]) -> None:
    assert names(await find(mx(domain))) == hosts


@pytest.mark.parametrize(
    ("domain", "kind", "status"),
    [
        ("null.example", Failed, EnhancedCode(5, 1, 10)),
        ("nowhere.example", Failed, EnhancedCode(5, 1, 2)),
        ("ours.example", Failed, EnhancedCode(5, 4, 6)),
        ("[192.0.2.99]", Failed, EnhancedCode(5, 4, 6)),
        ("dangling.example", Failed, EnhancedCode(5, 4, 4)),
        ("broken.example", Deferred, EnhancedCode(4, 4, 3)),
        ("halfbroken.example", Deferred, EnhancedCode(4, 4, 3)),
    ],
)
async def test_domains_without_a_usable_host(domain: str, kind: type, status: EnhancedCode) -> None:
    found = await find(mx(domain))
    assert isinstance(found, kind)
    assert isinstance(found, Deferred | Failed)
    assert found.status == status
    assert domain.strip("[]") in found.why
    assert not isinstance(found, Deferred) or found.hop_trouble


async def test_equals_are_shuffled_and_equally_good() -> None:
    async with finder() as hosts:
        firsts: Counter[str] = Counter()
        for _ in range(60):
            found = await hosts.find(mx("equal.example"))
            firsts[names(found)[0]] += 1
            assert isinstance(found, Found)
            assert found.best == 3
    assert set(firsts) == {"a.mx.example", "b.mx.example", "c.mx.example"}


@pytest.mark.parametrize(
    ("family", "addresses"),
    [
        (Family.ANY, ("2001:db8::2", "192.0.2.2")),
        (Family.IPV4, ("192.0.2.2",)),
        (Family.IPV6, ("2001:db8::2",)),
    ],
)
async def test_families(family: Family, addresses: tuple[str, ...]) -> None:
    hop = RelayHop("r", (Host("b.mx.example", 2525),))
    found = await find(hop, DeliverConfig(family=family))
    assert found == Found((Endpoint("b.mx.example", addresses, 2525),), 1)


async def test_relay_hosts_by_priority() -> None:
    hosts = (
        Host("c.mx.example", priority=30),
        Host("192.0.2.8", 2526, priority=10),
        Host("[2001:db8::8]", priority=10),
    )
    found = await find(RelayHop("r", hosts))
    assert sorted(names(found)[:2]) == ["192.0.2.8", "[2001:db8::8]"]
    assert names(found)[2] == "c.mx.example"
    assert isinstance(found, Found)
    assert found.best == 2


async def test_relay_weights() -> None:
    hop = RelayHop("r", (Host("192.0.2.1", weight=9), Host("192.0.2.2", weight=1), Host("192.0.2.3", weight=0)))
    async with finder() as hosts:
        firsts = Counter([names(await hosts.find(hop))[0] for _ in range(200)])
    assert firsts["192.0.2.1"] > 140
    assert firsts["192.0.2.2"] > 5
    assert firsts["192.0.2.3"] == 0


async def test_a_relay_that_is_not_found_is_waited_for() -> None:
    found = await find(RelayHop("r", (Host("nowhere.example"), Host("d.example"))))
    assert isinstance(found, Deferred)
    assert found.why == "relay r: nowhere.example does not exist; d.example has no address"


async def test_a_relay_may_be_ourselves() -> None:
    assert names(await find(RelayHop("r", (Host("gw.home.example", 2526),)))) == ["gw.home.example"]


async def test_lmtp_by_host_and_by_path() -> None:
    by_path = await find(LmtpHop("l", (), "/run/lmtp"))
    assert by_path == Found((Endpoint("l", (), 0, "/run/lmtp"),), 1)
    assert names(await find(LmtpHop("l", (Host("a.mx.example", 24),)))) == ["a.mx.example"]


async def test_no_more_addresses_than_wanted() -> None:
    found = await find(RelayHop("r", (Host("b.mx.example"),)), DeliverConfig(addresses_per_host=1))
    assert isinstance(found, Found)
    assert found.endpoints[0].addresses == ("2001:db8::2",)


def test_the_unspecified_address_stands_for_all_of_ours() -> None:
    own = OwnIdentity("gw.example", listening=frozenset({("0.0.0.0", 25), ("localhost", 25)}))
    assert own.is_us("mx.example", ("127.0.0.1",), 25)
    assert not own.is_us("mx.example", ("127.0.0.1",), 26)
    assert not own.is_us("mx.example", ("192.0.2.1",), 25)
    assert is_local("127.0.0.1")
    assert not is_local("192.0.2.1")
