"""Routes: conditions, actions, and what is done to envelope and header on the way."""

import time
from collections.abc import Iterator

import pytest

from gateway.cli.sink.server import PLAIN, SinkServer
from tests.support.background import Background
from tests.support.configs import letter
from tests.support.gateway_process import Config, Gateway
from tests.support.patience import wait_for
from tests.support.ports import free_port
from tests.support.post import AL, addresses, arrival, for_recipient, post, settled, waiting
from tests.support.reader import parse
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, relay_to, start_sink
from tests.support.smtp_client import Client, submit

ELSEWHERE = "127.0.0.7"


def _when(name: str, deliver: object = None, **conditions: object) -> Config:
    """A route of `NAME.example`."""
    when = {"recipient_domain": f"{name}.example"} | conditions
    return {"name": name, "when": when, "deliver": deliver or {"relay": "chosen"}}


CONDITIONS = [
    _when("needs", needs=["smtputf8"]),
    _when("eightbit", needs=["8bitmime"]),
    _when("header", header={"Subject": "^urgent", "X-Team": "storage|network"}),
    _when("size", size={"over": 2000, "under": "10KiB"}),
    _when("client", client=[f"{ELSEWHERE}/32"]),
    _when("listener", listener="extra"),
    _when("sender", sender=["bo@home.example", "<>"]),
    _when("sender-domain", sender_domain="*.home.example"),
    _when("any", any=[{"sender": "bo@home.example"}, {"header": {"Subject": "x"}}]),
    _when("all", all=[{"sender": "bo@home.example"}, {"header": {"Subject": "x"}}]),
    _when("not", **{"not": {"any": [{"sender": "bo@home.example"}, {"size": {"over": 2000}}]}}),
    _when("morning", time={"between": ["00:00", "12:00"]}),
    _when("night", time={"between": ["12:00", "00:00"]}),
    _when("bücher"),
]
ACTIONS = [
    {"name": "nobody", "when": {"recipient": "Nobody@action.example"},
     "deliver": {"reject": {"code": 553, "status": "5.2.1", "text": "gone fishing"}}},
    {"name": "later", "when": {"recipient": "later@action.example"},
     "deliver": {"reject": {"code": 451, "status": "4.7.1", "text": "later"}}},
    {"name": "void", "when": {"recipient": "void@action.example"}, "deliver": "discard"},
    {"name": "spam", "when": {"recipient_domain": "action.example", "header": {"X-Spam": "yes"}},
     "deliver": {"reject": {"code": 554, "status": "5.7.1", "text": "no spam"}}},
    {"name": "holding", "when": {"recipient": "held@action.example"}, "deliver": "hold"},
]  # fmt: skip
EDITS = [
    _when("edit") | {"add_headers": {"X-Relayed": "yes"}, "remove_headers": ["X-Internal", "bcc"]},
    _when("copied") | {"bcc": ["archive@kept.example", "second@kept.example"]},
    _when("copied-badly") | {"bcc": ["refused@kept.example"]},
]
ALIASES = {
    "all@alias.example": ["one@alias.example", "two@alias.example", "other@sender.example"],
    "sales@alias.example": "one@alias.example",
    "info@alias.example": "sales@alias.example",
    "sales@once.example": "me@once.example",
    "info@once.example": "sales@once.example",
    "team@once.example": "me@once.example",
    "ring@alias.example": "rang@alias.example",
    "rang@alias.example": "ring@alias.example",
    "@old-alias.example": "@alias.example",
    "grüße@alias.example": "greetings@alias.example",
}
ASCII = {
    "jörg@ascii.example": "joerg@ascii.example",
    "änne@ascii.example": "aenne@ascii.example",
    "sänder@home.example": "saender@home.example",
}
REWRITE = [
    {"when": {"sender_domain": "inside.example"}, "sender_domain": "home.example"},
    {"when": {"sender": "root@home.example"}, "sender": "admin@home.example"},
    {"when": {"recipient_domain": "was.example"}, "recipient_domain": "alias.example"},
    {"when": {"recipient": "typo@alias.example"}, "recipient": "right@alias.example"},
]


