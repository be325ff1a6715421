import pytest

from gateway.mail.address import NULL_PATH, parse_address
from gateway.mail.need import Extension
from gateway.mail.origin import Origin
from gateway.route.conditions.compiled import compiled
from gateway.route.facts import UNKNOWN, Facts, Scene
from tests.unit.route.written import facts, seen, when

JOERG = parse_address("Jörg@Bücher.example")
KNOWN = facts(seen=seen(20_000, Extension.SMTPUTF8, subject="Disk full"))


def holds(text: str, known: Facts = KNOWN, *, local: bool = True) -> bool | None:
    return compiled(when(text)).holds(Scene(JOERG.domain, local, JOERG, known))


def because(text: str, known: Facts = KNOWN) -> str:
    return compiled(when(text)).because(Scene(JOERG.domain, True, JOERG, known))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "recipient: jörg@xn--bcher-kva.example",
        "recipient: [a@b.example, jörg@bücher.example]",
        "recipient_domain: BÜCHER.example",
        "recipient_domain: [xn--bcher-kva.example]",
        "recipient_domain: '*.example'",
        "sender: al@home.example",
        "sender_domain: ['*.example']",
        "client: 192.0.2.0/24",
        "client: [10.0.0.0/8, 192.0.2.1]",
        "listener: mx",
        "authenticated: false",
        "header: {subject: full$}",
        "header: {Subject: '^Disk'}",
        "size: {over: 10KB, under: 30KB}",
        "needs: smtputf8",
        "needs: [binarymime, SMTPUTF8]",
        "local: true",
        "time: {between: ['11:00', '12:01']}",
        "time: {between: ['23:00', '12:01']}",
        "all: [{local: yes}, {listener: mx}]",
        "any: [{local: no}, {listener: mx}]",
        "not: {local: no}",
        "{local: yes, not: {any: [{local: no}, {size: {under: 5}}]}}",
    ],
)
def test_conditions_that_hold(text):
    assert holds(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "recipient: joerg@bücher.example",
        "recipient_domain: '*.bücher.example'",
        "recipient_domain: example",
        "sender: '<>'",
        "sender_domain: '*.home.example'",
        "client: 10.0.0.0/8",
        "listener: submission",
        "authenticated: true",
        "header: {subject: empty}",
        "header: {subject: full, x-absent: '.*'}",
        "size: {over: 20000}",
        "size: {under: 20000}",
        "needs: 8bitmime",
        "local: false",
        "time: {between: ['12:01', '11:59']}",
        "time: {between: ['11:00', '12:00']}",
        "{local: true, listener: other}",
        "not: {}",
    ],
)
def test_conditions_that_do_not_hold(text):
    assert holds(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "sender: al@home.example",
        "sender_domain: home.example",
        "client: 192.0.2.1",
        "listener: mx",
        "authenticated: true",
        "header: {subject: x}",
        "size: {over: 1}",
        "needs: smtputf8",
        "time: {between: ['00:00', '12:00']}",
        "{local: true, size: {over: 1}}",
        "any: [{local: false}, {size: {over: 1}}]",
        "not: {size: {over: 1}}",
    ],
)
def test_what_is_not_known_yet_is_undecided(text):
    assert holds(text, UNKNOWN) is None
    assert "not known yet" in because(text, UNKNOWN)


@pytest.mark.parametrize("text", ["{local: false, size: {over: 1}}", "all: [{size: {over: 1}}, {local: false}]"])
def test_one_that_fails_decides_whatever_is_unknown(text):
    assert holds(text, UNKNOWN) is False


def test_one_that_holds_decides_for_any():
    assert holds("any: [{size: {over: 1}}, {local: true}]", UNKNOWN) is True


def test_a_recipient_is_unknown_while_only_its_domain_is_known():
    scene = Scene(JOERG.domain, True, None, UNKNOWN)
    assert compiled(when("recipient: jörg@bücher.example")).holds(scene) is None
    assert compiled(when("recipient_domain: bücher.example")).holds(scene) is True


def test_the_null_sender_is_named_by_angle_brackets_and_has_no_domain():
    null = Facts(NULL_PATH, Origin("mx", ""), 0)
    assert holds("sender: '<>'", null) is True
    assert holds("sender_domain: home.example", null) is False
    assert because("sender: '<>'", null) == "sender <>, wanted <>"
    assert because("sender_domain: a.example", null) == "sender_domain none, wanted a.example"


def test_mail_of_this_machine_has_no_client():
    assert holds("client: 127.0.0.0/8", facts(ip="")) is False
    assert because("client: 127.0.0.0/8", facts(ip="")) == "client none, wanted 127.0.0.0/8"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "no condition"),
        ("recipient: al@a.example", "recipient Jörg@bücher.example, wanted al@a.example"),
        (
            "recipient_domain: ['*.a.example', b.example]",
            "recipient_domain bücher.example, wanted *.a.example, b.example",
        ),
        ("listener: [a, b]", "listener mx, wanted a, b"),
        ("authenticated: yes", "authenticated no, wanted yes"),
        ("header: {subject: x}", "header subject 'Disk full', wanted x"),
        ("header: {to: x}", "header to absent, wanted x"),
        ("size: {over: 20KB, under: 1MB}", "size 20000, wanted over 20000 and under 1000000"),
        ("needs: 8bitmime", "needs SMTPUTF8, wanted 8BITMIME"),
        ("local: no", "local yes for bücher.example, wanted no"),
        ("time: {between: ['22:00', '06:00']}", "time 12:00, wanted 22:00 to 06:00"),
        ("{local: no, listener: mx}", "local yes for bücher.example, wanted no"),
        ("not: {local: yes}", "not (local yes for bücher.example, wanted yes)"),
        (
            "any: [{local: no}, {listener: a}]",
            "any of (local yes for bücher.example, wanted no / listener mx, wanted a)",
        ),
    ],
)
def test_reasons_say_what_was_seen_and_what_was_wanted(text, said):
    assert because(text) == said
