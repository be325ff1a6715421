"""Sessions of a running gateway with two workers: listed, kicked, and ended by changes of their account."""

import json
import smtplib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.background import Background
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.sinks import start_sink
from tests.support.submission import ACCOUNT, Submissions, submissions

BO = "bo@home.example"


class Home:
    """A gateway with accounts, and clients that are logged in."""

    def __init__(self, running: Submissions, stack: ExitStack) -> None:
        self._running = running
        self._stack = stack
        self.cli = running.gateway.cli

    def enter(self, address: str = ACCOUNT, password: str = "") -> smtplib.SMTP:
        """Log in and stay."""
        client = self._stack.enter_context(smtplib.SMTP("127.0.0.1", self._running.starttls, timeout=20))
        client.login(address, password or self._running.password)
        return client

    def sessions(self, *arguments: str) -> list[dict[str, Any]]:
        """`gateway session list --json`."""
        return list(json.loads(self.cli("session", "list", "--json", *arguments)))


@pytest.fixture
def home(gateway: Callable[..., Gateway], background: Background) -> Iterator[Home]:
    running = submissions(gateway, start_sink(background), workers=2)
    with ExitStack() as stack:
        yield Home(running, stack)


def over(client: smtplib.SMTP) -> bool:
    """Whether the session has ended."""
    try:
        return client.noop()[0] == 421
    except (smtplib.SMTPServerDisconnected, ConnectionError):
        return True


def test_list(home: Home) -> None:
    clients = [home.enter() for _ in range(3)]
    other = home.enter(BO, home.cli("account", "add", BO).strip())
    rows = home.sessions()
    assert len(rows) == 4
    assert len({row["id"] for row in rows}) == 4
    assert [row["address"] for row in rows] == [ACCOUNT] * 3 + [BO]
    assert {(row["service"], row["listener"], row["client"], row["tls"]) for row in rows} == {
        ("smtp", "submission", "127.0.0.1", "")
    }
    assert len(home.sessions(BO)) == 1
    other.quit()
    wait_for(lambda: home.sessions(BO) == [], what="the end of a session")
    assert not any(map(over, clients))


def test_kick_one(home: Home) -> None:
    first, second = home.enter(), home.enter()
    name = home.sessions()[0]["id"]
    assert home.cli("session", "kick", name, "--reason", "maintenance") == f"{name}: 1 session ended\n"
    wait_for(lambda: over(first) != over(second), what="the end of one session")
    assert [row["id"] for row in home.sessions()] != [name]
    assert len(home.sessions()) == 1


def test_kick_an_account(home: Home) -> None:
    clients = [home.enter() for _ in range(4)]
    other = home.enter(BO, home.cli("account", "add", BO).strip())
    assert home.cli("session", "kick", ACCOUNT) == f"{ACCOUNT}: 4 sessions ended\n"
    assert all(map(over, clients))
    assert not over(other)
    home.enter().quit()


@pytest.mark.parametrize("change", [["disable"], ["remove"], ["password"]])
def test_a_change_of_the_account_ends_its_sessions_at_once(home: Home, change: list[str]) -> None:
    other = home.enter(BO, home.cli("account", "add", BO).strip())
    clients = [home.enter() for _ in range(4)]
    home.cli("account", *change, ACCOUNT)
    assert all(map(over, clients))
    assert not over(other)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        home.enter()


def test_a_revoked_app_password_ends_its_sessions_alone(home: Home) -> None:
    with_app = home.enter(password=home.cli("account", "app-password", "add", ACCOUNT, "phone").strip())
    with_own = home.enter()
    home.cli("account", "app-password", "revoke", ACCOUNT, "phone")
    assert over(with_app)
    assert not over(with_own)


def test_other_changes_end_nothing(home: Home) -> None:
    client = home.enter()
    home.cli("account", "alias", "add", "ops@home.example", ACCOUNT)
    home.cli("account", "role", ACCOUNT, "admin")
    home.cli("account", "disable", home_admin(home))
    assert not over(client)


def home_admin(home: Home) -> str:
    """The account of the first start."""
    rows = json.loads(home.cli("account", "list", "--json"))
    return next(str(row["address"]) for row in rows if row["address"].startswith("admin@"))


def test_log_ins_are_listed(home: Home) -> None:
    home.enter().quit()
    with pytest.raises(smtplib.SMTPAuthenticationError):
        home.enter(password="wrong")

    def results() -> bool:
        rows = json.loads(home.cli("account", "logins", ACCOUNT, "--json"))
        return {(row["result"], row["name"], row["client"]) for row in rows} == {
            ("ok", ACCOUNT, "127.0.0.1"),
            ("bad-credentials", ACCOUNT, "127.0.0.1"),
        }

    wait_for(results, what="the records of both log-ins")
    [password] = json.loads(home.cli("account", "show", ACCOUNT, "--json"))["passwords"]
    assert password["used_from"] == "127.0.0.1"


def test_a_disabled_account_is_told_why(home: Home) -> None:
    home.cli("account", "disable", ACCOUNT, "--reason", "left in May")
    with pytest.raises(smtplib.SMTPAuthenticationError, match="left in May"):
        home.enter()
    home.cli("account", "enable", ACCOUNT)
    home.enter().quit()
