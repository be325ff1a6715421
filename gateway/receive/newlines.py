"""Watches that every CR is followed by LF, every LF preceded by CR, and nothing is NUL (RFC 5321 2.3.8, 4.5.2).

A message that breaks this is refused or mended as a whole after it was read: mail servers disagree about what such
octets mean, and where they disagree one message can be smuggled inside another.
"""

import re
from enum import StrEnum

from gateway.inspect.traits import has_bare_newline
from gateway.receive.config import BareNewline

_ANY_NEWLINE = re.compile(rb"\r\n|\r|\n")
_FAULT = re.compile(rb"(?P<NUL>\0)|(?P<BARE_CR>\r(?!\n))|(?P<BARE_LF>(?<!\r)\n)")


class Fault(StrEnum):
    """What is wrong with the octets of a message, in the words of the refusal."""

    BARE_CR = "a bare CR"
    BARE_LF = "a bare LF"
    NUL = "a NUL"


class NewlineWatch:
    """Takes the message in pieces, gives back what to keep. `fault` is the first thing found that cannot be taken.

    A CR at the end of a piece is held back until the next one, so that pieces may be cut anywhere.
    """

    __slots__ = ("_held", "_policy", "fault")

    def __init__(self, policy: BareNewline) -> None:
        self._policy = policy
        self._held = b""
        self.fault: Fault | None = None

    def feed(self, data: bytes) -> bytes:
        """The piece as it is to be kept."""
        if self._held:
            data = self._held + data
            self._held = b""
        if data.endswith(b"\r"):
            self._held = b"\r"
            data = data[:-1]
        return self._checked(data)

    def end(self) -> bytes:
        """What was held back, at the end of the message."""
        held, self._held = self._held, b""
        return self._checked(held)

    def _checked(self, data: bytes) -> bytes:
        nul = b"\0" in data
        bare = has_bare_newline(data)
        if bare and self._policy is BareNewline.NORMALIZE:
            data = _ANY_NEWLINE.sub(b"\r\n", data)
            bare = False
        if (nul or bare) and self.fault is None:
            found = _FAULT.search(data)
            self.fault = Fault[found.lastgroup] if found and found.lastgroup else None
        return data
