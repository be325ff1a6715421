"""What was found in a message, and what a delivery of it therefore needs of the next hop."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Extension(StrEnum):
    """SMTP extensions that a delivery can need (the EHLO keyword is the value)."""

    SMTPUTF8 = "SMTPUTF8"
    EIGHTBITMIME = "8BITMIME"
    BINARYMIME = "BINARYMIME"
    REQUIRETLS = "REQUIRETLS"


class Where(StrEnum):
    """The place of a finding."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    HEADER = "header"
    PART_HEADER = "part-header"
    NESTED_HEADER = "nested-header"
    BODY = "body"
    UNPARSEABLE = "unparseable"
    REQUEST = "request"
    """Not in the message: the client asked for it (REQUIRETLS, or SMTPUTF8 under the policy `strict`)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One octet range that says something about the message.

    `part` is the IMAP part number ("" for the message itself), `start` and `stop` are half-open offsets in the
    message, `field` the name of the header field.
    """

    where: Where
    part: str = ""
    field: str | None = None
    start: int = 0
    stop: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """An extension, and why: never empty."""

    extension: Extension
    because: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """All that one delivery needs, by extension."""

    by_extension: Mapping[Extension, Need]

    def __contains__(self, extension: Extension) -> bool:
        return extension in self.by_extension

    @property
    def extensions(self) -> frozenset[Extension]:
        """The extensions alone."""
        return frozenset(self.by_extension)


NOTHING = Needs({})
"""What plain ASCII mail needs."""
