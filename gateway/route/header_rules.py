"""Header fields that a route adds or removes (RFC 5322 2.2). Nothing that could begin another field gets through."""

import re
from dataclasses import dataclass
from typing import Final, Self

from typing_extensions import override

_NAME: Final = re.compile(r"[!-9;-~]{1,76}")
_NEVER: Final = frozenset({"received", "return-path", "content-transfer-encoding", "content-type", "mime-version"})
"""Trace fields tell what happened; the others say how the octets are to be read. Routes leave them alone."""


@dataclass(frozen=True, slots=True)
class HeaderName:
    """The name of a header field (RFC 5322 3.6.8)."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a field name. Raises ValueError."""
        if not _NAME.fullmatch(text):
            raise ValueError(f"{text!r} is no name of a header field: printable ASCII without blanks and colons")
        if text.lower() in _NEVER:
            raise ValueError(f"{text} is not for routes to change")
        return cls(text)

    @override
    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """The value of a header field on one line, in ASCII."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a value. Raises ValueError."""
        if not (text.isascii() and text.isprintable() and len(text) <= 900):
            raise ValueError("a header field's value is one line of at most 900 printable ASCII characters")
        return cls(text)

    @override
    def __str__(self) -> str:
        return self.text
