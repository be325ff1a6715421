"""Which passwords people may choose: long enough, not common, not their own name (NIST SP 800-63B 5.1.1).

A file of common passwords has one a line; lines that begin with `#` say something about it.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from gateway.auth.names import BadPassword, is_portable
from gateway.mail.address import Address

SHORTEST_NAME: Final = 3
"""Shorter localparts may stand in a password: `al` is in many words."""

_AROUND: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")


@dataclass(frozen=True, slots=True)
class ChoicePolicy:
    """What a chosen password has to be. `common`: casefolded."""

    min_length: int
    common: frozenset[str]

    def demand(self, password: str, account: Address) -> None:
        """Raises BadPassword, which says what to do better, unless the account's owner may choose the password."""
        if not is_portable(password):
            raise BadPassword("a password has no characters that programs prepare in different ways: choose others")
        if len(password) < self.min_length:
            raise BadPassword(f"a password has {self.min_length} characters at least")
        folded = password.casefold()
        if folded in self.common or _AROUND.sub("", folded) in self.common:
            raise BadPassword("this password is one of those that everybody tries first")
        name = account.local.value.casefold()
        if len(name) >= SHORTEST_NAME and name in folded:
            raise BadPassword("a password does not contain the name of its account")


def choice_policy(min_length: int, file: Path | None) -> ChoicePolicy:
    """With the list that comes with the gateway, and those of the file. Raises OSError, UnicodeDecodeError."""
    own = _shipped()
    return ChoicePolicy(min_length, own | _entries(file.read_text("utf-8").splitlines()) if file else own)


@functools.cache
def _shipped() -> frozenset[str]:
    text = resources.files("gateway.auth").joinpath("common-passwords.txt").read_text("utf-8")
    return _entries(text.splitlines())


def _entries(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(line.strip().casefold() for line in lines if line.strip() and not line.startswith("#"))
