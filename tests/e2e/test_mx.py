"""Mail exchangers (RFC 5321 5.1): preference, fall-back, addresses of both families, names in all scripts."""

from collections import Counter
from collections.abc import Iterator

import pytest

from gateway.cli.sink.server import PLAIN, Behaviour, SinkServer
from tests.support.background import Background
from tests.support.configs import QUICK_RETRY, letter
from tests.support.dns_server import DnsThread, Zone
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.post import AL, addresses, arrival, for_recipient, post
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, relay_to, start_sink
from tests.support.smtp_client import submit

ZONE: Zone = {
    ("first.example", "MX"): ["20 two.mx.example.", "10 one.mx.example."],
    ("failing.example", "MX"): ["10 closed.mx.example.", "20 noaddress.mx.example.", "30 two.mx.example."],
    ("shared.example", "MX"): ["10 one.mx.example.", "10 two.mx.example."],
    ("implicit.example", "A"): ["127.0.0.12"],
    ("six.example", "MX"): ["10 six.mx.example."],
    ("six-only.example", "AAAA"): ["::1"],
    ("xn--bcher-kva.example", "MX"): ["10 one.mx.example."],
    ("backup.example", "MX"): ["10 one.mx.example.", "20 gw.example.", "30 two.mx.example."],
    ("ours.example", "MX"): ["10 gw.example.", "20 one.mx.example."],
    ("dead.example", "MX"): ["10 closed.mx.example."],
    ("one.mx.example", "A"): ["127.0.0.11"],
    ("two.mx.example", "A"): ["127.0.0.12"],
    ("six.mx.example", "A"): ["127.0.0.13"],
    ("six.mx.example", "AAAA"): ["::1"],
    ("closed.mx.example", "A"): ["127.0.0.13"],
    ("noaddress.mx.example", "TXT"): ['"nothing"'],
    ("gw.example", "A"): ["127.0.0.1"],
    ("utf8.example", "MX"): ["10 old.mx.example.", "20 two.mx.example."],
    ("old.mx.example", "A"): ["127.0.0.14"],
}


class World:
    """`one` and `two` are 127.0.0.11 and .12, `six` is ::1, `old` knows no SMTPUTF8; .13 is closed."""

    def __init__(self, background: Background, port: int) -> None:
        def at(host: str, behaviour: Behaviour = PLAIN) -> SinkServer:
            return background.enter(SinkServer(behaviour, host=host, port=port))

        self.one, self.two, self.six, self.old = at("127.0.0.11"), at("127.0.0.12"), at("::1"), at("127.0.0.14", LEGACY)
        self.home = start_sink(background, LEGACY)
        self.gateway: Gateway


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, background: Background) -> Iterator[World]:
    port = free_port()
    made = World(background, port)
    with DnsThread(ZONE) as dns:
        config = {
            "dns": {"servers": [dns.address]},
            "delivery": {"mx_port": port, "timeouts": {"connect": "2s"}},
            "relays": {"home": relay_to(made.home)},
            "routes": [
                {"name": "shared", "when": {"recipient_domain": "shared.example"}, "deliver": "mx",
                 "limits": {"messages_per_connection": 1}},
                {"name": "home", "when": {"recipient_domain": "home.example"}, "deliver": {"relay": "home"}},
                {"name": "other", "when": {"recipient_domain": "smart.example"},
                 "deliver": {"mx": "first.example", "tls": "none", "helo": "out.example"}},
                {"name": "auto", "when": {"recipient_domain": "utf8.example"}, "deliver": "mx", "smtputf8": "auto"},
                {"name": "internet", "deliver": "mx", "retry": QUICK_RETRY},
            ],
        }  # fmt: skip
        with Gateway(tmp_path_factory.mktemp("mx"), config) as gateway:
            made.gateway = gateway
            yield made


def test_the_most_preferred_first(world: World) -> None:
    post(world.gateway, "a@first.example")
    arrival(world.one, "a@first.example")


def test_the_next_one_where_it_cannot_be_reached(world: World) -> None:
    post(world.gateway, "a@failing.example")
    arrival(world.two, "a@failing.example")


def test_exchangers_of_one_preference_share(world: World) -> None:
    """RFC 5321 5.1: in random order, so that 40 messages with a connection each never all go to one."""
    with world.gateway.smtp() as client:
        for number in range(40):
            assert submit(client, AL, [f"s{number}@shared.example"], letter()).taken
    sinks = {"one": world.one, "two": world.two}

    def found() -> Counter[str]:
        return Counter(
            {
                name: sum(a.endswith("@shared.example") for m in s.messages for a in addresses(m))
                for name, s in sinks.items()
            }
        )

    wait_for(lambda: found().total() == 40, what="all of it")
    assert min(found().values()) > 0


def test_the_domain_itself_without_mx(world: World) -> None:
    post(world.gateway, "a@implicit.example")
    arrival(world.two, "a@implicit.example")


@pytest.mark.parametrize("domain", ["six.example", "six-only.example"])
def test_ipv6(world: World, domain: str) -> None:
    """Also beside an IPv4 address where nobody listens."""
    post(world.gateway, f"a@{domain}")
    arrival(world.six, f"a@{domain}")


@pytest.mark.parametrize("written", ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example"])
def test_domains_in_other_scripts(world: World, written: str) -> None:
    """Asked of the DNS and told the hop in A-labels, whatever the client wrote; that needs no SMTPUTF8."""
    address = f"{len(written)}{written[0]}@".encode("ascii", "replace").decode().replace("?", "q")
    post(world.gateway, address + written, mail="SMTPUTF8")
    assert not arrival(world.one, f"{address}xn--bcher-kva.example").smtputf8


def test_address_literals(world: World) -> None:
    post(world.gateway, "a@[127.0.0.12]", "b@[IPv6:::1]")
    arrival(world.two, "a@[127.0.0.12]")
    arrival(world.six, "b@[IPv6:::1]")


def test_a_backup_exchanger_gives_mail_to_better_ones_alone(world: World) -> None:
    post(world.gateway, "a@backup.example")
    arrival(world.one, "a@backup.example")


def test_a_loop_to_ourselves(world: World) -> None:
    post(world.gateway, "a@ours.example", sender="looped@home.example")
    report = read_notification(arrival(world.home, "looped@home.example"))
    assert report.statuses == {"5.4.6"}
    assert "loops back" in report.text
    assert not for_recipient(world.one, "a@ours.example")


def test_the_exchangers_of_another_domain(world: World) -> None:
    post(world.gateway, "a@smart.example")
    assert arrival(world.one, "a@smart.example").helo == "out.example"


def test_no_exchanger_can_be_reached(world: World) -> None:
    post(world.gateway, "a@dead.example")
    [row] = wait_for(
        lambda: world.gateway.queue("--recipient", "a@dead.example", "--state", "deferred"), what="a deferred delivery"
    )
    assert row["route"] == "internet"
    world.gateway.cli("queue", "drop", row["delivery"])


def test_an_exchanger_that_lacks_smtputf8_leaves_it_to_one_that_has_it(world: World) -> None:
    post(world.gateway, "jörg@utf8.example", mail="SMTPUTF8")
    assert arrival(world.two, "jörg@utf8.example").smtputf8
    post(world.gateway, "al@utf8.example")
    arrival(world.old, "al@utf8.example")
