"""What would be sent to a hop of given capabilities: the decision, the rewriting it asks for, and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, assert_never

from gateway.inspect.inspector import inspect
from gateway.inspect.needs import needs_of
from gateway.inspect.result import Inspection
from gateway.mail import codes
from gateway.mail.address import Address, NullPath, ReversePath
from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.need import Needs
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.rewrite.downgrade import rewrite
from gateway.rewrite.ways import CannotRewrite
from gateway.route.content import content_of
from gateway.route.decide import Fail, Others, Rewrite, Rewriting, Send, TryNextHost, Wait, decide
from gateway.route.policy import Policy
from gateway.route.ways import ways_of

MAX_DECISIONS: Final = 5
_OPTIONS: Final = MailOptions()


@dataclass(frozen=True, slots=True)
class Draft:
    """What is about to be sent to one recipient; `changed` says what was rewritten so far."""

    sender: ReversePath
    recipient: Address
    octets: OctetSource
    inspection: Inspection
    changed: tuple[str, ...] = ()

    @property
    def needs(self) -> Needs:
        """What it needs as it is."""
        return needs_of(self.inspection, self.sender, (Recipient(self.recipient),), _OPTIONS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`verdict`: send, rewrite and send, or fail; with details in words."""

    hop: str
    verdict: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Means:
    """What the route allows, and which ASCII aliases there are."""

    policy: Policy
    aliases: Mapping[str, Address]


def outcome_at(hop: str, capabilities: Capabilities, draft: Draft, means: Means) -> Outcome:
    """What would happen at the only host of a next hop."""
    for _ in range(MAX_DECISIONS):
        content = content_of(draft.inspection)
        decision = decide(draft.needs, capabilities, means.policy, Others.NONE, content)
        match decision:
            case Send(declare):
                parameters = f"declaring {', '.join(sorted(declare))}" if declare else "declaring nothing"
                verdict = "rewrite and send" if draft.changed else "send"
                return Outcome(hop, verdict, (*draft.changed, parameters))
            case Rewrite(ways):
                rewritten = _rewritten(draft, ways, capabilities, means)
                if isinstance(rewritten, Fail):
                    return _failure(hop, rewritten)
                draft = rewritten
            case Fail():
                return _failure(hop, decision)
            case TryNextHost(lacking) | Wait(lacking):
                return Outcome(hop, "fail", tuple(f"lacks {need.extension}" for need in lacking))
            case _:
                assert_never(decision)
    return _failure(hop, Fail(codes.CONVERSION_IMPOSSIBLE, "rewriting does not make the message fit the hop"))


def _failure(hop: str, fail: Fail) -> Outcome:
    return Outcome(hop, "fail", (f"{fail.status} {fail.why}",))


def _rewritten(draft: Draft, ways: frozenset[Rewriting], capabilities: Capabilities, means: Means) -> Draft | Fail:
    if Rewriting.ALIAS_ADDRESSES in ways:
        draft = _aliased(draft, means.aliases)
        for address in (draft.sender, draft.recipient):
            if isinstance(address, Address) and not address.is_ascii:
                return Fail(codes.NON_ASCII_ADDRESS, f"{address} has no ASCII alias")
    result = rewrite(draft.octets, draft.inspection, ways_of(ways, capabilities, means.policy, means.aliases))
    if isinstance(result, CannotRewrite):
        return Fail(result.status, result.why)
    if not result.changed:
        return draft
    octets = MemoryOctets(b"".join(result.rendition.chunks()))
    return replace(draft, octets=octets, inspection=inspect(octets), changed=draft.changed + result.changed)


def _aliased(draft: Draft, aliases: Mapping[str, Address]) -> Draft:
    sender = draft.sender if isinstance(draft.sender, NullPath) else _alias(draft.sender, aliases)
    recipient = _alias(draft.recipient, aliases)
    pairs = [(draft.sender, sender), (draft.recipient, recipient)]
    told = tuple(f"{new} instead of {old}" for old, new in pairs if old != new)
    return replace(draft, sender=sender, recipient=recipient, changed=draft.changed + told)


def _alias(address: Address, aliases: Mapping[str, Address]) -> Address:
    return address if address.is_ascii else aliases.get(address.key, address)
