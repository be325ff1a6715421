"""Mail into mailboxes through the real process: what arrives, where, and what is refused instead."""

import smtplib
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from gateway.app import clock
from gateway.store.errors import Resource
from gateway.store.flags import NONE
from tests.support.clients import run
from tests.support.configs import QUICK_RETRY, letter
from tests.support.gateway_process import Gateway
from tests.support.mailboxes import Mailboxes, Stored
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.post import post
from tests.support.reader import parse
from tests.support.smtp_client import Submission, submit, submit_chunks

AL, BO, ADMIN = "al@home.example", "bo@home.example", "admin@home.example"
FAR = "eve@far.example"
LOCAL = {"name": "local", "when": {"local": True}, "deliver": "mailbox", "retry": QUICK_RETRY}


class World:
    """A gateway whose own domain has mailboxes."""

    def __init__(self, gateway: Callable[..., Gateway], **config: Any) -> None:
        given: dict[str, Any] = {"domains": [{"name": "home.example"}], "routes": [LOCAL]}
        self.gateway = gateway(**(given | config))
        self.mailboxes = Mailboxes(self.gateway)

    def outside(self, *recipients: str, octets: bytes = b"", mail: str = "", sender: str = FAR) -> Submission:
        """A stranger's message: over the loopback address that is not trusted."""
        with self.gateway.smtp(source="127.0.0.2") as client:
            return submit(client, sender, list(recipients), octets or letter(), parameters=mail)

    def inbox(self, address: str, mailbox: str = "INBOX") -> Stored:
        return self.mailboxes.arrival(address, mailbox)

    def counted(self, metric: str, count: int, **labels: str) -> None:
        """Workers write down what they count once a second."""
        wait_for(lambda: self.gateway.metric(metric, **labels) == count, what=f"{metric} {labels} to be {count}")

    def settled(self) -> None:
        wait_for(lambda: not self.gateway.queue(), what="an empty queue")


def said(done: Submission) -> str:
    """The first refusal."""
    answers = [*done.recipients, *([done.data] if done.data else [])]
    return next(str(answer) for answer in answers if answer.code >= 400)


