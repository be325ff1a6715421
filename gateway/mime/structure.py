"""The structure of a message as offsets into its octets (RFC 5322 2, RFC 2045, RFC 2046). Nothing is copied or decoded.

All offsets are half-open and count from the start of the message. `number` is the IMAP part number of RFC 9051
6.4.5.1: "" for the message itself, "1", "2.1"; a message/rfc822 at "2" has the parts of its inner message at
"2.1" and so on, and its inner message as its one child (the child's number is that of the message/rfc822 too).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of octets."""

    start: int
    stop: int


class Field(NamedTuple):
    """One header field. `name` in the octets' own case as latin-1; `start` is the offset of its first octet,
    `value` what follows the colon up to and without the last CRLF, `stop` the offset after that CRLF."""

    name: str
    start: int
    value: Span
    stop: int
    ascii: bool


@dataclass(frozen=True, slots=True)
class ContentType:
    """`type/subtype` in lower case, parameters with names in lower case and RFC 2231 pieces left as they are."""

    type: str = "text"
    subtype: str = "plain"
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def full(self) -> str:
        """`type/subtype`."""
        return f"{self.type}/{self.subtype}"


class Kind(Enum):
    """What a part's body is made of."""

    LEAF = auto()
    MULTIPART = auto()
    MESSAGE = auto()
    """message/rfc822 or message/global in an identity encoding: one child, the inner message."""


@dataclass(frozen=True, slots=True)
class Part:
    """A message or a body part. `header` ends before the empty line, `body` begins after it."""

    number: str
    kind: Kind
    header: Span
    fields: tuple[Field, ...]
    body: Span
    content_type: ContentType
    encoding: str
    """Content-Transfer-Encoding in lower case without comments; `7bit` where absent."""
    children: tuple["Part", ...] = ()
    depth: int = 0
    """How many messages and multiparts it lies inside."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that breaks the grammar: where it is, and why it does, for people."""

    part: str
    span: Span
    why: str
    header_unsure: bool = False
    """A non-ASCII octet here may belong to a header: readers must fail safe."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of a scan: always a structure, however broken the octets are."""

    root: Part
    malformed: tuple[Malformed, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a scan will look at before it says malformed and treats the rest as one leaf."""

    depth: int = 50
    parts: int = 10_000
    fields: int = 10_000
    header_octets: int = 1024 * 1024
