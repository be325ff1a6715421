"""What accounts may do and what they get, through two real workers: rights to write, aliases, catch-all, refusals,
disabling, subaddresses and quotas. Every change by a command counts within a second, without a restart."""

import re
import smtplib
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from gateway.accounts.activity.store import Kind
from gateway.app import clock
from gateway.cli.sink.server import PLAIN, Behaviour, Received, SinkServer
from tests.support.background import Background
from tests.support.clients import run
from tests.support.configs import to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.post import arrival, for_recipient
from tests.support.reader import parse
from tests.support.sinks import LEGACY, arrived, one, start_sink
from tests.support.smtp_client import Client, submit
from tests.support.submission import ACCOUNT, Submissions, submissions

BOSS, BO, TO = "boss@home.example", "bo@home.example", "bo@old.example"
SHOP = "shop.example"
TAKEN = (250, "")
WITHIN = 1.0
"""Seconds in which a change by a command has to count."""


def letter(author: str, *, to: str = TO, subject: str = "hello", more: str = "") -> bytes:
    return f"From: {author}\r\nTo: {to}\r\nSubject: {subject}\r\n{more}\r\nAll is well.\r\n".encode()


@dataclass(frozen=True, slots=True)
class World:
    """A gateway with two workers: mail for old.example goes to `out`, mail for our own domains to `store` by LMTP."""

    server: Submissions
    out: SinkServer
    store: SinkServer

    def cli(self, *arguments: str) -> str:
        return self.server.gateway.cli(*arguments)

    def account(self, address: str) -> str:
        """Makes it; its password."""
        return self.server.gateway.account(address)

    def submit(
        self, sender: str = ACCOUNT, *recipients: str, author: str = "", login: tuple[str, str] | None = None
    ) -> tuple[int, str]:
        """One message on a fresh connection, by `smtplib`: the code and text of the first refusal, or `TAKEN`."""
        octets = letter(author or sender)
        with smtplib.SMTP("127.0.0.1", self.server.starttls, timeout=20) as client:
            client.login(*(login or (ACCOUNT, self.server.password)))
            try:
                refused = client.sendmail(sender, recipients or (TO,), octets)
            except smtplib.SMTPRecipientsRefused as error:
                refused = error.recipients
            except smtplib.SMTPResponseException as error:
                return _said((error.smtp_code, error.smtp_error))
        return _said(*refused.values()) if refused else TAKEN

    def from_outside(self, recipient: str) -> tuple[int, str]:
        """What a stranger is told who writes to this recipient."""
        with Client(self.server.gateway.port, timeout=20) as client:
            client.greet()
            answer = submit(client, "eve@far.example", [recipient], letter("eve@far.example", to=recipient))
        last = answer.data or answer.recipients[0]
        return TAKEN if answer.taken else (last.code, last.text[4:])


def _said(*answers: tuple[int, bytes | str]) -> tuple[int, str]:
    [(code, text)] = answers
    return code, text if isinstance(text, str) else text.decode()


@pytest.fixture
def world(gateway: Callable[..., Gateway], background: Background) -> World:
    return make_world(gateway, background)


def make_world(gateway: Callable[..., Gateway], background: Background, hop: Behaviour = PLAIN, **more: Any) -> World:
    out, store = start_sink(background, hop), start_sink(background, Behaviour(lmtp=True))
    config = to_sinks(old=out)
    config["routes"].append(
        {"name": "local", "when": {"local": True}, "deliver": {"lmtp": [f"127.0.0.1:{store.port}"]}}
    )
    return World(submissions(gateway, out, workers=2, **(config | more)), out, store)


def in_a_second(change: Callable[[], object], holds: Callable[[], bool], *, every: int = 6) -> None:
    """The change counts a second after its command has ended at the latest, in all workers.

    A fresh connection meets either worker: `every` of them meet both, but for one time in 2 ** (every - 1).
    """
    change()
    ended = time.monotonic()
    wait_for(holds, within=WITHIN, what="the change to count")
    time.sleep(max(0.0, ended + WITHIN - time.monotonic()))
    assert all(holds() for _ in range(every))


def test_send_as(world: World) -> None:
    """Neither in the envelope nor in From before the grant, in both after it, in none when it is taken back."""
    world.account(BOSS)
    for answer in (world.submit(BOSS), world.submit(ACCOUNT, author=BOSS)):
        assert answer[0] == 550
        assert answer[1].startswith("5.7.1 ")
        assert BOSS in answer[1]
    in_a_second(partial(world.cli, "account", "grant", "add", ACCOUNT, BOSS), lambda: world.submit(BOSS) == TAKEN)
    assert all(b"\r\nSender:" not in message.octets for message in arrived(world.out))
    in_a_second(partial(world.cli, "account", "grant", "remove", ACCOUNT, BOSS), lambda: world.submit(BOSS)[0] == 550)


