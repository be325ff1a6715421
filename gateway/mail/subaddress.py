"""What begins a subaddress in a localpart: `al+lists@` reaches `al@` (RFC 5233 1, RFC 5598 3.1)."""

from dataclasses import dataclass
from typing import Final, Self

SIGNS: Final = "!#$%&'*+-/=?^_`{|}~"
"""What may be one: the printable ASCII of an Atom that is no letter and no digit (RFC 5322 3.2.3)."""


@dataclass(frozen=True, slots=True)
class Separators:
    """Some of SIGNS; none where localparts are always meant as a whole. Written `+-`, or `none`."""

    signs: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError."""
        signs = "" if text == "none" else text
        if not set(SIGNS).issuperset(signs):
            raise ValueError(f"separators are signs such as + or - ({SIGNS}), or none")
        return cls(signs)


PLUS: Final = Separators("+")
