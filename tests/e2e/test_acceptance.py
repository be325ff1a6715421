"""What is taken from whom: trust, domains that we relay for, the postmaster, loops, and the fields we put on top."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from gateway.cli.sink.server import PLAIN
from tests.support.background import Background
from tests.support.configs import letter, route
from tests.support.gateway_process import Gateway
from tests.support.ports import free_port
from tests.support.post import AL, arrival, for_recipient, post, waiting
from tests.support.receiver import client_context
from tests.support.sinks import LEGACY, one, relay_to, start_sink
from tests.support.smtp_client import Answer, Client, Submission, submit

STRANGER = "127.0.0.9"
KNOWN = replace(
    PLAIN, recipients={"nobody@asked.example": "550 5.1.1 never heard of", "busy@asked.example": "450 4.2.1 x"}
)


UNASKED = replace(PLAIN, recipients={"sales@asked.example": "550 5.1.1 never heard of"})


class World:
    def __init__(self, background: Background) -> None:
        self.open = start_sink(background, UNASKED)
        self.asked = start_sink(background, KNOWN)
        self.home = start_sink(background, LEGACY)
        self.submission = free_port()
        self.gateway: Gateway


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, background: Background) -> Iterator[World]:
    made = World(background)
    config = {
        "domains": [{"name": "home.example"}],
        "relay_domains": [
            {"name": "listed.example", "recipients": ["ops@listed.example", "jörg@listed.example"]},
            {"name": "*.listed.example"},
            {"name": "asked.example", "call_out": True},
            {"name": "down.example", "call_out": True},
        ],
        "aliases": {
            "sales@listed.example": "ops@listed.example",
            "sales@asked.example": "boss@rest.example",
            "gone@asked.example": "nobody@asked.example",
        },
        "accept": {"received_hops": 5, "header_count": 40, "header_size": "4KiB", "call_out_timeout": "5s"},
        "relays": {
            "open": relay_to(made.open),
            "asked": relay_to(made.asked),
            "home": relay_to(made.home),
            "down": {"hosts": [f"127.0.0.1:{free_port()}"]},
        },
        "routes": [
            {"name": "al", "when": {"recipient": AL}, "deliver": {"relay": "home"}},
            {"name": "local", "when": {"local": True}, "deliver": "mailbox"},
            route("partner.example", "open", accept_from="anyone"),
            route("listed.example", "open"),
            route("asked.example", "asked"),
            route("down.example", "down"),
            {"name": "rest", "deliver": {"relay": "open"}},
        ],
    }
    gateway = Gateway(tmp_path_factory.mktemp("acceptance"), config)
    extra = {"name": "submission", "protocol": "submission", "bind": f"127.0.0.1:{made.submission}"}
    gateway.write(listeners=[*gateway.config["listeners"], extra])
    with gateway:
        made.gateway = gateway
        yield made


def _ask(world: World, *recipients: str, source: str = STRANGER, sender: str = "x@out.example") -> list[Answer]:
    """What RCPT is answered with."""
    with world.gateway.smtp(source=source) as client:
        assert client.say(f"MAIL FROM:<{sender}>").code == 250
        return [client.say(f"RCPT TO:<{each}>") for each in recipients]


def _brief(answers: list[Answer]) -> list[tuple[int, str]]:
    return [(answer.code, answer.status) for answer in answers]


def _submit(
    world: World, octets: bytes, *, source: str = "127.0.0.1", recipient: str = "a@partner.example"
) -> Submission:
    with world.gateway.smtp(source=source) as client:
        return submit(client, AL, [recipient], octets)


def test_recipients_of_a_list(world: World) -> None:
    """Others are refused at RCPT, also for trusted clients; an alias is a recipient as well."""
    names = ["ops@listed.example", "OPS@LISTED.example", "nobody@listed.example", "sales@listed.example"]
    expected = [(250, "2.1.5"), (250, "2.1.5"), (550, "5.1.1"), (250, "2.1.5")]
    assert _brief(_ask(world, *names)) == expected
    assert _brief(_ask(world, *names, source="127.0.0.1")) == expected


def test_subdomains_without_a_list(world: World) -> None:
    assert _brief(_ask(world, "any@a.listed.example", "any@a.b.listed.example")) == [(250, "2.1.5")] * 2


def test_a_relayed_domain_is_open_to_strangers(world: World) -> None:
    assert _submit(world, letter(), source=STRANGER, recipient="ops@listed.example").taken
    arrival(world.open, "ops@listed.example")


def test_the_next_hop_is_asked_once(world: World) -> None:
    assert _brief(_ask(world, "one@asked.example", "nobody@asked.example")) == [(250, "2.1.5"), (550, "5.1.1")]
    [refusal] = _ask(world, "nobody@asked.example")
    assert refusal.status == "5.1.1"
    assert "never heard of" in refusal.text
    connections = world.asked.connections
    assert _brief(_ask(world, "one@asked.example", "nobody@asked.example")) == [(250, "2.1.5"), (550, "5.1.1")]
    assert world.asked.connections == connections
    assert not for_recipient(world.asked, "one@asked.example"), "nothing but a question"


def test_a_next_hop_that_is_busy_or_down_says_nothing_against_a_recipient(world: World) -> None:
    answers = _ask(world, "busy@asked.example", "any@down.example")
    assert _brief(answers) == [(250, "2.1.5"), (250, "2.1.5")]


def test_it_is_asked_for_what_an_alias_leads_to(world: World) -> None:
    assert _brief(_ask(world, "sales@asked.example")) == [(250, "2.1.5")]
    assert _submit(world, letter(), source=STRANGER, recipient="sales@asked.example").taken
    arrival(world.open, "boss@rest.example")
    assert _brief(_ask(world, "gone@asked.example")) == [(550, "5.1.1")]


def test_mailboxes_do_not_exist_yet(world: World) -> None:
    assert _brief(_ask(world, "bo@home.example")) == [(550, "5.1.1")]
    assert _brief(_ask(world, "al@home.example")) == [(250, "2.1.5")], "its own route takes it"


def test_the_postmaster(gateway: Callable[..., Gateway]) -> None:
    """RFC 5321 4.5.1: from anyone. Without `reports.postmaster` the mail waits for the operator: a route for all the
    world would only bring it back to us."""
    running = gateway(domains=[{"name": "home.example"}], routes=[{"name": "internet", "deliver": "mx"}])
    names = ["postmaster", "PostMaster@gw.example", "postmaster@home.example"]
    with running.smtp(source=STRANGER) as client:
        assert submit(client, "", names, letter()).taken
    held = {row["recipient"] for row in running.queue("--state", "held")}
    assert held == {"postmaster@gw.example", "PostMaster@gw.example", "postmaster@home.example"}


def test_reports_to_the_postmaster_are_kept(gateway: Callable[..., Gateway], background: Background) -> None:
    """What fails of a copy, where the postmaster has no address."""
    sink = start_sink(background, replace(PLAIN, recipients={"archive@kept.example": "550 5.1.1 no archive"}))
    here = {
        "name": "here",
        "when": {"recipient_domain": ["kept.example", "copied.example"]},
        "deliver": {"relay": "sink"},
    }
    routes = [here | {"bcc": "archive@kept.example"}, {"name": "internet", "deliver": "mx"}]
    running = gateway(relays={"sink": relay_to(sink)}, routes=routes)
    post(running, "a@copied.example")
    row = waiting(running, "postmaster@gw.example", "held")
    assert row["sender"] in ("", "<>")


def test_unqualified_addresses(world: World) -> None:
    """From trusted clients they get our name; others are told (RFC 5321 2.3.5)."""
    post(world.gateway, "a@partner.example", "root", octets=letter("unqualified"), sender="cron")
    message = arrival(world.open, "root@gw.example")
    assert message.sender == "cron@gw.example"
    assert _brief(_ask(world, "root")) == [(501, "5.1.3")]
    with world.gateway.smtp(source=STRANGER) as client:
        answer = client.say("MAIL FROM:<cron>")
    assert (answer.code, answer.status) == (501, "5.1.7")


def test_submission_is_for_trusted_clients(world: World) -> None:
    with Client(world.submission, source=STRANGER) as client:
        client.greet()
        answer = client.say("MAIL FROM:<x@home.example>")
        assert (answer.code, answer.status) == (530, "5.7.0"), answer
        assert client.say("RCPT TO:<a@partner.example>").code == 503
    with Client(world.submission, source="127.0.0.1") as client:
        client.greet()
        assert submit(client, AL, ["submitted@partner.example"], letter()).taken
    arrival(world.open, "submitted@partner.example")


def _with_fields(
    count: int, name: str = "Received", value: str = "from a by b; Fri, 21 Nov 2025 10:00:00 +0000"
) -> bytes:
    return f"{name}: {value}\r\n".encode() * count + letter()


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (_with_fields(6), "5.4.6"),
        (_with_fields(6, "rEcEiVeD"), "5.4.6"),
        (_with_fields(40, "X-Many"), "5.6.0"),
        (_with_fields(1, "X-Large", "x" * 80 + "\r\n " + "\r\n ".join(["y" * 80] * 60)), "5.6.0"),
    ],
    ids=["loop", "loop in other letters", "fields", "octets"],
)
def test_headers_that_are_refused(world: World, octets: bytes, status: str) -> None:
    data = _submit(world, octets).data
    assert data is not None
    assert (data.code, data.status) == (554, status)


def test_headers_at_their_limits(world: World) -> None:
    assert _submit(world, _with_fields(5)).taken
    assert _submit(world, _with_fields(35, "X-Many", "v")).taken
    assert _submit(world, letter() + b"Received: in the body\r\n" * 10).taken


def test_missing_fields_are_added_for_trusted_clients_alone(world: World) -> None:
    bare = b"From: al@home.example\r\nSubject: bare\r\n\r\nBody\r\n"
    assert _submit(world, bare, recipient="trusted@partner.example").taken
    assert _submit(world, bare, source=STRANGER, recipient="stranger@partner.example").taken
    completed = arrival(world.open, "trusted@partner.example").octets
    assert re.search(rb"\r\nDate: \w{3}, \d\d? \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\r\n", completed)
    assert re.search(rb"\r\nMessage-ID: <[a-z0-9]+@gw\.example>\r\n", completed)
    assert completed.endswith(bare)
    untouched = arrival(world.open, "stranger@partner.example").octets
    assert b"Date:" not in untouched
    assert b"Message-ID:" not in untouched


def test_fields_that_are_there_stay(world: World) -> None:
    assert _submit(world, letter("complete"), recipient="complete@partner.example").taken
    octets = arrival(world.open, "complete@partner.example").octets
    assert octets.count(b"\r\nDate:") == 1
    assert octets.lower().count(b"\r\nmessage-id:") == 1


@pytest.mark.parametrize(
    ("verb", "parameters", "keyword"),
    [("HELO", "", "SMTP"), ("EHLO", "", "ESMTP"), ("EHLO", "SMTPUTF8", "UTF8SMTP"), ("EHLO", "BODY=8BITMIME", "ESMTP")],
)
def test_the_trace_says_how_it_came(world: World, verb: str, parameters: str, keyword: str) -> None:
    recipient = f"{verb}{parameters.partition('=')[0]}@partner.example"
    with Client(world.gateway.port) as client:
        client.answer()
        client.say(f"{verb} client.example")
        assert submit(client, AL, [recipient], letter(), parameters=parameters).taken
    head = arrival(world.open, recipient).octets.partition(b"From:")[0]
    assert b" with %b\r\n" % keyword.encode() in head
    assert b"from client.example ([127.0.0.1])" in head
    assert f"for <{recipient}>".encode() in head


@pytest.mark.parametrize(("parameters", "keyword"), [("", b"ESMTPS"), ("SMTPUTF8", b"UTF8SMTPS")])
def test_the_trace_says_that_it_came_by_tls(world: World, parameters: str, keyword: bytes) -> None:
    """RFC 3848, RFC 6531 4.3; and with which version and cipher."""
    recipient = f"tls{len(parameters)}@partner.example"
    with world.gateway.smtp() as client:
        assert client.say("STARTTLS").code == 220
        client.socket = client_context().wrap_socket(client.socket)
        client.say("EHLO client.example")
        assert submit(client, AL, [recipient], letter(), parameters=parameters).taken
    head = arrival(world.open, recipient).octets.partition(b"From:")[0]
    assert re.search(rb" with %b \(TLSv1\.[23] \S+\)" % keyword, head)


def test_the_trace_never_needs_smtputf8(world: World) -> None:
    post(world.gateway, "jörg@partner.example", octets=letter("traced"), mail="SMTPUTF8")
    octets = arrival(world.open, "jörg@partner.example").octets
    assert octets.isascii()
    assert b" for <" not in octets.partition(b"From:")[0]


def test_a_utf8_address_without_the_parameter(world: World) -> None:
    """Refused for strangers, found out for trusted clients (RFC 6531 3.5)."""
    with world.gateway.smtp(source=STRANGER) as client:
        mail = client.say("MAIL FROM:<jörg@out.example>")
        client.say("MAIL FROM:<x@out.example>")
        rcpt = client.say("RCPT TO:<jörg@partner.example>")
    assert _brief([mail, rcpt]) == [(550, "5.6.7"), (553, "5.6.7")]
    post(world.gateway, "änne@partner.example")
    assert arrival(world.open, "änne@partner.example").smtputf8


@pytest.mark.parametrize("where", ["reports", "route"])
def test_a_postmaster_with_an_address(where: str, gateway: Callable[..., Gateway], background: Background) -> None:
    sink = start_sink(background)
    boss = {"reports": {"postmaster": "boss@elsewhere.example"}}
    mine = {"name": "pm", "when": {"recipient": "postmaster@gw.example"}, "deliver": {"relay": "sink"}}
    to = {"name": "else", "when": {"recipient_domain": "elsewhere.example"}, "deliver": {"relay": "sink"}}
    running = gateway(
        relays={"sink": relay_to(sink)},
        routes=[mine] if where == "route" else [to],
        **(boss if where == "reports" else {}),
    )
    with running.smtp(source=STRANGER) as client:
        assert submit(client, "", ["postmaster"], letter()).taken
    [recipient] = one(sink).recipients
    assert recipient.address == ("boss@elsewhere.example" if where == "reports" else "postmaster@gw.example")


def test_the_queue_says_why_the_postmasters_mail_is_held(gateway: Callable[..., Gateway]) -> None:
    """There is no admin whose mailbox would have it."""
    local = {"name": "local", "when": {"local": True}, "deliver": "mailbox"}
    running = gateway(domains=[{"name": "home.example"}], accounts={"admin": None}, routes=[local])
    post(running, "postmaster@home.example")
    row = waiting(running, "postmaster@home.example", "held")
    assert "reports.postmaster" in running.cli("queue", "show", str(row["id"]))