def test_on_behalf(world: World) -> None:
    """The recipient sees who it was; the envelope is the account's own."""
    world.account(BOSS)
    world.cli("account", "grant", "add", ACCOUNT, BOSS, "--on-behalf")
    wait_for(lambda: world.submit(author=BOSS) == TAKEN, within=WITHIN, what="the grant to count")
    message = one(world.out)
    assert f"\r\nFrom: {BOSS}\r\n".encode() in message.octets
    assert f"\r\nSender: {ACCOUNT}\r\n".encode() in message.octets
    assert message.sender == ACCOUNT


@pytest.mark.peer("swaks")
def test_an_alias_brings_mail_and_no_right_to_write(world: World) -> None:
    """As with any address that is another's, a grant gives that right."""
    alias = "ops@home.example"
    login = ["--auth", "PLAIN", "--auth-user", ACCOUNT, "--auth-password", world.server.password]
    to = ["--to", alias, "--from", ACCOUNT, "--h-From", ACCOUNT]
    swaks = [installed("swaks"), "--server", f"127.0.0.1:{world.server.implicit}", "--tlsc", *login, *to]
    assert "550 5.1.1" in run(swaks).said
    in_a_second(
        partial(world.cli, "account", "alias", "add", alias, ACCOUNT, TO), lambda: run(swaks).status == 0, every=3
    )
    arrival_of_any(world.store, ACCOUNT)
    arrival_of_any(world.out, TO)
    assert world.submit(alias)[0] == 550
    world.cli("account", "grant", "add", ACCOUNT, alias)
    wait_for(lambda: world.submit(alias) == TAKEN, within=WITHIN, what="the grant to count")


def arrival_of_any(sink: SinkServer, address: str) -> list[Received]:
    return wait_for(lambda: for_recipient(sink, address), what=f"mail for {address}")


def test_catch_all_and_a_refusal_beside_it(world: World) -> None:
    """A refusal holds against everybody: strangers, trusted networks and accounts; with its own code and text."""
    world.cli("domain", "add", SHOP)
    world.account(f"owner@{SHOP}")
    wait_for(lambda: world.from_outside(f"owner@{SHOP}") == TAKEN, within=WITHIN, what="the account to count")
    assert world.from_outside(f"any@{SHOP}")[0] == 550
    catch_all = partial(world.cli, "domain", "catch-all", SHOP, f"owner@{SHOP}")
    in_a_second(catch_all, lambda: world.from_outside(f"any@{SHOP}") == TAKEN)
    answer = ("--code", "551", "--status", "5.1.6", "--text", "gone to far")
    refuse = partial(world.cli, "account", "refuse", "add", f"old@{SHOP}", *answer)
    in_a_second(refuse, lambda: world.from_outside(f"old@{SHOP}") == (551, "5.1.6 gone to far"))
    assert world.submit(ACCOUNT, f"old@{SHOP}") == (551, "5.1.6 gone to far")
    assert world.from_outside(f"old+x@{SHOP}") == (551, "5.1.6 gone to far")
    assert world.from_outside(f"OLD@{SHOP.upper()}") == (551, "5.1.6 gone to far")
    in_a_second(
        partial(world.cli, "account", "refuse", "remove", f"old@{SHOP}"),
        lambda: world.from_outside(f"old@{SHOP}") == TAKEN,
    )
    assert all(each.octets for each in arrival_of_any(world.store, f"old@{SHOP}"))


def test_trusted_networks_meet_the_same_refusal(gateway: Callable[..., Gateway], background: Background) -> None:
    home = make_world(gateway, background, trusted_networks=["127.0.0.1/32"])
    home.cli("account", "refuse", "add", "no-reply@home.example", "--text", "nobody reads this")
    refused = (550, "5.1.1 nobody reads this")
    told = partial(home.from_outside, "no-reply@home.example")
    wait_for(lambda: told() == refused, within=WITHIN, what="the refusal to count")
    assert home.submit("no-reply@home.example")[0] == 550


def test_a_disabled_account(world: World) -> None:
    """No log-in, whatever else; its mail arrives or is refused, as the administrator says."""
    bo = (BO, world.account(BO))
    wait_for(lambda: world.submit(BO, login=bo) == TAKEN, within=WITHIN, what="the account to count")

    def told() -> str:
        with pytest.raises(smtplib.SMTPAuthenticationError) as denied:
            world.submit(BO, login=bo)
        return str(denied.value.smtp_error)

    disable = ("account", "disable", BO, "--reason", "on leave")
    in_a_second(partial(world.cli, *disable), lambda: "on leave" in told(), every=3)
    assert world.from_outside(BO) == TAKEN
    arrival(world.store, BO)
    refused = (550, "5.2.1 this mailbox is disabled")
    in_a_second(partial(world.cli, *disable, "--refuse-mail"), lambda: world.from_outside(BO) == refused)
    assert world.submit(ACCOUNT, BO)[1].startswith("5.2.1 ")
    in_a_second(partial(world.cli, "account", "enable", BO), lambda: world.submit(BO, login=bo) == TAKEN, every=3)
    assert world.from_outside(BO) == TAKEN


