"""The wire matrix's cases, and an oracle that says from RFC 6531, 6152 and 3030 alone what has to become of each."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from gateway.cli.sink.server import PLAIN, Behaviour
from tests.support.matrix_kinds import KINDS, Content, Header, Kind


class Hop(StrEnum):
    """What the next hop can do. `ONE_OF_TWO`: its first host as NO_SMTPUTF8, its second as ALL."""

    ALL = "all"
    NO_SMTPUTF8 = "noutf8"
    SEVEN_BIT = "sevenbit"
    ONE_OF_TWO = "oneoftwo"


class Policy(StrEnum):
    """`smtputf8:` of the route."""

    AUTO = "auto"
    DOWNGRADE = "downgrade"
    STRICT = "strict"


BEHAVIOURS: dict[str, Behaviour] = {
    "all": PLAIN,
    "noutf8": PLAIN.without("SMTPUTF8"),
    "sevenbit": PLAIN.without("SMTPUTF8", "8BITMIME", "BINARYMIME", "CHUNKING"),
}
"""By the name of the host."""

HOSTS: dict[Hop, tuple[str, ...]] = {
    Hop.ALL: ("all",),
    Hop.NO_SMTPUTF8: ("noutf8",),
    Hop.SEVEN_BIT: ("sevenbit",),
    Hop.ONE_OF_TWO: ("noutf8", "all"),
}
"""The hosts of a hop, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Case:
    """One message to one hop under one policy. `flag`: the client says SMTPUTF8."""

    number: int
    kind: Kind
    flag: bool
    hop: Hop
    policy: Policy

    @property
    def name(self) -> str:
        return f"{self.kind.name}-{'flag' if self.flag else 'noflag'}-{self.hop}-{self.policy}"

    def fill(self, text: str) -> str:
        """An address of the kind as this case has it."""
        return text.replace("@@@", f"{self.number}@").replace("DOMAIN", f"{self.hop}-{self.policy}.example")

    @property
    def octets(self) -> bytes:
        return self.kind.octets.replace(b"@@", str(self.number).encode())

    @property
    def sender(self) -> str:
        return self.fill(self.kind.sender)

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(self.fill(each) for each in self.kind.recipients)

    @property
    def aliases(self) -> dict[str, str]:
        return {self.fill(name): self.fill(ascii_form) for name, ascii_form in self.kind.aliases}

    @property
    def parameters(self) -> str:
        """Of MAIL."""
        body = {Content.SEVEN: [], Content.EIGHT: ["BODY=8BITMIME"], Content.BINARY: ["BODY=BINARYMIME"]}
        return " ".join(body[self.kind.content] + (["SMTPUTF8"] if self.flag else []))


CASES = tuple(
    Case(number, *chosen) for number, chosen in enumerate(product(KINDS, (True, False), Hop, Policy), start=1000)
)


@dataclass(frozen=True, slots=True)
class Arrives:
    """It arrives at this host, for this address; `rewritten`: not octet for octet."""

    host: str
    sender: str
    address: str
    smtputf8: bool
    rewritten: bool


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """It does not arrive; one of these statuses is the reason."""

    statuses: frozenset[str]


Expected = Arrives | Undeliverable


def expected(case: Case, recipient: str) -> Expected:
    """What has to become of one recipient."""
    hosts = HOSTS[case.hop]
    if not _needs_smtputf8(case, recipient):
        return _arrival(case, recipient, hosts[0], smtputf8=False)
    if "all" in hosts:
        return _arrival(case, recipient, "all", smtputf8=True)
    reasons = _unsolved(case, recipient)
    return Undeliverable(reasons) if reasons else _downgraded(case, recipient, hosts[0])


def _needs_smtputf8(case: Case, recipient: str) -> bool:
    """RFC 6531 3.2: by content and addresses; `strict` makes a demand of what the client asked."""
    header = case.kind.header in (Header.UTF8, Header.UTF8_FOREVER, Header.GLOBAL)
    asked = case.flag and case.policy is Policy.STRICT
    return header or asked or not (_local(case.sender).isascii() and _local(recipient).isascii())


def _unsolved(case: Case, recipient: str) -> frozenset[str]:
    """Statuses for what cannot be rewritten for a hop without SMTPUTF8; empty: all can."""
    if case.policy is Policy.STRICT:
        return frozenset({"5.6.7", "5.6.9"})
    addresses = [each for each in (case.sender, recipient) if not _local(each).isascii()]
    if any(case.policy is Policy.AUTO or each not in case.aliases for each in addresses):
        return frozenset({"5.6.7"})
    headers = case.kind.header is Header.UTF8_FOREVER or (case.kind.header is Header.UTF8 and case.kind.signed)
    if headers or (case.kind.header is Header.UTF8 and case.policy is Policy.AUTO):
        return frozenset({"5.6.9"})
    return frozenset()


def _downgraded(case: Case, recipient: str, host: str) -> Expected:
    sender, address = (case.aliases.get(each, each) for each in (case.sender, recipient))
    rewritten = case.kind.header is not Header.ASCII
    return Arrives(host, sender, address, smtputf8=False, rewritten=rewritten or _encodes(case, host))


def _arrival(case: Case, recipient: str, host: str, *, smtputf8: bool) -> Expected:
    if case.kind.signed and _encodes(case, host):
        return Undeliverable(frozenset({"5.6.2"}))
    rewritten = case.kind.header is Header.RAW or _encodes(case, host)
    return Arrives(host, case.sender, recipient, smtputf8, rewritten)


def _encodes(case: Case, host: str) -> bool:
    """Whether bodies have to be encoded for this host (RFC 6152 3, RFC 3030 3)."""
    offered = BEHAVIOURS[host].extensions
    match case.kind.content:
        case Content.SEVEN:
            return False
        case Content.EIGHT:
            return "8BITMIME" not in offered
        case Content.BINARY:
            return "BINARYMIME" not in offered


def _local(address: str) -> str:
    return address.rpartition("@")[0]
