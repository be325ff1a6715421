"""Names: exchangers by MX (RFC 5321 5.1), null MX (RFC 7505), names that do not exist, and a DNS that is down."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.background import Background
from tests.support.configs import QUICK_RETRY, letter, to_sinks
from tests.support.dns_server import SERVFAIL, DnsThread, Zone
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, one, start_sink
from tests.support.smtp_client import submit

ZONE: Zone = {
    ("nullmx.example", "MX"): ["0 ."],
    ("broken.example", "MX"): SERVFAIL,
    ("loop.example", "MX"): ["10 gw.example."],
    ("gw.example", "A"): ["127.0.0.1"],
    ("empty.example", "TXT"): ['"nothing here"'],
}


@pytest.fixture
def dns() -> Iterator[DnsThread]:
    with DnsThread(ZONE) as server:
        yield server


def _world(gateway: Callable[..., Gateway], background: Background, servers: list[str]):
    home = start_sink(background, LEGACY)
    config = to_sinks(home=home)
    config["routes"].append({"name": "internet", "deliver": "mx", "retry": QUICK_RETRY})
    dns = {"servers": servers, "timeout": "1s", "lifetime": "2s"}
    return gateway(**config, dns=dns), home


def _send(running: Gateway, recipient: str) -> None:
    with running.smtp() as client:
        assert submit(client, "al@home.example", [recipient], letter()).taken


@pytest.mark.parametrize(
    ("domain", "status"),
    [("nullmx.example", "5.1.10"), ("nosuch.example", "5.1.2"), ("loop.example", "5.4.6"), ("empty.example", "5.1.2")],
)
def test_a_domain_that_takes_no_mail_is_reported_at_once(
    domain: str, status: str, gateway: Callable[..., Gateway], background: Background, dns: DnsThread
) -> None:
    running, home = _world(gateway, background, [dns.address])
    _send(running, f"bo@{domain}")
    report = read_notification(one(home))
    assert report.statuses == {status} or (domain == "empty.example" and report.statuses <= {"5.1.2", "5.4.4"})
    assert domain in report.text


def test_mail_waits_while_a_domain_fails_to_resolve(
    gateway: Callable[..., Gateway], background: Background, dns: DnsThread
) -> None:
    running, home = _world(gateway, background, [dns.address])
    _send(running, "bo@broken.example")
    [row] = wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    assert row["route"] == "internet"
    assert home.messages == []


def test_mail_goes_on_when_a_domain_resolves_again(
    gateway: Callable[..., Gateway], background: Background, dns: DnsThread
) -> None:
    running, home = _world(gateway, background, [dns.address])
    _send(running, "bo@broken.example")
    wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    dns._server.zone["broken.example", "MX"] = ["0 ."]
    assert read_notification(one(home, within=60)).statuses == {"5.1.10"}


def test_a_reload_takes_other_dns_servers(gateway: Callable[..., Gateway], background: Background) -> None:
    running, home = _world(gateway, background, ["127.0.0.1:9"])
    _send(running, "bo@nullmx.example")
    wait_for(lambda: running.queue("--state", "deferred"), what="a deferred delivery")
    with DnsThread(ZONE) as server:
        running.write(dns={"servers": [server.address], "timeout": "1s", "lifetime": "2s"})
        running.reload()
        assert read_notification(one(home, within=60)).statuses == {"5.1.10"}


def test_relays_by_address_need_no_dns(gateway: Callable[..., Gateway], background: Background) -> None:
    running, home = _world(gateway, background, ["127.0.0.1:9"])
    _send(running, "bo@broken.example")
    _send(running, "bo@home.example")
    one(home)