def test_subaddresses(world: World) -> None:
    """They reach the account, may be written under, and follow the separators of their domain."""
    assert world.from_outside("al+lists@home.example") == TAKEN
    assert arrival_of_any(world.store, "al+lists@home.example")
    assert world.submit("al+lists@home.example") == TAKEN
    assert world.from_outside("al-lists@home.example")[0] == 550
    world.cli("domain", "add", SHOP)
    login = (f"al@{SHOP}", world.account(f"al@{SHOP}"))
    separate = partial(world.cli, "domain", "separators", SHOP, "-")
    in_a_second(separate, lambda: world.from_outside(f"al-lists@{SHOP}") == TAKEN)
    assert world.from_outside(f"al+lists@{SHOP}")[0] == 550
    assert world.submit(f"al-x@{SHOP}", login=login) == TAKEN
    assert world.submit("al-x@home.example", login=login)[0] == 550


QUOTA = 6
HEARD = 1.5
"""Seconds after which a worker knows what another one has written down: it looks once a second."""


def test_a_quota_over_two_workers(gateway: Callable[..., Gateway], background: Background) -> None:
    """Counted together; the answer says when to come again, and then it is free again. Other accounts are not held.

    Each worker for itself would take twice as much. What it takes before it has heard of the other's comes on top.
    """
    home = make_world(gateway, background, submission={"account": {"messages_per_hour": QUOTA}})
    bo = (BO, home.account(BO))
    answers = [home.submit() for _ in range(QUOTA)]
    assert answers == [TAKEN] * QUOTA
    wait_for(lambda: _counted(home.server.gateway) == QUOTA, what="the counts of both workers")
    time.sleep(HEARD)

    def held() -> bool:
        answers.append(home.submit())
        return [code for code, _ in answers[-6:]] == [450] * 6

    wait_for(held, within=5, what="an answer of both workers")
    taken = answers.count(TAKEN)
    assert taken <= QUOTA + QUOTA // 2
    text = answers[-1][1]
    assert text.startswith("4.7.1 ")
    [again] = re.findall(r"after (\S+Z)$", text)
    assert 0 < datetime.fromisoformat(again).timestamp() - clock.now() <= 3600 + 300
    assert home.submit(BO, login=bo) == TAKEN
    _an_hour_passes(home.server.gateway)
    assert home.submit() == TAKEN
    assert len(arrived(home.out, taken + 2)) == taken + 2


def _counted(running: Gateway) -> int:
    """Messages within an hour that workers have told each other of."""
    with closing(sqlite3.connect(running.data / "activity.db", timeout=10)) as file:
        rows = file.execute("SELECT sum(one) FROM tally WHERE kind = ?", (Kind.HOUR,)).fetchall()
    return int(rows[0][0] or 0)


def _an_hour_passes(running: Gateway) -> None:
    """What was counted was counted an hour earlier, and the buckets of five minutes have run out."""
    running.stop()
    with closing(sqlite3.connect(running.data / "activity.db")) as file, file:
        file.execute("UPDATE tally SET start = start - 3900")
    running.start()


def test_a_message_with_too_many_recipients_for_the_quota(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    home = make_world(gateway, background, submission={"account": {"recipients_per_day": 3}})
    code, text = home.submit(ACCOUNT, *[f"r{number}@old.example" for number in range(4)])
    assert (code, text[:6]) == (450, "4.7.1 ")
    message = one(home.out)
    assert len(message.recipients) == 3, "those before it are taken"


def test_mail_of_accounts_is_downgraded_by_default(gateway: Callable[..., Gateway], background: Background) -> None:
    """A route that says nothing of it rewrites for accounts, and for them alone (design: `smtputf8` absent)."""
    home = make_world(gateway, background, LEGACY, relay_domains=[{"name": "old.example"}])
    with Client(home.server.starttls) as client:
        client.greet()
        assert client.plain(ACCOUNT, home.server.password).code == 235
        assert submit(client, ACCOUNT, [TO], letter(ACCOUNT, subject="Grüße"), parameters="SMTPUTF8").taken
    message = one(home.out)
    assert parse(message.octets).text("Subject") == "Grüße"
    assert message.octets.isascii()
    octets = letter("eve@far.example", subject="Grüße")
    with Client(home.server.gateway.port) as client:
        client.greet()
        assert submit(client, "eve@far.example", [TO], octets, parameters="SMTPUTF8").taken
    failed = partial(home.server.gateway.queue, "--state", "failed", "--recipient", TO)
    [row] = wait_for(failed, what="the end of the stranger's mail")
    assert row["last_reply"].startswith("5.6.9 ")
    assert len(home.out.messages) == 1
