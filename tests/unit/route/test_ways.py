import pytest

from gateway.mail.address import parse_address
from gateway.mail.capabilities import NO_EXTENSIONS, Capabilities
from gateway.rewrite.ways import BodyTarget, Ways
from gateway.route.decide import Rewriting
from gateway.route.policy import Policy, SignedPolicy, Smtputf8Policy
from gateway.route.ways import ways_of

POLICY = Policy(Smtputf8Policy.DOWNGRADE)
ALIASES = {"jörg@a.example": parse_address("joerg@a.example")}


@pytest.mark.parametrize(
    ("rewriting", "ways"),
    [
        (set(), Ways()),
        ({Rewriting.ENCODE_BODY}, Ways(bodies=BodyTarget.SEVENBIT)),
        ({Rewriting.ENCODE_GLOBAL}, Ways(encode_global=True)),
        ({Rewriting.ENCODE_HEADERS}, Ways(encode_headers=True, encode_global=True, aliases=ALIASES)),
        ({Rewriting.REPAIR_HEADERS}, Ways(repair_raw_headers=True)),
        ({Rewriting.ALIAS_ADDRESSES}, Ways(aliases=ALIASES)),
    ],
)
def test_each_rewriting_is_one_way(rewriting, ways):
    assert ways_of(frozenset(rewriting), NO_EXTENSIONS, POLICY, ALIASES) == ways


def test_bodies_are_encoded_no_further_than_the_hop_needs():
    ways = ways_of(frozenset({Rewriting.ENCODE_BODY}), Capabilities({"8BITMIME": ""}), POLICY, {})
    assert ways.bodies is BodyTarget.EIGHTBIT


def test_signatures_may_break_where_the_route_says_so():
    policy = Policy(Smtputf8Policy.DOWNGRADE, signed=SignedPolicy.BREAK)
    assert ways_of(frozenset(), NO_EXTENSIONS, policy, {}).signed_may_break
