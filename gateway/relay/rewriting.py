"""Carries out what `decide` says to rewrite, and inspects the result before anybody sends it."""

from collections.abc import Mapping
from dataclasses import replace

from gateway.mail import codes
from gateway.mail.address import Address
from gateway.mail.capabilities import Capabilities
from gateway.mail.outcome import Failed
from gateway.relay.batch import Batch, aliased, with_octets
from gateway.relay.content import examine, offload
from gateway.relay.materialise import Workbench
from gateway.rewrite.downgrade import rewrite
from gateway.rewrite.ways import CannotRewrite
from gateway.route.decide import Rewriting
from gateway.route.policy import Policy
from gateway.route.ways import ways_of


class Rewriter:
    """Rewrites for one attempt."""

    def __init__(self, policy: Policy, aliases: Mapping[str, Address], bench: Workbench) -> None:
        self._policy = policy
        self._aliases = aliases
        self._bench = bench

    async def rewrite(self, batch: Batch, ways: frozenset[Rewriting], capabilities: Capabilities) -> Batch | Failed:
        """The batch as this hop can take it. Failed: no such form exists, with the code and the reason."""
        if Rewriting.ALIAS_ADDRESSES in ways:
            unaliased = _unaliased(batch, self._aliases)
            if unaliased is not None:
                return unaliased
            named = aliased(batch, self._aliases)
            if (named.sender, named.recipients) != (batch.sender, batch.recipients):
                batch = replace(named, rewritten=batch.rewritten | {"address"})
        wanted = ways_of(ways, capabilities, self._policy, self._aliases)
        result = await offload(batch.octets, lambda: rewrite(batch.octets, batch.inspection, wanted))
        if isinstance(result, CannotRewrite):
            return Failed(result.status, result.why)
        kinds = batch.rewritten.union(change.value for change in result.kinds)
        octets = await self._bench.octets(result.rendition) if result.changed else batch.octets
        inspection = await examine(octets) if result.changed else batch.inspection
        changed = replace(batch, changed=batch.changed + result.changed, rewritten=kinds)
        return with_octets(changed, octets, inspection, self._policy)


def _unaliased(batch: Batch, aliases: Mapping[str, Address]) -> Failed | None:
    """A UTF-8 localpart without an ASCII alias: RFC 6531 3.5, never punycoded."""
    named = [("recipient", r.address) for r in batch.recipients]
    if isinstance(batch.sender, Address):
        named.append(("sender", batch.sender))
    for whose, address in named:
        if not address.is_ascii and address.key not in aliases:
            why = f"the {whose} {address} has no ASCII alias, and the next hop takes no UTF-8 addresses"
            return Failed(codes.NON_ASCII_ADDRESS, why)
    return None
