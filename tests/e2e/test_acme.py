"""Certificates by ACME: issued, renewed, refused; by http-01, by updates of the DNS and by a command."""

import os
import signal
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.support.dns_server import DnsThread
from tests.support.gateway_process import Gateway
from tests.support.knot import Knot
from tests.support.patience import wait_for
from tests.support.pebble import Pebble
from tests.support.ports import free_port

HOST = "gw.example"
pytestmark = [pytest.mark.peer("pebble")]


@pytest.fixture
def names() -> Iterator[DnsThread]:
    """Every name of the tests is on this machine."""
    with DnsThread({(HOST, "A"): ["127.0.0.1"], ("alt.gw.example", "A"): ["127.0.0.1"]}) as server:
        yield server


def listeners(port: int, web: int) -> list[dict[str, Any]]:
    return [
        {"name": "mx", "protocol": "smtp", "bind": f"127.0.0.1:{port}"},
        {"name": "web", "protocol": "http", "bind": f"127.0.0.1:{web}"},
    ]


def with_acme(running: Gateway, pebble: Pebble, web: int, **keys: Any) -> None:
    """Give it the HTTP listener and `tls.acme`, and start it anew."""
    running.stop()
    metrics = [each for each in running.config["listeners"] if each["protocol"] == "metrics"]
    running.write(listeners=[*listeners(running.port, web), *metrics], tls={"acme": acme(pebble, **keys)})
    running.start()


def acme(pebble: Pebble, **keys: Any) -> dict[str, Any]:
    usual = {"directory": pebble.directory, "names": [HOST], "ca_file": str(pebble.ca_file), "terms_agreed": True}
    return usual | keys


