"""The decision table, row by row (docs/architecture.md)."""

import pytest

from gateway.mail import codes
from gateway.mail.capabilities import NO_EXTENSIONS, Capabilities
from gateway.mail.need import NOTHING, Extension, Finding, Need, Needs, Where
from gateway.route.content import Content
from gateway.route.decide import Fail, Others, Rewrite, Rewriting, Send, TryNextHost, Wait, decide
from gateway.route.policy import EightbitPolicy, Policy, RawHeaderPolicy, Smtputf8Policy, defaults

AUTO = Policy(Smtputf8Policy.AUTO)
DOWNGRADE = Policy(Smtputf8Policy.DOWNGRADE)
STRICT = Policy(Smtputf8Policy.STRICT)
NEVER = Policy(Smtputf8Policy.NEVER)
FULL = Capabilities(dict.fromkeys(["SMTPUTF8", "8BITMIME", "BINARYMIME", "CHUNKING", "REQUIRETLS"], ""), tls=True)
EIGHTBIT = Capabilities({"8BITMIME": ""})

HEADER = Finding(Where.HEADER, "", "Subject", 10, 20, "UTF-8 in a header field")
NESTED = Finding(Where.NESTED_HEADER, "2", "Subject", 110, 120, "UTF-8 in a header field")
RECIPIENT = Finding(Where.RECIPIENT, why="the localpart of jörg@bücher.example is not ASCII")
REQUEST = Finding(Where.REQUEST, why="the client asked for SMTPUTF8")
RAW = Finding(Where.HEADER, "", "Subject", 10, 20, "octets that are not UTF-8")

HEADERS_AND_ADDRESSES = frozenset({Rewriting.ENCODE_HEADERS, Rewriting.ALIAS_ADDRESSES})


def needs(extension: Extension, *because: Finding) -> Needs:
    return Needs({extension: Need(extension, because)})


UTF8_HEADER = needs(Extension.SMTPUTF8, HEADER)
UTF8_RECIPIENT = needs(Extension.SMTPUTF8, RECIPIENT)
EIGHTBIT_BODY = needs(Extension.EIGHTBITMIME, Finding(Where.BODY, why="octets over 127"))
BINARY_BODY = needs(Extension.BINARYMIME, Finding(Where.BODY, why="a NUL"))
TLS = needs(Extension.REQUIRETLS, Finding(Where.REQUEST, why="the client asked for REQUIRETLS"))


@pytest.mark.parametrize("policy", [AUTO, DOWNGRADE, STRICT, NEVER])
@pytest.mark.parametrize("others", list(Others))
def test_plain_mail_is_sent_anywhere_and_declares_nothing(policy, others):
    assert decide(NOTHING, NO_EXTENSIONS, policy, others) == Send(frozenset())


@pytest.mark.parametrize("policy", [AUTO, DOWNGRADE, STRICT])
def test_a_capable_hop_gets_the_message_with_its_parameters(policy):
    assert decide(UTF8_HEADER, FULL, policy, Others.NONE) == Send(frozenset({Extension.SMTPUTF8}))


def test_smtputf8_without_8bitmime_counts_as_lacking():
    assert isinstance(decide(UTF8_HEADER, Capabilities({"SMTPUTF8": ""}), AUTO, Others.NONE), Fail)


@pytest.mark.parametrize("policy", [AUTO, DOWNGRADE, STRICT])
def test_another_host_that_was_not_tried_is_asked_first(policy):
    assert isinstance(decide(UTF8_HEADER, EIGHTBIT, policy, Others.UNTRIED), TryNextHost)


@pytest.mark.parametrize("others", [Others.UNANSWERED, Others.NONE])
def test_downgrading_now_beats_waiting_for_a_host_that_is_down(others):
    decision = decide(UTF8_HEADER, EIGHTBIT, DOWNGRADE, others)
    assert isinstance(decision, Rewrite)
    assert decision.ways == HEADERS_AND_ADDRESSES


def test_an_address_alone_is_replaced_by_its_alias():
    decision = decide(UTF8_RECIPIENT, EIGHTBIT, DOWNGRADE, Others.NONE)
    assert isinstance(decision, Rewrite)
    assert decision.ways == {Rewriting.ALIAS_ADDRESSES}


def test_auto_waits_while_a_host_has_not_answered():
    assert isinstance(decide(UTF8_HEADER, EIGHTBIT, AUTO, Others.UNANSWERED), Wait)


@pytest.mark.parametrize(
    ("need", "status"), [(UTF8_HEADER, codes.NON_ASCII_HEADER), (UTF8_RECIPIENT, codes.NON_ASCII_ADDRESS)]
)
@pytest.mark.parametrize("policy", [AUTO, STRICT])
def test_without_rewriting_it_fails_with_the_code_of_the_reason(need, status, policy):
    decision = decide(need, EIGHTBIT, policy, Others.NONE)
    assert isinstance(decision, Fail)
    assert decision.status == status
    assert "SMTPUTF8" in decision.why


def test_strict_keeps_to_what_the_client_asked_for():
    asked = needs(Extension.SMTPUTF8, REQUEST)
    assert decide(asked, FULL, STRICT, Others.NONE) == Send(frozenset({Extension.SMTPUTF8}))
    decision = decide(asked, EIGHTBIT, STRICT, Others.NONE)
    assert isinstance(decision, Fail)
    assert decision.why.startswith("the client asked for SMTPUTF8")


