"""Nothing with an unmet need is ever sent unchanged."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.capabilities import Capabilities
from gateway.mail.need import Extension, Finding, Need, Needs, Where
from gateway.route.content import Content
from gateway.route.decide import Fail, Others, Rewrite, Rewriting, Send, TryNextHost, Wait, decide
from gateway.route.policy import EightbitPolicy, Policy, RawHeaderPolicy, SignedPolicy, Smtputf8Policy

findings = st.builds(
    Finding,
    st.sampled_from(Where),
    st.sampled_from(["", "1", "2.1"]),
    st.sampled_from([None, "Subject", "To"]),
    st.integers(0, 50),
    st.integers(50, 100),
    st.text(max_size=10),
)
reasons = st.lists(findings, min_size=1, max_size=3).map(tuple)
all_needs = st.dictionaries(st.sampled_from(Extension), reasons).map(
    lambda found: Needs({extension: Need(extension, because) for extension, because in found.items()})
)
keywords = st.sets(st.sampled_from(["SMTPUTF8", "8BITMIME", "BINARYMIME", "CHUNKING", "REQUIRETLS", "SIZE"]))
all_capabilities = st.builds(Capabilities, keywords.map(lambda found: dict.fromkeys(found, "")), st.booleans())
policies = st.builds(
    Policy,
    st.sampled_from(Smtputf8Policy),
    st.sampled_from(EightbitPolicy),
    st.sampled_from(SignedPolicy),
    st.sampled_from(RawHeaderPolicy),
)


@st.composite
def matters(draw):
    needs = draw(all_needs)
    because = [finding for need in needs.by_extension.values() for finding in need.because]
    enclosed = draw(st.sets(st.sampled_from(because))) if because else set()
    return needs, Content(tuple(draw(st.lists(findings, max_size=2))), frozenset(enclosed))


@given(matters(), all_capabilities, policies, st.sampled_from(Others))
def test_what_is_sent_has_every_need_met_or_is_explicit_policy(matter, capabilities, policy, others):
    needs, content = matter
    decision = decide(needs, capabilities, policy, others, content)
    if not isinstance(decision, Send):
        return
    allowed = {Extension.EIGHTBITMIME} if policy.eightbit is EightbitPolicy.JUST_SEND else set()
    for extension in needs.extensions - allowed:
        assert capabilities.offers(extension)
        assert extension in decision.declare
    assert not (Extension.SMTPUTF8 in needs and policy.smtputf8 is Smtputf8Policy.NEVER)
    assert not content.raw_headers or policy.raw_headers is RawHeaderPolicy.PASS
    assert all(capabilities.offers(extension) for extension in decision.declare)


@given(matters(), all_capabilities, policies, st.sampled_from(Others))
def test_what_is_decided_fits_what_others_can_do_and_policy_allows(matter, capabilities, policy, others):
    needs, content = matter
    decision = decide(needs, capabilities, policy, others, content)
    match decision:
        case TryNextHost(lacking):
            assert others is Others.UNTRIED
            assert all(not capabilities.offers(need.extension) for need in lacking)
        case Wait(lacking):
            assert others is Others.UNANSWERED
            assert all(not capabilities.offers(need.extension) for need in lacking)
        case Fail(status, why):
            assert others is Others.NONE or content.raw_headers
            assert status.klass == 5
            assert why
        case Rewrite(ways):
            assert ways
            if Rewriting.ENCODE_HEADERS in ways or Rewriting.ALIAS_ADDRESSES in ways:
                assert policy.smtputf8 in (Smtputf8Policy.DOWNGRADE, Smtputf8Policy.NEVER)
            if Rewriting.ENCODE_BODY in ways:
                assert policy.eightbit is not EightbitPolicy.STRICT
            if Rewriting.REPAIR_HEADERS in ways:
                assert policy.raw_headers is RawHeaderPolicy.REPAIR
        case Send(declare):
            assert declare <= needs.extensions


@given(matters(), policies, st.sampled_from(Others))
def test_a_hop_that_offers_all_is_never_left(matter, policy, others):
    needs, content = matter
    everything = Capabilities(
        dict.fromkeys(["SMTPUTF8", "8BITMIME", "BINARYMIME", "CHUNKING", "REQUIRETLS"], ""), tls=True
    )
    decision = decide(needs, everything, policy, others, content)
    assert not isinstance(decision, (TryNextHost, Wait))