@pytest.mark.peer("swaks")
def test_swaks_to_the_admin(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    before = clock.now()
    command = [installed("swaks"), "--server", f"127.0.0.1:{world.gateway.port}", "--to", ADMIN, "--from", FAR]
    done = run([*command, "--header", "Subject: hello", "--body", "All is well."])
    assert done.status == 0, done.said
    stored = world.inbox(ADMIN)
    assert stored.octets.startswith(f"Return-Path: <{FAR}>\r\nDelivered-To: {ADMIN}\r\nReceived: from ".encode()), (
        stored.octets[:300]
    )
    assert parse(stored.octets).text("Subject") == "hello"
    assert (stored.system, stored.keywords) == (NONE, frozenset())
    assert before - 1 <= stored.received <= clock.now()
    assert stored.summary is not None
    assert stored.summary.preview == "All is well."
    event = world.gateway.wait_log("delivered")
    assert event["reply"] == f"250 2.0.0 mailbox of {ADMIN}, INBOX"
    shown = world.gateway.cli("queue", "show", event["id"])
    assert f"mailbox of {ADMIN}, INBOX" in " ".join(shown.split())


def test_utf8_and_binary_octets_are_stored_as_they_are(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    world.gateway.account("jörg@home.example")
    raw = "Subject: 障害: 東京サーバ\r\nFrom: am@home.example\r\n\r\nŸ\r\n".encode()
    post(world.gateway, "jörg@home.example", octets=raw, mail="SMTPUTF8 BODY=8BITMIME")
    stored = world.inbox("jörg@home.example")
    assert b"Delivered-To: j\xc3\xb6rg@home.example\r\n" in stored.octets
    assert stored.octets.endswith(raw)
    binary = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\n\r\xff" * 2
    with world.gateway.smtp() as client:
        assert submit_chunks(client, AL, [ADMIN], binary, parameters="BODY=BINARYMIME").taken
    assert world.inbox(ADMIN).octets.endswith(binary)


def test_octets_in_the_header_that_are_no_utf8_are_kept(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    raw = b"Subject: Gr\xfc\xdfe\r\nFrom: eve@far.example\r\n\r\nhello\r\n"
    assert world.outside(ADMIN, octets=raw).taken
    assert world.inbox(ADMIN).octets.endswith(raw)


def test_a_program_that_uses_smtplib(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "am@home.example", ADMIN, "[FIRING:1] 東京サーバ"
    message.set_content("Größe: 3\n")
    with smtplib.SMTP("127.0.0.1", world.gateway.port, timeout=20) as client:
        client.send_message(message)
    stored = world.inbox(ADMIN)
    assert stored.octets.endswith(message.as_bytes())


def test_a_large_message_is_stored_octet_by_octet(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    world.gateway.account(AL)
    octets = letter("large", body="x" * 70 + "\r\n" + ("0123456789" * 7 + "\r\n") * 60_000)
    assert world.outside(ADMIN, AL, octets=octets).taken
    for address in (ADMIN, AL):
        stored = world.inbox(address)
        assert stored.octets.startswith(f"Return-Path: <{FAR}>\r\nDelivered-To: {address}\r\n".encode())
        assert stored.octets.endswith(octets)
    world.settled()
    assert list((world.gateway.data / "queue").glob("*/bodies/*")) == []


def test_aliases_the_catch_all_and_subaddresses(gateway: Callable[..., Gateway]) -> None:
    domains = [{"name": "home.example", "catch_all": ADMIN}]
    world = World(gateway, domains=domains, aliases={"team@home.example": [AL, BO]})
    for address in (AL, BO):
        world.gateway.account(address)
    world.gateway.cli("account", "alias", "add", "ops@home.example", AL)
    for recipient in ("team@home.example", "ops@home.example", "AL+lists@home.example"):
        assert world.outside(recipient).taken, recipient
    assert world.outside("nobody@home.example").taken
    arrived = world.mailboxes.wait(AL, 3)
    to = sorted(parse(message.octets).text("Delivered-To") for message in arrived)
    assert to == ["AL+lists@home.example", AL, AL]
    assert parse(world.inbox(BO).octets).text("Delivered-To") == BO
    assert parse(world.inbox(ADMIN).octets).text("Delivered-To") == "nobody@home.example"


def test_who_is_refused(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    world.gateway.account(AL)
    world.gateway.cli("account", "refuse", "add", AL, "--text", "gone fishing")
    assert "gone fishing" in said(world.outside(AL))
    assert said(world.outside(BO)).startswith("550 5.1.1 no mailbox")
    assert "relaying denied" in said(world.outside("x@far.example"))


def test_a_subaddress_names_a_mailbox_where_it_is_wanted(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    world.mailboxes.make(ADMIN, "Lists")
    assert world.outside("admin+lists@home.example").taken
    world.inbox(ADMIN)
    world.gateway.write(mailboxes={"subaddress_mailboxes": True})
    world.gateway.reload()
    world.gateway.wait_log("configuration reloaded")
    for detail in ("lists", "sent", "nowhere"):
        assert world.outside(f"admin+{detail}@home.example").taken
    assert b"admin+lists@" in world.inbox(ADMIN, "Lists").octets
    assert len(world.mailboxes.wait(ADMIN, 3)) == 3
    assert world.mailboxes.messages(ADMIN, "Sent") == []


def test_a_disabled_account_gets_mail_unless_it_is_not_to(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    world.gateway.account(AL)
    world.gateway.cli("account", "disable", AL)
    assert world.outside(AL).taken
    world.inbox(AL)
    world.gateway.cli("account", "disable", AL, "--refuse-mail")
    wait_for(lambda: not world.outside(AL).taken, what="the change to count")
    assert said(world.outside(AL)).startswith("550 5.2.1")


@pytest.mark.parametrize("field", ["X-Spam-Flag: YES", "X-Spam: Yes", "X-Spam-Status: Yes, score=9"])
def test_junk_goes_to_its_mailbox(gateway: Callable[..., Gateway], field: str) -> None:
    world = World(gateway)
    assert world.outside(ADMIN, octets=field.encode() + b"\r\n" + letter("buy")).taken
    stored = world.inbox(ADMIN, "Junk")
    assert stored.keywords == {"$Junk"}
    assert world.mailboxes.messages(ADMIN) == []


def test_mail_that_goes_in_a_circle_is_returned(gateway: Callable[..., Gateway]) -> None:
    """By the client where it goes nowhere else: a report would go to whomever it names as its sender."""
    world = World(gateway)
    world.gateway.account(AL)
    world.gateway.account(BO)
    circling = b"Delivered-To: AL@home.example\r\n" + letter()
    assert said(world.outside(AL, octets=circling, sender=ADMIN)).startswith("554 5.4.6")
    assert world.outside(AL, BO, octets=circling, sender=ADMIN).taken
    assert b"\r\nStatus: 5.4.6\r\n" in world.inbox(ADMIN).octets
    world.inbox(BO)
    assert world.mailboxes.messages(AL) == []
    assert world.outside(AL, octets=b"Delivered-To: bo@home.example\r\n" + letter()).taken
    world.inbox(AL)


def test_a_report_of_success_says_delivered_and_not_where(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway, domains=[{"name": "home.example", "catch_all": ADMIN}])
    world.gateway.account(AL)
    post(world.gateway, "any@home.example", sender=AL, rcpt="NOTIFY=SUCCESS")
    report = world.inbox(AL).octets
    assert report.startswith(b"Return-Path: <>\r\n")
    assert b"\r\nAction: delivered\r\n" in report
    assert b"Final-Recipient: rfc822; any@home.example\r\n" in report
    assert b"INBOX" not in report
    assert b"admin@" not in report


def test_the_postmasters_mail_is_the_admins(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    assert world.outside("Postmaster@home.example").taken
    assert world.outside("abuse@home.example").taken
    assert len(world.mailboxes.wait(ADMIN, 2)) == 2


def test_a_full_mailbox_is_told_to_the_client(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    world.gateway.account(AL)
    world.mailboxes.limit(AL, Resource.STORAGE, 20_000)
    room = letter(body="x" * 900 + "\r\n")
    assert said(world.outside(AL, mail="SIZE=30000")).startswith("552 5.2.3")
    for _ in range(2):
        assert world.outside(AL, octets=letter(body=("y" * 70 + "\r\n") * 110)).taken
    world.mailboxes.wait(AL, 2)
    time.sleep(2.1)
    assert said(world.outside(AL, mail="SIZE=9000")).startswith("452 4.2.2 the mailbox of al@home.example is full")
    big = world.outside(AL, octets=letter(body=("y" * 70 + "\r\n") * 110))
    assert big.recipients[0].code == 250
    assert said(big).startswith("452 4.2.2")
    both = world.outside(AL, ADMIN, octets=room, mail="SIZE=9000")
    assert [answer.code for answer in both.recipients] == [452, 250]
    world.counted("gateway_mailbox_full_refusals_total", 3, step="rcpt")
    world.counted("gateway_mailbox_full_refusals_total", 1, step="data")
    world.gateway.write(mailboxes={"over_quota": {"clients": "never"}})
    world.gateway.reload()
    world.gateway.wait_log("configuration reloaded")
    assert said(world.outside(AL, mail="SIZE=9000")).startswith("552 5.2.2")


@pytest.mark.parametrize("queued", ["later", "never"])
def test_a_mailbox_that_fills_up_while_mail_waits(gateway: Callable[..., Gateway], queued: str) -> None:
    """The sender writes to two: one has room, so that the message is taken."""
    world = World(gateway, mailboxes={"over_quota": {"queued": queued}})
    world.gateway.account(AL)
    world.gateway.account(BO)
    world.mailboxes.limit(AL, Resource.MESSAGES, 1)
    octets = letter()
    with world.gateway.smtp() as client:
        assert submit(client, ADMIN, [AL, BO], octets).taken
        assert submit(client, ADMIN, [AL, BO], octets).taken
    world.mailboxes.wait(BO, 2)
    if queued == "never":
        assert b"5.2.2" in world.inbox(ADMIN).octets
        return
    [row] = wait_for(lambda: world.gateway.queue("--state", "deferred"), what="deferred mail")
    assert "4.2.2" in row["last_reply"]
    world.mailboxes.limit(AL, Resource.MESSAGES, None)
    world.mailboxes.wait(AL, 2)


def test_mail_for_an_account_that_went_while_it_waited(gateway: Callable[..., Gateway]) -> None:
    """Held by a time of release, so that the account goes first."""
    world = World(gateway)
    world.gateway.account(AL)
    world.gateway.write(routes=[{"name": "stop", "when": {"recipient": [AL]}, "deliver": "hold"}, LOCAL])
    world.gateway.reload()
    world.gateway.wait_log("configuration reloaded")
    assert world.outside(AL, sender=ADMIN).taken
    world.gateway.cli("account", "remove", AL, "--yes")
    world.gateway.cli("queue", "release", "--recipient", AL)
    report = world.inbox(ADMIN).octets
    assert b"5.1.1" in report


def test_the_mail_of_a_removed_account_goes(gateway: Callable[..., Gateway]) -> None:
    """Whoever gets the address afterwards begins with nothing."""
    world = World(gateway)
    world.gateway.account(AL)
    assert world.outside(AL).taken
    world.inbox(AL)
    number = world.mailboxes.account(AL)
    mine = world.gateway.data / "mail" / f"{number:03}" / str(number)
    assert (mine / "mail.db").exists()
    world.gateway.cli("account", "remove", AL, "--yes")
    wait_for(lambda: not (mine / "mail.db").exists(), within=60, what="the end of the mail")
    world.gateway.account(AL)
    assert world.mailboxes.messages(AL) == []
    wait_for(lambda: world.outside(AL).taken, what="the account to count")
    world.inbox(AL)


def test_many_messages_for_one_mailbox_through_two_workers(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway, workers=2)
    clients = [world.gateway.smtp() for _ in range(8)]
    for number in range(25):
        for index, client in enumerate(clients):
            assert submit(client, FAR, [ADMIN], letter(f"n{number} of {index}")).taken
    for client in clients:
        client.close()
    stored = world.mailboxes.wait(ADMIN, 200)
    assert [message.uid for message in stored] == list(range(1, 201))
    subjects = {parse(message.octets).text("Subject") for message in stored}
    assert subjects == {f"n{number} of {index}" for number in range(25) for index in range(8)}
    world.counted("gateway_mailbox_deliveries_total", 200, result="stored")
    world.counted("gateway_mailbox_delivery_seconds_count", 200)
    world.counted("gateway_mailbox_commit_operations_sum", 200)


def test_where_mail_would_go_is_told_before(gateway: Callable[..., Gateway]) -> None:
    world = World(gateway)
    told = world.gateway.cli("route", "explain", "--rcpt-to", "admin+x@home.example")
    assert f"mailbox of {ADMIN}, INBOX" in told
