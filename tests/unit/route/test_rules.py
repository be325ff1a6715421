from gateway.mail.address import parse_address
from gateway.mail.need import Extension
from gateway.route.facts import UNKNOWN, Facts
from gateway.route.rules import RouteTable
from tests.unit.route.written import LOCAL, facts, relay, rule, seen

RELAYS = {"old": relay("hosts: '127.0.0.1:2526'")}
TABLE = RouteTable(
    [
        rule("{name: utf8, when: {needs: smtputf8, recipient_domain: legacy.example}, deliver: hold}"),
        rule("{name: legacy, when: {recipient_domain: [legacy.example, '*.legacy.example']}, deliver: {relay: old}}"),
        rule("{name: nobody, when: {recipient: nobody@home.example}, deliver: {reject: {text: no such person}}}"),
        rule("{name: local, when: {local: yes}, deliver: mailbox}"),
        rule("{name: night, when: {time: {between: ['22:00', '06:00']}}, deliver: hold}"),
        rule("{name: internet, when: {not: {recipient_domain: '*.invalid'}}, deliver: mx}"),
    ],
    RELAYS,
    LOCAL,
)


def chosen(text: str, known: Facts) -> tuple[str | None, bool]:
    choice = TABLE.choose(parse_address(text), known)
    return choice.route.name if choice.route else None, choice.undecided


def test_the_first_that_matches_takes_the_recipient():
    known = facts(seen=seen())
    assert chosen("ops@legacy.example", known) == ("legacy", False)
    assert chosen("ops@a.b.legacy.example", known) == ("legacy", False)
    assert chosen("Nobody@home.example", known) == ("nobody", False)
    assert chosen("al@home.example", known) == ("local", False)
    assert chosen("jörg@xn--bcher-kva.example", known) == ("local", False)
    assert chosen("al@other.example", known) == ("internet", False)


def test_no_route_matches():
    assert chosen("a@b.invalid", facts(seen=seen())) == (None, False)


def test_needs_and_time_are_looked_at_each_time():
    assert chosen("ops@legacy.example", facts(seen=seen(1, Extension.SMTPUTF8))) == ("utf8", False)
    assert chosen("al@other.example", facts(minute=23 * 60)) == ("night", False)
    assert chosen("al@other.example", facts(minute=12 * 60)) == ("internet", False)


def test_what_an_earlier_route_may_still_take_is_undecided():
    assert chosen("ops@legacy.example", facts()) == ("legacy", True)
    assert chosen("a@b.invalid", UNKNOWN) == (None, True)
    assert chosen("ops@a.legacy.example", facts()) == ("legacy", False)


def test_explaining_chooses_the_same_and_says_why():
    for text in ("ops@legacy.example", "al@home.example", "al@other.example", "a@b.invalid"):
        for known in (facts(), UNKNOWN, facts(seen=seen())):
            explanation = TABLE.explain(parse_address(text), known)
            assert explanation.choice == TABLE.choose(parse_address(text), known)
    tried = TABLE.explain(parse_address("al@home.example"), facts(seen=seen())).tried
    assert [(each.name, each.verdict) for each in tried] == [
        ("utf8", False),
        ("legacy", False),
        ("nobody", False),
        ("local", True),
    ]
    assert tried[-1].because == "local yes for home.example, wanted yes"


def test_a_domain_is_looked_at_once():
    table = RouteTable([rule("{name: a, when: {recipient_domain: a.example}, deliver: mx}")], {}, ())
    first = table.choose(parse_address("x@a.example"), UNKNOWN)
    assert table.choose(parse_address("y@A.EXAMPLE"), UNKNOWN) is first


def test_routes_by_name():
    legacy = TABLE.named("legacy")
    assert legacy is not None
    assert legacy.name == "legacy"
    assert TABLE.named("other") is None
    assert TABLE.is_local(LOCAL[1].name)


def test_a_domain_becomes_local_and_ceases_to_be_at_once():
    ours: set[str] = set()
    rules = [rule("{name: local, when: {local: yes}, deliver: hold}"), rule("{name: rest, deliver: mx}")]
    table = RouteTable(rules, {}, LOCAL, lambda domain: domain.ascii in ours)

    def name() -> str:
        route = table.choose(parse_address("al@new.example"), UNKNOWN).route
        assert route is not None
        return route.name

    assert name() == "rest"
    ours.add("new.example")
    assert name() == "local"
    ours.clear()
    assert name() == "rest"


def test_a_route_knows_whom_it_names():
    named = rule("{name: a, when: {recipient: [Al@a.example]}, deliver: mx}")
    assert RouteTable([named], {}, ()).routes[0].named == {"al@a.example"}
