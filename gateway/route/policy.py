"""What a route allows to be done to mail that the next hop cannot take as it is."""

from dataclasses import dataclass
from enum import StrEnum


class Smtputf8Policy(StrEnum):
    """`smtputf8:` of a route (docs/architecture.md, decision table)."""

    AUTO = "auto"
    DOWNGRADE = "downgrade"
    STRICT = "strict"
    NEVER = "never"


class EightbitPolicy(StrEnum):
    """`eightbit:` of a route."""

    CONVERT = "convert"
    STRICT = "strict"
    JUST_SEND = "just-send"


class SignedPolicy(StrEnum):
    """`signed:` of a route: what may happen to a signed part that would have to be re-encoded."""

    FAIL = "fail"
    BREAK = "break"


class RawHeaderPolicy(StrEnum):
    """`raw_headers:` of a route: header octets that are not UTF-8."""

    REPAIR = "repair"
    REFUSE = "refuse"
    PASS = "pass"


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it, with defaults filled in for the client that submitted the mail."""

    smtputf8: Smtputf8Policy
    eightbit: EightbitPolicy = EightbitPolicy.CONVERT
    signed: SignedPolicy = SignedPolicy.FAIL
    raw_headers: RawHeaderPolicy = RawHeaderPolicy.REFUSE


def defaults(*, trusted: bool) -> Policy:
    """The policy of a route that writes no key: rewriting is for what our own people submit."""
    if trusted:
        return Policy(Smtputf8Policy.DOWNGRADE, raw_headers=RawHeaderPolicy.REPAIR)
    return Policy(Smtputf8Policy.AUTO)
