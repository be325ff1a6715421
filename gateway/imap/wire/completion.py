"""How a command ends: OK, NO or BAD, with response codes (RFC 9051 7.1, RFC 5530)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """The first word of a status response."""

    OK = "OK"
    NO = "NO"
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class Completion:
    """The tagged response, without its tag. `text`: printable ASCII, for people; of a NO it says what to do."""

    status: Status
    text: str
    code: bytes = b""
    """The response code without its brackets: `NONEXISTENT`, `APPENDUID 38505 3955`."""

    def wire(self, tag: bytes) -> bytes:
        """With its tag; `*` makes it untagged."""
        code = b"[%b] " % self.code if self.code else b""
        return b"%b %b %b%b\r\n" % (tag, self.status.encode(), code, self.text.encode("ascii", "replace"))


class Refusal(Exception):
    """Raised anywhere in a command: it ends in this NO or BAD, and nothing was done."""

    def __init__(self, completion: Completion) -> None:
        super().__init__(completion.text)
        self.completion = completion


def ok(text: str, code: bytes = b"") -> Completion:
    """The command was carried out."""
    return Completion(Status.OK, text, code)


def no(text: str, code: bytes = b"") -> Completion:
    """It could not be carried out."""
    return Completion(Status.NO, text, code)


def bad(text: str, code: bytes = b"CLIENTBUG") -> Completion:
    """It is no command, or not now."""
    return Completion(Status.BAD, text, code)


HELD: Final = Completion(Status.OK, "")
"""Returned by a command that goes on (`Session.held`): its tagged response is still to come."""


def refused(text: str, code: bytes = b"") -> Refusal:
    """To be raised: a NO."""
    return Refusal(no(text, code))
