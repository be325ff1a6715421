"""What the best servers of today get wrong, each shown to be right here."""

from collections.abc import Callable

import pytest

from tests.support.background import Background
from tests.support.configs import letter, to_sinks
from tests.support.gateway_process import Config, Gateway
from tests.support.patience import wait_for
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, arrived, below_trace, one, start_sink
from tests.support.smtp_client import submit

NO_SMTPUTF8 = LEGACY


def _auto(config: Config) -> Config:
    return config | {"routes": [route | {"smtputf8": "auto"} for route in config["routes"]]}


def test_one_utf8_recipient_does_not_harm_the_ascii_one(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    """Postfix 3.7 bounces both."""
    legacy, home = start_sink(background, LEGACY), start_sink(background, LEGACY)
    running = gateway(**_auto(to_sinks(legacy=legacy, home=home)))
    with running.smtp() as client:
        done = submit(
            client, "al@home.example", ["bo@legacy.example", "jörg@legacy.example"], letter(), parameters="SMTPUTF8"
        )
    assert done.taken
    assert [each.address for each in one(legacy).recipients] == ["bo@legacy.example"]
    report = read_notification(one(home))
    assert [(action, status) for action, status, _ in report.recipients] == [("failed", "5.6.7")]
    assert "bo@legacy.example" not in report.text


def test_the_report_of_5_6_7_arrives_at_an_ascii_only_hop(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    """Postfix's own report needs SMTPUTF8, dies of 5.6.7 as well, and nobody is told."""
    legacy, home = start_sink(background, LEGACY), start_sink(background, LEGACY)
    running = gateway(**_auto(to_sinks(legacy=legacy, home=home)))
    with running.smtp() as client:
        submit(client, "al@home.example", ["jörg@legacy.example"], letter("Grüße"), parameters="SMTPUTF8")
    message = one(home)
    assert message.octets.isascii()
    assert message.violations == ()
    assert read_notification(message).recipients[0][2].replace(" ", "") == "utf-8;j\\x{F6}rg@legacy.example"
    assert legacy.messages == []


def test_a_utf8_localpart_is_never_turned_into_punycode(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    """Exim misroutes to `xn--jrg-sna@`."""
    legacy, home = start_sink(background, LEGACY), start_sink(background, LEGACY)
    running = gateway(**to_sinks(legacy=legacy, home=home))
    with running.smtp() as client:
        submit(client, "al@home.example", ["jörg@legacy.example"], letter(), parameters="SMTPUTF8")
    one(home)
    assert legacy.messages == []


@pytest.mark.parametrize("policy", ["auto", "downgrade", "strict"])
def test_raw_utf8_is_never_sent_undeclared(
    policy: str, gateway: Callable[..., Gateway], background: Background
) -> None:
    """mox ignores its flag when relaying through a smarthost; others drop the flag and send the octets."""
    legacy, home = start_sink(background, LEGACY), start_sink(background, LEGACY)
    config = to_sinks(legacy=legacy, home=home)
    running = gateway(**config | {"routes": [route | {"smtputf8": policy} for route in config["routes"]]})
    with running.smtp() as client:
        submit(client, "al@home.example", ["bo@legacy.example"], letter("Grüße"), parameters="SMTPUTF8")
    wait_for(lambda: legacy.messages or home.messages, what="the message or its report")
    assert all(message.octets.isascii() for message in [*legacy.messages, *home.messages])
    assert bool(legacy.messages) is (policy == "downgrade")


def test_8bit_content_is_declared(gateway: Callable[..., Gateway], background: Background) -> None:
    """mox says BODY=7BIT for it."""
    modern = start_sink(background)
    running = gateway(**to_sinks(modern=modern))
    octets = letter(body="Grüße\r\n")
    with running.smtp() as client:
        submit(client, "al@home.example", ["bo@modern.example"], octets)
    message = one(modern)
    assert message.body == "8BITMIME"
    assert message.violations == ()
    assert below_trace(message.octets) == octets


def test_a_hop_that_lacks_smtputf8_lacks_it_for_good(gateway: Callable[..., Gateway], background: Background) -> None:
    """mox takes it for a temporary failure and retries for days."""
    legacy, home = start_sink(background, LEGACY), start_sink(background, LEGACY)
    running = gateway(**_auto(to_sinks(legacy=legacy, home=home)))
    with running.smtp() as client:
        submit(client, "al@home.example", ["bo@legacy.example"], letter("Grüße"), parameters="SMTPUTF8")
    assert read_notification(one(home)).statuses == {"5.6.9"}
    wait_for(lambda: running.queue() == [], what="an empty queue")


def test_message_rfc822_is_looked_into(gateway: Callable[..., Gateway], background: Background) -> None:
    """mox does not: it sends the UTF-8 headers inside undeclared."""
    modern = start_sink(background)
    running = gateway(**to_sinks(modern=modern))
    inner = "Content-Type: message/rfc822\r\n\r\nSubject: Grüße\r\n\r\nInside.\r\n"
    octets = letter().replace(b"\r\n\r\n", b"\r\nMIME-Version: 1.0\r\n" + inner.encode(), 1)
    with running.smtp() as client:
        submit(client, "al@home.example", ["bo@modern.example"], octets)
    message = one(modern)
    assert message.smtputf8
    assert message.violations == ()


def test_an_alias_stands_in_and_orcpt_names_the_original(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    """RFC 6531 3.5, RFC 6533 3: instead of a failure."""
    old = start_sink(background, LEGACY.__class__(extensions=LEGACY.extensions | {"DSN"}))
    running = gateway(**to_sinks(old=old), ascii_aliases={"jörg@old.example": "joerg@old.example"})
    with running.smtp() as client:
        submit(client, "al@home.example", ["jörg@old.example"], letter(), parameters="SMTPUTF8")
    [recipient] = one(old).recipients
    assert recipient.address == "joerg@old.example"
    assert [p.upper() for p in recipient.parameters if p.upper().startswith("ORCPT")] == [
        "ORCPT=UTF-8;J\\X{F6}RG@OLD.EXAMPLE"
    ]


def test_two_recipients_of_equal_needs_share_one_transaction(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    modern = start_sink(background)
    running = gateway(**to_sinks(modern=modern))
    recipients = ["a@modern.example", "jörg@modern.example", "b@modern.example"]
    with running.smtp() as client:
        submit(client, "al@home.example", recipients, letter(), parameters="SMTPUTF8 ENVID=Ab+2BX RET=HDRS")
    messages = arrived(modern, 2)
    assert sorted([each.address for each in message.recipients] for message in messages) == [
        ["a@modern.example", "b@modern.example"],
        ["jörg@modern.example"],
    ]
    assert sorted(message.smtputf8 for message in messages) == [False, True]
    assert all({"ENVID=Ab+2BX", "RET=HDRS"} <= set(message.parameters) for message in messages)