class World:
    """A gateway whose routes lead to `chosen` where their condition holds, and to `rest` where none does."""

    def __init__(self, background: Background) -> None:
        refusing = {"refused@kept.example": "550 5.1.1 no archive"}
        self.chosen = start_sink(background)
        self.rest = start_sink(background)
        self.old = start_sink(background, LEGACY.__class__(extensions=LEGACY.extensions | {"DSN"}))
        self.kept = start_sink(background, PLAIN.__class__(recipients=refusing))
        self.home = start_sink(background, LEGACY)
        self.extra = free_port()
        self.gateway: Gateway

    def config(self) -> Config:
        sinks = {"chosen": self.chosen, "rest": self.rest, "old": self.old, "kept": self.kept, "home": self.home}
        return {
            "trusted_networks": ["127.0.0.0/8"],
            "relays": {name: relay_to(sink) for name, sink in sinks.items()},
            "routes": [
                *CONDITIONS, *ACTIONS, *EDITS,
                _when("kept", {"relay": "kept"}),
                _when("ascii", {"relay": "old"}),
                _when("home", {"relay": "home"}),
                {"name": "rest", "deliver": {"relay": "rest"}},
            ],
            "aliases": ALIASES,
            "ascii_aliases": ASCII,
            "rewrite": REWRITE,
            "reports": {"postmaster": "boss@home.example"},
        }  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, background: Background) -> Iterator[World]:
    made = World(background)
    gateway = Gateway(tmp_path_factory.mktemp("routes"), made.config())
    extra = {"name": "extra", "protocol": "smtp", "bind": f"127.0.0.1:{made.extra}"}
    gateway.write(listeners=[*gateway.config["listeners"], extra])
    with gateway:
        made.gateway = gateway
        yield made


def _which(world: World, address: str) -> SinkServer:
    """The sink that got the mail for this address."""
    both = (world.chosen, world.rest)
    found = wait_for(lambda: [sink for sink in both if for_recipient(sink, address)], what=f"mail to {address}")
    assert len(found) == 1, f"{address} went both ways"
    return found[0]


BIG = letter(body="0123456789abcdef\r\n" * 200)
URGENT = letter("urgent: disk").replace(b"To:", b"X-Team: the network people\r\nTo:", 1)


@pytest.mark.parametrize(
    ("domain", "holds", "fails"),
    [
        ("needs", {"octets": letter("Grüße")}, {"octets": letter(), "mail": "SMTPUTF8"}),
        ("eightbit", {"octets": letter(body="Grüße\r\n")}, {"mail": "BODY=8BITMIME"}),
        ("header", {"octets": URGENT}, {"octets": letter("urgent: disk")}),
        ("size", {"octets": BIG}, {}),
        ("sender", {"sender": "bo@home.example"}, {}),
        ("sender", {"sender": ""}, {"sender": "bobo@home.example"}),
        ("sender-domain", {"sender": "x@a.home.example"}, {"sender": "x@home.example"}),
        ("any", {"octets": letter("x")}, {}),
        ("all", {"octets": letter("x"), "sender": "bo@home.example"}, {"octets": letter("x")}),
        ("not", {}, {"octets": BIG}),
        ("xn--bcher-kva", {}, None),
    ],
)
def test_conditions(world: World, domain: str, holds: Config, fails: Config | None, request) -> None:
    label = "".join(each for each in request.node.name if each.isalnum())[-40:]
    post(world.gateway, f"{label}.yes@{domain}.example", **holds)
    assert _which(world, f"{label}.yes@{domain}.example") is world.chosen
    if fails is not None:
        post(world.gateway, f"{label}.no@{domain}.example", **fails)
        assert _which(world, f"{label}.no@{domain}.example") is world.rest


def test_one_message_goes_by_several_routes(world: World) -> None:
    """First match wins for each recipient; a need is the delivery's own."""
    recipients = ["split@needs.example", "jörg.split@needs.example", "split@size.example"]
    post(world.gateway, *recipients, mail="SMTPUTF8")
    assert [_which(world, each) for each in recipients] == [world.rest, world.chosen, world.rest]


def test_by_client(world: World) -> None:
    with world.gateway.smtp(source=ELSEWHERE) as client:
        assert submit(client, AL, ["a@client.example"], letter()).taken
    post(world.gateway, "b@client.example")
    assert _which(world, "a@client.example") is world.chosen
    assert _which(world, "b@client.example") is world.rest


def test_by_listener(world: World) -> None:
    with Client(world.extra, source="127.0.0.1") as client:
        client.greet()
        assert submit(client, AL, ["a@listener.example"], letter()).taken
    post(world.gateway, "b@listener.example")
    assert _which(world, "a@listener.example") is world.chosen
    assert _which(world, "b@listener.example") is world.rest


