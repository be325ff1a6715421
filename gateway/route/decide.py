"""The heart: may this transaction go to this host as it is, rewritten, or not at all?

Property (tests/property/test_decide.py): nothing with an unmet need is ever sent unchanged.
"""

from dataclasses import dataclass
from enum import Enum, auto

from gateway.mail.codes import EnhancedCode
from gateway.mail.need import Extension, Need


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
