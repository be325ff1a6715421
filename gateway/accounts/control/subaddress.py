"""Which addresses of ours an address may stand for: itself, or what stands before a separator (RFC 5233).

Longest first: where both `al+lists@` and `al@` exist, `al+lists+x@` is the first one's.
"""

from dataclasses import dataclass
from typing import Final

from gateway.accounts.control.setup import comparable
from gateway.mail.address import Address, LocalPart

MAX_SEPARATORS: Final = 8
"""How many are looked at, from the left: senders choose these addresses, and each costs a look-up."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key to look for, and what is the subaddress if it is found."""

    key: str
    subaddress: str = ""


def candidates(address: Address, separators: str) -> tuple[Candidate, ...]:
    """In the order in which they count. Empty where nobody can have the address."""
    own = comparable(address)
    exact = () if own is None else (Candidate(own),)
    if not separators:
        return exact
    return (*exact, *_before_separators(address, separators))


def _before_separators(address: Address, separators: str) -> list[Candidate]:
    value = address.local.value
    found: list[Candidate] = []
    # A localpart that begins with a quote would be read as a Quoted-string again.
    if value.startswith('"'):
        return found
    positions = [at for at, character in enumerate(value) if at and character in separators]
    for at in reversed(positions[:MAX_SEPARATORS]):
        key = comparable(Address(LocalPart(value[:at]), address.domain))
        if key is not None:
            found.append(Candidate(key, value[at + 1 :]))
    return found