def test_by_time_of_day(world: World) -> None:
    """Each moment belongs to one half of the day."""
    before = time.localtime().tm_hour < 12
    post(world.gateway, "t@morning.example", "t@night.example")
    morning, night = (_which(world, f"t@{half}.example") for half in ("morning", "night"))
    assert {morning, night} == {world.chosen, world.rest}
    if before == (time.localtime().tm_hour < 12):
        assert (morning is world.chosen) is before


def test_reject(world: World) -> None:
    with world.gateway.smtp() as client:
        done = submit(client, AL, ["nobody@action.example", "later@action.example"], letter())
    assert [(a.code, a.status) for a in done.recipients] == [(553, "5.2.1"), (451, "4.7.1")]
    assert "gone fishing" in done.recipients[0].text


def test_reject_for_the_content(world: World) -> None:
    """What only the header shows is refused after DATA where no recipient is left."""
    spam = letter().replace(b"To:", b"X-Spam: yes\r\nTo:", 1)
    with world.gateway.smtp() as client:
        done = submit(client, AL, ["spam@action.example"], spam)
    assert done.data is not None
    assert (done.data.code, done.data.status) == (554, "5.7.1")


def test_reject_for_the_content_beside_another_recipient(world: World) -> None:
    """250 is for both, so the one that is refused is reported."""
    spam = letter().replace(b"To:", b"X-Spam: yes\r\nTo:", 1)
    post(world.gateway, "spam@action.example", "fine@rest.example", octets=spam, sender="spammer@home.example")
    arrival(world.rest, "fine@rest.example")
    report = read_notification(arrival(world.home, "spammer@home.example"))
    assert [(action, status) for action, status, _ in report.recipients] == [("failed", "5.7.1")]
    assert "no spam" in report.text


def test_discard(world: World) -> None:
    post(world.gateway, "void@action.example", sender="void@home.example", rcpt="NOTIFY=SUCCESS,FAILURE")
    settled(world.gateway, "void@action.example")
    assert not [s for s in (world.chosen, world.rest) if for_recipient(s, "void@action.example")]


def test_hold_and_release(world: World) -> None:
    """A released message goes by the routes after the one that held it."""
    post(world.gateway, "held@action.example")
    row = waiting(world.gateway, "held@action.example", "held")
    assert not for_recipient(world.rest, "held@action.example")
    world.gateway.cli("queue", "release", str(row["delivery"]))
    arrival(world.rest, "held@action.example")
    settled(world.gateway, "held@action.example")


def test_header_fields_are_added_and_removed(world: World) -> None:
    octets = letter().replace(
        b"To:", b"X-Internal: secret\r\n folded\r\nbCC: x@home.example\r\nx-internal: 2\r\nTo:", 1
    )
    post(world.gateway, "a@edit.example", octets=octets)
    found = arrival(world.chosen, "a@edit.example").octets
    assert b"X-Relayed: yes\r\n" in found
    assert b"secret" not in found
    assert b"x-internal" not in found
    assert b"bcc" not in found.lower()
    assert found.endswith(letter().partition(b"\r\n")[2])


def test_the_sender_is_rewritten(world: World) -> None:
    post(world.gateway, "s1@rest.example", sender="al@inside.example")
    post(world.gateway, "s2@rest.example", sender="root@inside.example")
    post(world.gateway, "s3@rest.example", sender="")
    assert arrival(world.rest, "s1@rest.example").sender == "al@home.example"
    assert arrival(world.rest, "s2@rest.example").sender == "admin@home.example", "rules are applied in order"
    assert arrival(world.rest, "s3@rest.example").sender == ""


def test_recipients_are_rewritten(world: World) -> None:
    post(world.gateway, "r1@was.example", "typo@was.example")
    message = arrival(world.rest, "r1@alias.example")
    arrival(world.rest, "right@alias.example")
    [recipient] = [each for each in message.recipients if each.address == "r1@alias.example"]
    assert "ORCPT=rfc822;r1@was.example" in recipient.parameters, "the original is what the sender knows"


def test_an_alias_of_many(world: World) -> None:
    post(world.gateway, "all@alias.example")
    arrival(world.rest, "other@sender.example")
    message = arrival(world.rest, "two@alias.example")
    assert "one@alias.example" in addresses(message)


def test_aliases_of_aliases_and_of_domains(world: World) -> None:
    """Many to one: one copy for a person, however many names of his the client gave."""
    post(world.gateway, "info@alias.example", octets=letter(number=20))
    post(world.gateway, "someone@old-alias.example", octets=letter(number=21))
    post(world.gateway, "info@old-alias.example", octets=letter(number=22))
    arrival(world.rest, "someone@alias.example")
    numbers = {20, 22}

    def found() -> bool:
        got = for_recipient(world.rest, "one@alias.example")
        return all(any(f"letter-{n}@".encode() in m.octets for m in got) for n in numbers)

    wait_for(found, what="both letters")


