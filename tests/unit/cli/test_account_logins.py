"""`gateway account logins`: what workers have recorded, also of names that attackers choose."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from gateway.accounts.activity.activity import Activity, open_activity
from gateway.accounts.activity.records import LoginAttempt
from gateway.accounts.config import LoginConfig
from gateway.app import clock
from gateway.auth.authenticator import AccountId, Circumstances, CredentialId, Service, Why
from gateway.mail.origin import Tls
from gateway.mail.units import Timestamp
from gateway.telemetry.logs import get_logger
from tests.support.commands import Commands

AL = "al@home.example"
HOSTILE = "\x1b]0;owned\x07\x1b[2Jroot\r\n"


def record(gateway: Commands, act: Callable[[Activity], None]) -> None:
    """As a worker does."""

    async def work() -> None:
        activity = await open_activity(gateway.data, LoginConfig(), clock.now, get_logger("test"))
        act(activity)
        await activity.close()

    asyncio.run(work())


def attempt(account: int | None, name: str, client: str, result: Why | None, ago: float = 0) -> LoginAttempt:
    around = Circumstances(Service.SMTP, "submission", client, Tls("TLSv1.3", "x"), "PLAIN")
    holder = None if account is None else AccountId(account)
    return LoginAttempt(holder, name, around, result, Timestamp(clock.now() - ago))


@pytest.fixture
def gateway(tmp_path: Path) -> Commands:
    made = Commands(tmp_path)
    made.ok("account", "add", AL)
    [account] = made.json("account", "list")
    attempts = (
        attempt(account["id"], AL, "192.0.2.1", None, ago=50),
        attempt(account["id"], AL, "198.51.100.1", Why.BAD_CREDENTIALS, ago=40),
        attempt(None, HOSTILE, "203.0.113.9", Why.BAD_CREDENTIALS, ago=30),
        attempt(account["id"], AL, "192.0.2.1", None, ago=3 * 86400),
    )

    def act(activity: Activity) -> None:
        for each in attempts:
            activity.record(each)

    record(made, act)
    return made


def test_all(gateway: Commands) -> None:
    rows = gateway.json("account", "logins")
    assert [(row["client"], row["result"]) for row in rows] == [
        ("203.0.113.9", "bad-credentials"),
        ("198.51.100.1", "bad-credentials"),
        ("192.0.2.1", "ok"),
        ("192.0.2.1", "ok"),
    ]
    assert (rows[0]["account"], rows[0]["count"]) == (None, 1)
    assert (rows[1]["name"], rows[1]["service"], rows[1]["mechanism"], rows[1]["tls"]) == (
        AL, "smtp", "PLAIN", "TLSv1.3",
    )  # fmt: skip
    assert datetime.fromisoformat(rows[0]["last"]).tzinfo is not None


def test_of_one_account_lately_and_failed(gateway: Commands) -> None:
    assert len(gateway.json("account", "logins", AL)) == 3
    assert len(gateway.json("account", "logins", AL, "--since", "1h")) == 2
    assert [row["result"] for row in gateway.json("account", "logins", AL, "--failed")] == ["bad-credentials"]
    assert len(gateway.json("account", "logins", "--limit", "2")) == 2


def test_failures_are_found_behind_successes(gateway: Commands) -> None:
    assert [row["client"] for row in gateway.json("account", "logins", AL, "--failed", "--limit", "1")] == [
        "198.51.100.1"
    ]
    assert gateway.json("account", "logins", AL, "--failed", "--since", "10s") == []


def test_names_of_attackers_are_safe_to_print(gateway: Commands) -> None:
    for arguments in (["account", "logins"], ["account", "logins", "--json"]):
        printed = gateway.ok(*arguments)
        assert "root" in printed
        assert all(c.isprintable() or c == "\n" for c in printed)
        assert "\\u001b" not in printed


def test_for_people(gateway: Commands) -> None:
    lines = gateway.ok("account", "logins", AL).splitlines()
    assert lines[0].split() == ["Last", "Count", "Result", "Name", "Service", "Mechanism", "Client", "TLS"]
    assert lines[1].split() == ["40s", "ago", "1", "bad-credentials", AL, "smtp", "PLAIN", "198.51.100.1", "TLSv1.3"]


def test_none(tmp_path: Path) -> None:
    done = Commands(tmp_path).run("account", "logins")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "no log-ins in that time\n")


def test_show_has_them_and_the_last_use_of_passwords(gateway: Commands) -> None:
    [account] = gateway.json("account", "list")
    record(gateway, lambda activity: activity.used(CredentialId(1), AccountId(account["id"]), "192.0.2.77"))
    shown = gateway.json("account", "show", AL)
    assert len(shown["logins"]) == 3
    assert shown["passwords"][0]["used_from"] == "192.0.2.77"
    assert shown["passwords"][0]["used"] is not None
    assert "Log-ins of the last 7 days" in gateway.ok("account", "show", AL)
