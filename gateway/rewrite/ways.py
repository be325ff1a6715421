"""What may be done to a message, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from gateway.mail.address import Address
from gateway.mail.codes import EnhancedCode
from gateway.mail.envelope import Body
from gateway.mail.need import Finding
from gateway.rewrite.pieces import Rendition


class BodyTarget(Enum):
    """What the bodies are to be made of."""

    AS_IS = None
    """They are left alone."""
    EIGHTBIT = Body.EIGHTBITMIME
    """The hop takes 8BITMIME: binary alone is encoded."""
    SEVENBIT = Body.SEVENBIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways of rewriting that are allowed and wanted. With the defaults nothing is ever changed."""

    bodies: BodyTarget = BodyTarget.AS_IS
    encode_headers: bool = False
    """UTF-8 in header fields to RFC 2047, RFC 2231 and A-labels; message/rfc822 that has some, to message/global."""
    encode_global: bool = False
    """message/global and its kin in an identity encoding to base64 or quoted-printable: no text changes."""
    repair_raw_headers: bool = False
    """Header octets that are not UTF-8, read as Windows-1252 and then treated as UTF-8 is."""
    aliases: Mapping[str, Address] = field(default_factory=dict)
    """ASCII addresses to say instead of those with UTF-8 localparts, by `Address.key`."""
    signed_may_break: bool = False
    """What is inside multipart/signed may be changed, which breaks the signature (RFC 1847 2.1)."""


class Change(Enum):
    """Kinds of change, for counting."""

    HEADER = "header"
    REPAIRED = "repaired header"
    RELABELLED = "relabelled"
    QUOTED_PRINTABLE = "quoted-printable"
    BASE64 = "base64"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The message as it may go. `changed` in words for people, in order; empty: octet for octet the original."""

    rendition: Rendition
    changed: tuple[str, ...] = ()
    kinds: frozenset[Change] = frozenset()


@dataclass(frozen=True, slots=True)
class CannotRewrite:
    """It has no form that these ways lead to. `status` is of class 5; `where` is what stands in the way."""

    status: EnhancedCode
    why: str
    where: Finding
