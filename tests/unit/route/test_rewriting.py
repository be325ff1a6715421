from gateway.mail.address import NULL_PATH, parse_address
from gateway.route.rewriting import RewriteTable
from tests.unit.route.written import LOCAL, facts, rewrite_rule

AL = parse_address("jörg@intern.example")


def table(*rules: str) -> RewriteTable:
    return RewriteTable([rewrite_rule(rule) for rule in rules], LOCAL)


def test_a_domain_is_replaced_and_the_localpart_kept():
    rules = table("{when: {client: 192.0.2.0/24}, sender_domain: home.example}")
    assert rules.sender(AL, facts()) == parse_address("jörg@home.example")
    assert rules.sender(AL, facts(ip="198.51.100.1")) == AL
    assert rules.recipient(AL, facts()) == AL


def test_a_whole_address_is_replaced():
    rules = table("{when: {recipient_domain: intern.example}, recipient: all@home.example}")
    assert rules.recipient(AL, facts()) == parse_address("all@home.example")
    assert rules.sender(AL, facts()) == AL


def test_all_that_match_are_applied_in_order():
    rules = table(
        "{when: {recipient_domain: intern.example}, recipient_domain: b.example}",
        "{when: {recipient_domain: b.example}, recipient_domain: c.example}",
        "{when: {sender_domain: intern.example}, sender_domain: b.example}",
        "{when: {sender_domain: b.example}, sender: boss@home.example}",
    )
    assert rules.recipient(AL, facts()) == parse_address("jörg@c.example")
    assert rules.sender(AL, facts()) == parse_address("boss@home.example")


def test_a_rule_may_change_both():
    rules = table("{when: {listener: mx}, sender_domain: a.example, recipient_domain: b.example}")
    assert rules.sender(AL, facts()) == parse_address("jörg@a.example")
    assert rules.recipient(AL, facts()) == parse_address("jörg@b.example")


def test_the_null_sender_stays_null():
    assert table("{sender: boss@home.example}").sender(NULL_PATH, facts()) is NULL_PATH