@pytest.mark.parametrize("others", list(Others))
def test_never_rewrites_even_for_a_hop_that_offers_it(others):
    decision = decide(UTF8_HEADER, FULL, NEVER, others)
    assert isinstance(decision, Rewrite)
    assert decision.ways == HEADERS_AND_ADDRESSES


@pytest.mark.parametrize("policy", [AUTO, DOWNGRADE])
def test_message_global_inside_is_encoded_under_auto_too(policy):
    content = Content(enclosed=frozenset({NESTED}))
    decision = decide(needs(Extension.SMTPUTF8, NESTED), EIGHTBIT, policy, Others.NONE, content)
    assert isinstance(decision, Rewrite)
    assert decision.ways == {Rewriting.ENCODE_GLOBAL}


def test_under_auto_encoding_the_nested_message_does_not_help_the_header_above_it():
    content = Content(enclosed=frozenset({NESTED}))
    decision = decide(needs(Extension.SMTPUTF8, HEADER, NESTED), EIGHTBIT, AUTO, Others.NONE, content)
    assert isinstance(decision, Fail)


@pytest.mark.parametrize("others", list(Others))
def test_an_8bit_body_is_encoded_at_once(others):
    decision = decide(EIGHTBIT_BODY, NO_EXTENSIONS, AUTO, others)
    assert isinstance(decision, Rewrite)
    assert decision.ways == {Rewriting.ENCODE_BODY}


def test_an_8bit_body_is_declared_where_the_hop_takes_it():
    assert decide(EIGHTBIT_BODY, EIGHTBIT, AUTO, Others.NONE) == Send(frozenset({Extension.EIGHTBITMIME}))


@pytest.mark.parametrize(
    ("others", "kind"), [(Others.UNTRIED, TryNextHost), (Others.UNANSWERED, Wait), (Others.NONE, Fail)]
)
@pytest.mark.parametrize("need", [EIGHTBIT_BODY, BINARY_BODY])
def test_strict_never_encodes_a_body(others, kind, need):
    policy = Policy(Smtputf8Policy.DOWNGRADE, EightbitPolicy.STRICT)
    decision = decide(need, NO_EXTENSIONS, policy, others)
    assert isinstance(decision, kind)
    if isinstance(decision, Fail):
        assert decision.status == codes.CONVERSION_FORBIDDEN


def test_just_send_sends_8bit_undeclared_but_encodes_binary():
    policy = Policy(Smtputf8Policy.AUTO, EightbitPolicy.JUST_SEND)
    assert decide(EIGHTBIT_BODY, NO_EXTENSIONS, policy, Others.NONE) == Send(frozenset())
    assert isinstance(decide(BINARY_BODY, NO_EXTENSIONS, policy, Others.NONE), Rewrite)


@pytest.mark.parametrize(
    ("others", "kind"), [(Others.UNTRIED, TryNextHost), (Others.UNANSWERED, Wait), (Others.NONE, Fail)]
)
def test_requiretls_is_never_dropped(others, kind):
    decision = decide(TLS, EIGHTBIT, DOWNGRADE, others)
    assert isinstance(decision, kind)
    if isinstance(decision, Fail):
        assert decision.status == codes.REQUIRETLS_NEEDED


def test_requiretls_counts_only_under_checked_tls():
    assert decide(TLS, FULL, AUTO, Others.NONE) == Send(frozenset({Extension.REQUIRETLS}))
    assert isinstance(decide(TLS, Capabilities({"REQUIRETLS": ""}), AUTO, Others.NONE), Fail)


def test_raw_headers_are_repaired_refused_or_passed():
    content = Content((RAW,))
    repaired = decide(NOTHING, FULL, defaults(trusted=True), Others.NONE, content)
    assert repaired == Rewrite(frozenset({Rewriting.REPAIR_HEADERS}), ())
    refused = decide(NOTHING, FULL, defaults(trusted=False), Others.UNTRIED, content)
    assert refused == Fail(codes.BAD_CONTENT, "octets that are not UTF-8: Subject, and the route allows no repair")
    passed = decide(NOTHING, FULL, Policy(Smtputf8Policy.AUTO, raw_headers=RawHeaderPolicy.PASS), Others.NONE, content)
    assert passed == Send(frozenset())


def test_rewritings_of_several_kinds_are_done_together():
    both = Needs({**UTF8_HEADER.by_extension, **EIGHTBIT_BODY.by_extension})
    decision = decide(both, NO_EXTENSIONS, defaults(trusted=True), Others.NONE, Content((RAW,)))
    assert isinstance(decision, Rewrite)
    assert decision.ways == HEADERS_AND_ADDRESSES | {Rewriting.ENCODE_BODY, Rewriting.REPAIR_HEADERS}
    assert {need.extension for need in decision.because} == both.extensions


def test_what_another_host_may_have_is_told_whole():
    both = Needs({**UTF8_HEADER.by_extension, **TLS.by_extension})
    decision = decide(both, NO_EXTENSIONS, AUTO, Others.UNTRIED)
    assert isinstance(decision, TryNextHost)
    assert {need.extension for need in decision.lacking} == both.extensions
