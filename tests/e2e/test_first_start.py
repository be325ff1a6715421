"""The first start makes one account for whoever installed the gateway, and shows its password once."""

import stat
from collections.abc import Callable
from pathlib import Path

from tests.support.gateway_process import Gateway
from tests.support.smtp_client import Client

ROUTES = [{"name": "all", "deliver": "hold"}]
DOMAINS = [{"name": "home.example"}, {"name": "other.example"}]


def _shown(running: Gateway) -> list[str]:
    """The passwords on its output, in the order in which they were shown."""
    lines = running.output.read_text().splitlines()
    return [line.split()[1] for line in lines if line.strip().startswith("password ")]


def _config(port: int) -> dict[str, object]:
    listener = {"name": "submission", "protocol": "submission", "bind": f"127.0.0.1:{port}"}
    return {"routes": ROUTES, "domains": DOMAINS, "more_listeners": [listener]}


def test_the_admin_can_log_in_with_the_password_that_was_shown(gateway: Callable[..., Gateway], free: int) -> None:
    running = gateway(**_config(free))
    [password] = _shown(running)
    with Client(free) as client:
        client.greet()
        assert client.plain("admin@home.example", password).code == 235
    assert password not in "".join(str(event) for event in running.log())
    assert '"role": "admin"' in running.cli("account", "list", "--json")


def test_it_is_shown_once(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=ROUTES, domains=DOMAINS)
    running.stop()
    running.start()
    assert len(_shown(running)) == 1


def test_without_a_domain_of_our_own_there_is_no_account(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=ROUTES)
    assert _shown(running) == []
    assert running.cli("account", "list", "--json").strip() == "[]"


def test_none_is_made_where_none_is_wanted(gateway: Callable[..., Gateway]) -> None:
    running = gateway(routes=ROUTES, domains=DOMAINS, accounts={"admin": None})
    assert running.cli("account", "list", "--json").strip() == "[]"


def test_under_systemd_it_goes_to_a_file_instead_of_the_journal(tmp_path: Path) -> None:
    running = Gateway(tmp_path, {"routes": ROUTES, "domains": DOMAINS}, environment={"JOURNAL_STREAM": "8:12345"})
    with running:
        file = running.data / "admin-password"
        address, password = file.read_text().split()
        assert address == "admin@home.example"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert password not in running.output.read_text()
        [event] = [event for event in running.log() if event["event"] == "first account made"]
        assert event["password_shown_in"] == str(file)


def test_a_file_that_names_what_the_database_has_is_refused(gateway: Callable[..., Gateway]) -> None:
    """At a reload the old configuration stays; `check-config` and a start say what to do."""
    running = gateway(routes=ROUTES, domains=DOMAINS)
    running.cli("domain", "add", "third.example")
    running.write(domains=[*DOMAINS, {"name": "third.example"}])
    said = running.cli("check-config", str(running.file), ok=False)
    assert "third.example" in said
    assert "gateway domain remove third.example" in said
    running.reload()
    running.wait_log("configuration refused, the old one stays")
