"""The heart: may this transaction go to this host as it is, rewritten, or not at all?

Property (tests/property/test_decide.py): nothing with an unmet need is ever sent unchanged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, assert_never

from gateway.mail import codes
from gateway.mail.capabilities import Capabilities
from gateway.mail.codes import EnhancedCode
from gateway.mail.need import Extension, Finding, Need, Needs, Where
from gateway.route.content import CLEAN, Content
from gateway.route.policy import EightbitPolicy, Policy, RawHeaderPolicy, Smtputf8Policy


class Others(Enum):
    """The other hosts of the same next hop."""

    UNTRIED = auto()
    """At least one has not been tried in this attempt."""
    UNANSWERED = auto()
    """All were tried; at least one did not answer, so what it offers is not known."""
    NONE = auto()
    """All answered and lack the same, or there is no other."""


class Rewriting(Enum):
    """A way to make a need go away without changing what the message says."""

    ENCODE_BODY = auto()
    """8-bit or binary parts to quoted-printable or base64."""
    ENCODE_HEADERS = auto()
    """UTF-8 in headers to RFC 2047, RFC 2231 and A-labels; message/global inside, encoded."""
    ENCODE_GLOBAL = auto()
    """message/global inside, encoded, and nothing else about headers: a transfer encoding (RFC 6532 3.7)."""
    ALIAS_ADDRESSES = auto()
    """UTF-8 localparts replaced by their configured ASCII aliases, in envelope and headers."""
    REPAIR_HEADERS = auto()
    """Header octets that are not UTF-8, to RFC 2047."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send it unchanged, with the parameters that `declare` names."""

    declare: frozenset[Extension]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Rewrite it in these ways, inspect the result, decide again on that."""

    ways: frozenset[Rewriting]
    because: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class TryNextHost:
    """This host lacks something that another may have."""

    lacking: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """A host that has not answered may have what this one lacks."""

    lacking: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Fail:
    """No host can have it and rewriting is impossible or forbidden."""

    status: EnhancedCode
    why: str


Decision = Send | Rewrite | TryNextHost | Wait | Fail

_SEND_PLAINLY: Final = Send(frozenset())
_ADDRESSES: Final = (Where.SENDER, Where.RECIPIENT)
_ENVELOPE: Final = (*_ADDRESSES, Where.REQUEST)
_DOWNGRADED: Final = frozenset({Rewriting.ENCODE_HEADERS, Rewriting.ALIAS_ADDRESSES})
"""A header may hold the same addresses as the envelope, so that they go together."""


def decide(
    needs: Needs, capabilities: Capabilities, policy: Policy, others: Others, content: Content = CLEAN
) -> Decision:
    """What to do with a transaction of these needs at a host of these capabilities.

    `content` says more about the octets that `needs` were derived from (`content_of`). Rewriting that turns out to be
    impossible is the caller's: it asks the other hosts, waits or fails as `others` has it.
    """
    if not needs.by_extension and not content.raw_headers:
        return _SEND_PLAINLY
    verdicts = [*_raw_headers(content, policy)]
    declare = set()
    for need in needs.by_extension.values():
        if _offered(need.extension, capabilities, policy):
            declare.add(need.extension)
        else:
            verdicts.append(_lacking(need, policy, others, content))
    return _combined(verdicts, frozenset(declare))


def _offered(extension: Extension, capabilities: Capabilities, policy: Policy) -> bool:
    if extension is Extension.SMTPUTF8 and policy.smtputf8 is Smtputf8Policy.NEVER:
        return False
    return capabilities.offers(extension)


def _combined(verdicts: list[Decision], declare: frozenset[Extension]) -> Decision:
    """The gravest verdict; those of the same kind are one."""
    for verdict in verdicts:
        if isinstance(verdict, Fail):
            return verdict
    if elsewhere := [need for verdict in verdicts if isinstance(verdict, TryNextHost) for need in verdict.lacking]:
        return TryNextHost(tuple(elsewhere))
    if later := [need for verdict in verdicts if isinstance(verdict, Wait) for need in verdict.lacking]:
        return Wait(tuple(later))
    rewrites = [verdict for verdict in verdicts if isinstance(verdict, Rewrite)]
    if not rewrites:
        return Send(declare)
    ways = frozenset[Rewriting]().union(*(rewrite.ways for rewrite in rewrites))
    return Rewrite(ways, tuple(need for rewrite in rewrites for need in rewrite.because))


def _raw_headers(content: Content, policy: Policy) -> Iterator[Decision]:
    if not content.raw_headers:
        return
    match policy.raw_headers:
        case RawHeaderPolicy.REPAIR:
            yield Rewrite(frozenset({Rewriting.REPAIR_HEADERS}), ())
        case RawHeaderPolicy.REFUSE:
            why = f"{_place(content.raw_headers[0])}, and the route allows no repair"
            yield Fail(codes.BAD_CONTENT, why)
        case RawHeaderPolicy.PASS:
            return
        case _:
            assert_never(policy.raw_headers)


def _lacking(need: Need, policy: Policy, others: Others, content: Content) -> Decision:
    match need.extension:
        case Extension.SMTPUTF8:
            return _without_smtputf8(need, policy, others, content)
        case Extension.EIGHTBITMIME:
            return _without_eightbitmime(need, policy, others)
        case Extension.BINARYMIME:
            if policy.eightbit is EightbitPolicy.STRICT:
                return _elsewhere(need, others, codes.CONVERSION_FORBIDDEN, "the route forbids to re-encode it")
            return Rewrite(frozenset({Rewriting.ENCODE_BODY}), (need,))
        case Extension.REQUIRETLS:
            why = "its sender demands that it goes under verified TLS only"
            return _elsewhere(need, others, codes.REQUIRETLS_NEEDED, why)
        case _:
            assert_never(need.extension)


def _without_eightbitmime(need: Need, policy: Policy, others: Others) -> Decision:
    match policy.eightbit:
        case EightbitPolicy.CONVERT:
            return Rewrite(frozenset({Rewriting.ENCODE_BODY}), (need,))
        case EightbitPolicy.STRICT:
            return _elsewhere(need, others, codes.CONVERSION_FORBIDDEN, "the route forbids to re-encode it")
        case EightbitPolicy.JUST_SEND:
            return _SEND_PLAINLY
        case _:
            assert_never(policy.eightbit)


def _without_smtputf8(need: Need, policy: Policy, others: Others, content: Content) -> Decision:
    """Another host may have it. Where rewriting can do without it, that is better than to wait for one that is down."""
    if policy.smtputf8 is Smtputf8Policy.NEVER:
        return Rewrite(_ways(need, content), (need,))
    if others is Others.UNTRIED:
        return TryNextHost((need,))
    if policy.smtputf8 is Smtputf8Policy.DOWNGRADE:
        return Rewrite(_ways(need, content), (need,))
    if policy.smtputf8 is Smtputf8Policy.AUTO and content.enclosed.issuperset(need.because):
        return Rewrite(frozenset({Rewriting.ENCODE_GLOBAL}), (need,))
    in_envelope = any(finding.where in _ENVELOPE for finding in need.because)
    status = codes.NON_ASCII_ADDRESS if in_envelope else codes.NON_ASCII_HEADER
    return _elsewhere(need, others, status, "the route allows no rewriting")


def _ways(need: Need, content: Content) -> frozenset[Rewriting]:
    places = {finding.where for finding in need.because if finding not in content.enclosed}
    if not places:
        return frozenset({Rewriting.ENCODE_GLOBAL})
    if places.issubset(_ENVELOPE) and not content.enclosed:
        return frozenset({Rewriting.ALIAS_ADDRESSES})
    return _DOWNGRADED


def _elsewhere(need: Need, others: Others, status: EnhancedCode, why: str) -> Decision:
    """What this host lacks another one may have, now or once it answers."""
    match others:
        case Others.UNTRIED:
            return TryNextHost((need,))
        case Others.UNANSWERED:
            return Wait((need,))
        case Others.NONE:
            return Fail(status, f"{_place(need.because[0])}; no next hop offers {need.extension}, and {why}")
        case _:
            assert_never(others)


def _place(finding: Finding) -> str:
    """A finding in words."""
    field = f" {finding.field}" if finding.field else ""
    part = f" in part {finding.part}" if finding.part else ""
    return f"{finding.why}{':' if field else ''}{field}{part}"