def test_several_names_of_one_person_bring_one_message(world: World) -> None:
    post(world.gateway, "sales@once.example", "info@once.example", "me@once.example")
    message = arrival(world.rest, "me@once.example")
    assert addresses(message) == ["me@once.example"]


def test_several_names_that_ask_for_success_are_told_of_each(world: World) -> None:
    post(world.gateway, "sales@once.example", "team@once.example", octets=letter("told"), rcpt="NOTIFY=SUCCESS")
    wait_for(lambda: any(b"told" in m.octets for m in world.rest.messages), what="the letter")
    [message] = [each for each in world.rest.messages if b"told" in each.octets]
    assert addresses(message) == ["me@once.example"] * 2


def test_a_utf8_alias_needs_no_smtputf8_of_the_hop(world: World) -> None:
    post(world.gateway, "grüße@alias.example", mail="SMTPUTF8")
    message = arrival(world.rest, "greetings@alias.example")
    assert not message.smtputf8


def test_an_alias_that_leads_in_a_circle_is_refused(world: World) -> None:
    with world.gateway.smtp() as client:
        done = submit(client, AL, ["ring@alias.example"], letter())
    assert (done.recipients[0].code, done.recipients[0].status) == (550, "5.4.6")


def test_copies(world: World) -> None:
    """Each goes its own way, once, and the recipient sees nothing of it."""
    post(world.gateway, "a@copied.example", "b@copied.example", octets=letter("kept"))
    copy = arrival(world.kept, "archive@kept.example")
    arrival(world.kept, "second@kept.example")
    message = arrival(world.chosen, "a@copied.example")
    assert b"kept.example" not in message.octets
    assert copy.octets.partition(b"\r\nFrom:")[2] == message.octets.partition(b"\r\nFrom:")[2]
    assert addresses(copy).count("archive@kept.example") == 1


def test_a_copy_that_fails_is_the_postmasters_to_know(world: World) -> None:
    post(world.gateway, "a@copied-badly.example", sender="copier@home.example")
    arrival(world.chosen, "a@copied-badly.example")
    report = read_notification(arrival(world.home, "boss@home.example"))
    assert report.recipients == (("failed", "5.1.1", "rfc822; refused@kept.example"),)
    settled(world.gateway, "boss@home.example")
    assert not for_recipient(world.home, "copier@home.example")


def test_ascii_aliases_in_envelope_and_header(world: World) -> None:
    """A hop without SMTPUTF8 is told the substitutes; ORCPT names the original (RFC 6533 3)."""
    octets = letter("Grüße").replace(
        b"To: ops@legacy.example",
        'To: Jörg <jörg@ascii.example>, "Änne" <änne@ascii.example>\r\nReply-To: sänder@home.example'.encode(),
    )
    recipients = ["jörg@ascii.example", "änne@ascii.example"]
    post(world.gateway, *recipients, octets=octets, sender="sänder@home.example", mail="SMTPUTF8")
    message = arrival(world.old, "joerg@ascii.example")
    assert addresses(message) == ["joerg@ascii.example", "aenne@ascii.example"]
    assert message.sender == "saender@home.example"
    assert (message.violations, message.octets.isascii(), message.smtputf8) == ((), True, False)
    assert message.recipients[0].parameters == ("ORCPT=utf-8;j\\x{F6}rg@ascii.example",)
    read = parse(message.octets)
    assert b"<joerg@ascii.example>" in (read.field("To") or b"")
    assert b"<aenne@ascii.example>" in (read.field("To") or b"")
    assert read.field("Reply-To") == b"saender@home.example"
    assert read.text("Subject") == "Grüße"


def test_an_address_without_an_alias_does_not_harm_one_that_has_one(world: World) -> None:
    recipients = ["jörg@ascii.example", "köln@ascii.example", "plain@ascii.example"]
    post(world.gateway, *recipients, octets=letter("mixed"), sender="asker@home.example", mail="SMTPUTF8")
    arrival(world.old, "plain@ascii.example")
    wait_for(lambda: any("mixed" in str(m.octets) for m in for_recipient(world.old, "joerg@ascii.example")), what="it")
    report = read_notification(arrival(world.home, "asker@home.example"))
    assert [(action, status) for action, status, _ in report.recipients] == [("failed", "5.6.7")]
    assert "no ASCII alias" in report.text