def shown(running: Gateway) -> x509.Certificate:
    """What a client of the SMTP listener sees."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with running.smtp() as client:
        assert client.say("STARTTLS").code == 220
        client.socket = secured = context.wrap_socket(client.socket, server_hostname=HOST)
        der = secured.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


def issued(running: Gateway) -> x509.Certificate | None:
    """What it shows, where pebble has signed it."""
    found = shown(running)
    return found if "Pebble" in found.issuer.rfc4514_string() else None


def wait_issued(running: Gateway, within: float = 40) -> x509.Certificate:
    found = wait_for(lambda: issued(running), within=within, what="a certificate by pebble")
    assert found is not None
    return found


def routes() -> dict[str, Any]:
    return {"routes": [{"name": "all", "deliver": "hold"}], "hostname": HOST}


def test_issued_over_http_by_one_of_several_workers_and_shown_by_all(
    gateway: Callable[..., Gateway], tmp_path: Path, names: DnsThread
) -> None:
    web = free_port()
    with Pebble(tmp_path, web, names.address) as pebble:
        running = gateway(**routes(), workers=2)
        assert issued(running) is None
        with_acme(running, pebble, web, names=[HOST, "alt.gw.example"], email="boss@gw.example")
        serial = wait_issued(running).serial_number
        trusting = ssl.create_default_context(cadata=pebble.root())
        everywhere = wait_for(lambda: _on_every_worker(running), within=30, what="every worker to show it")
        assert {each.serial_number for each in everywhere} == {serial}
        with running.smtp() as client:
            client.say("STARTTLS")
            client.socket = trusting.wrap_socket(client.socket, server_hostname="alt.gw.example")
        assert running.metric("gateway_certificate_expiry_timestamp_seconds", name=HOST) > 1.7e9
        assert running.metric("gateway_acme_errors_total", name=HOST) == 0
        events = [each for each in running.log() if each["event"].startswith("certificate")]
        assert [each["event"] for each in events] == ["certificate asked for", "certificate issued"]
        running.stop()
        running.start()
        assert shown(running).serial_number == serial


def _on_every_worker(running: Gateway) -> list[x509.Certificate]:
    """What sixteen connections see, which chance spreads over two workers; nothing while one of them lacks it."""
    found = [issued(running) for _ in range(16)]
    return [each for each in found if each is not None] if None not in found else []


def test_renewed_in_time(gateway: Callable[..., Gateway], tmp_path: Path, names: DnsThread) -> None:
    """A certificate of 40 seconds: the next one is there before it ends."""
    web = free_port()
    with Pebble(tmp_path, web, names.address, lifetime=40) as pebble:
        running = gateway(**routes())
        with_acme(running, pebble, web)
        first = wait_issued(running)
        second = wait_for(lambda: _another(running, first), within=60, what="a renewed certificate")
        assert second is not None
        assert second.not_valid_before_utc < first.not_valid_after_utc
        assert second.public_key() != first.public_key()


def _another(running: Gateway, first: x509.Certificate) -> x509.Certificate | None:
    found = issued(running)
    return found if found is not None and found.serial_number != first.serial_number else None


def test_a_challenge_that_cannot_be_reached_is_counted_told_and_leaves_what_was(
    gateway: Callable[..., Gateway], tmp_path: Path, names: DnsThread
) -> None:
    web, elsewhere = free_port(), free_port()
    with Pebble(tmp_path, elsewhere, names.address) as pebble:
        running = gateway(**routes())
        before = shown(running)
        with_acme(running, pebble, web)
        wait_for(lambda: running.metric("gateway_acme_errors_total", name=HOST) == 1, within=40, what="an ACME error")
        [failure] = [each for each in running.log() if each["event"].startswith("certificate not issued")]
        assert "protocol: http" in failure["why"]
        assert 300 <= failure["again"] <= 400
        assert shown(running) == before
    with Pebble(tmp_path, web, names.address) as pebble:
        running.write(tls={"acme": acme(pebble)})
        running.reload()
        wait_issued(running)


def test_killed_in_the_middle_of_an_order(gateway: Callable[..., Gateway], tmp_path: Path, names: DnsThread) -> None:
    """No pebble at first: the attempt hangs on a listener that never answers, and everything is killed."""
    web = free_port()
    with Pebble(tmp_path, web, names.address) as pebble:
        running = gateway(**routes())
        with_acme(running, pebble, web)
        challenges = running.data / "tls/acme/challenges"
        wait_for(lambda: challenges.is_dir() or issued(running), what="the order to begin")
        running.kill()
        running.start()
        wait_issued(running)
        assert not list(challenges.iterdir())
        for worker in running.workers:
            os.kill(worker, signal.SIGKILL)
        running.wait_ready()
        wait_issued(running)


@pytest.mark.peer("knotd")
def test_issued_for_any_name_below_by_updates_of_the_dns(gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    with Knot(tmp_path, "gw.example") as knot, Pebble(tmp_path, free_port(), knot.address) as pebble:
        running = gateway(**routes(), dns={"servers": [knot.address]})
        (tmp_path / "tsig").write_text(knot.secret)
        (tmp_path / "tsig").chmod(0o600)
        key = {"name": knot.key, "algorithm": "hmac-sha256", "secret": {"file": str(tmp_path / "tsig")}}
        update = {"server": knot.address, "zone": "gw.example", "key": key}
        challenge = {"dns-01": {"rfc2136": update}}
        running.write(tls={"acme": acme(pebble, names=[HOST, "*.gw.example"], challenge=challenge)})
        running.reload()
        found = wait_issued(running)
        wanted = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert sorted(wanted.get_values_for_type(x509.DNSName)) == ["*.gw.example", HOST]
        assert knot.texts("_acme-challenge.gw.example") == []


@pytest.mark.peer("knotd")
def test_a_name_server_that_refuses_is_named(gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    with Knot(tmp_path, "gw.example") as knot, Pebble(tmp_path, free_port(), knot.address) as pebble:
        running = gateway(**routes())
        key = {"name": "stranger", "secret": {"env": "TSIG"}}
        running.stop()
        running.environment["TSIG"] = knot.secret
        update = {"rfc2136": {"server": knot.address, "zone": "gw.example", "key": key}}
        running.write(tls={"acme": acme(pebble, challenge={"dns-01": update})})
        running.start()
        wait_for(lambda: running.metric("gateway_acme_errors_total", name=HOST) == 1, within=40, what="an ACME error")
        [failure] = [each for each in running.log() if each["event"].startswith("certificate not issued")]
        assert knot.address in failure["why"]
        assert knot.secret not in running.tail(100_000)


@pytest.mark.peer("knotd")
def test_issued_by_a_command_that_makes_the_records(gateway: Callable[..., Gateway], tmp_path: Path) -> None:
    with Knot(tmp_path, "gw.example") as knot, Pebble(tmp_path, free_port(), knot.address) as pebble:
        hook = tmp_path / "hook"
        hook.write_text(HOOK.format(python=sys.executable, log=tmp_path / "calls", arguments=knot.update_arguments))
        hook.chmod(0o700)
        running = gateway(**routes())
        challenge = {"dns-01": {"command": [str(hook), "$(touch never)"], "servers": [knot.address]}}
        running.write(tls={"acme": acme(pebble, challenge=challenge)})
        running.reload()
        wait_issued(running)
        calls = [line.split() for line in (tmp_path / "calls").read_text().splitlines()]
        assert [call[2] for call in calls] == ["present", "cleanup"]
        assert {call[3] for call in calls} == {"_acme-challenge.gw.example"}
        assert knot.texts("_acme-challenge.gw.example") == []


HOOK = """#!{python}
import sys
import dns.query, dns.tsigkeyring, dns.update
with open("{log}", "a") as log:
    print(*sys.argv[1:], file=log)
do, name, value = sys.argv[2:]
address, port, zone, key, secret = {arguments}
message = dns.update.UpdateMessage(zone, keyring=dns.tsigkeyring.from_text({{key: secret}}), keyalgorithm="hmac-sha256")
change = message.add if do == "present" else message.delete
change(*((name + ".", 1, "TXT", value) if do == "present" else (name + ".", "TXT", value)))
dns.query.tcp(message, address, port=port)
"""


def test_what_is_wrong_with_the_configuration_is_told(gateway: Callable[..., Gateway]) -> None:
    running = gateway(**routes())
    wrong = {
        "directory": "acme.example",
        "names": ["*.gw.example"],
        "terms_agreed": True,
        "renew_befor": "30d",
    }
    running.write(tls={"acme": wrong})
    said = running.cli("check-config", str(running.file), ok=False)
    assert 'tls.acme.renew_befor: no such key; did you mean "renew_before"?' in said
    running.write(tls={"acme": wrong | {"renew_before": "30d"}})
    running.write(tls={"acme": {"directory": "https://acme.example", "names": ["*.gw.example"]}})
    assert "terms_agreed: true" in running.cli("check-config", str(running.file), ok=False)
