"""What `decide` says to rewrite, in the words of `gateway.rewrite`."""

from collections.abc import Mapping

from gateway.mail.address import Address
from gateway.mail.capabilities import Capabilities
from gateway.mail.need import Extension
from gateway.rewrite.ways import BodyTarget, Ways
from gateway.route.decide import Rewriting
from gateway.route.policy import Policy, SignedPolicy


def ways_of(
    rewriting: frozenset[Rewriting], capabilities: Capabilities, policy: Policy, aliases: Mapping[str, Address]
) -> Ways:
    """The ways for a hop of these capabilities. `aliases`: ASCII addresses by the key of what they stand for."""
    return Ways(
        bodies=_bodies(capabilities) if Rewriting.ENCODE_BODY in rewriting else BodyTarget.AS_IS,
        encode_headers=Rewriting.ENCODE_HEADERS in rewriting,
        encode_global=bool(rewriting & {Rewriting.ENCODE_HEADERS, Rewriting.ENCODE_GLOBAL}),
        repair_raw_headers=Rewriting.REPAIR_HEADERS in rewriting,
        aliases=aliases if rewriting & {Rewriting.ALIAS_ADDRESSES, Rewriting.ENCODE_HEADERS} else {},
        signed_may_break=policy.signed is SignedPolicy.BREAK,
    )


def _bodies(capabilities: Capabilities) -> BodyTarget:
    return BodyTarget.EIGHTBIT if capabilities.offers(Extension.EIGHTBITMIME) else BodyTarget.SEVENBIT
