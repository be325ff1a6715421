"""How the body of one leaf becomes 7bit or 8bit (RFC 2045 6, RFC 2046 5.2, RFC 6152, RFC 1428).

Composite types are never encoded (RFC 2045 6.4), nor is anything encoded twice.
"""

import codecs
from dataclasses import dataclass
from enum import Enum, auto

from gateway.inspect.traits import Traits
from gateway.mail.octets import OctetSource
from gateway.mime.scan import IDENTITY
from gateway.mime.structure import Part, Span
from gateway.rewrite.transfer_encoding import LINE, Coding

GLOBAL = {
    "message/rfc822": "global",
    "message/delivery-status": "global-delivery-status",
    "message/disposition-notification": "global-disposition-notification",
}
"""Types of which octets over 127, if they are UTF-8, make another type (RFC 6532 3.7, RFC 6533 4 and 5)."""

ENCODABLE_MESSAGES = frozenset(
    {
        "message/global",
        "message/global-headers",
        "message/global-delivery-status",
        "message/global-disposition-notification",
    }
)
"""The subtypes of message for which any encoding is permitted."""

_ESCAPED_IN_QP = bytes(set(range(256)) - set(range(32, 127)) - set(b"\t\r\n")) + b"="


class Impossible(Enum):
    """Why a body has no such form."""

    COMPOSITE = auto()
    """RFC 2045 6.4: multipart and message are never encoded."""
    ENCODED = auto()
    """It is in an encoding that we do not know, and has octets in it that this cannot have."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """What to do with a leaf's body. `subtype`: relabel it so; None: its type stays."""

    coding: Coding
    subtype: str | None = None

    @property
    def label(self) -> str | None:
        """The Content-Transfer-Encoding to declare; None: what is declared stays."""
        return self.coding.value if self.coding in {Coding.QUOTED_PRINTABLE, Coding.BASE64} else None


def encoding_of(octets: OctetSource, part: Part, traits: Traits) -> Encoding | Impossible:
    """How to make a leaf with these traits 7bit."""
    match part.encoding:
        case "base64":
            return Encoding(Coding.MEND_BASE64)
        case "quoted-printable":
            return Encoding(Coding.MEND_QUOTED_PRINTABLE)
        case encoding if encoding not in IDENTITY:
            return Impossible.ENCODED
        case _:
            pass
    subtype = None
    if part.content_type.type in {"message", "multipart"} and part.content_type.full not in ENCODABLE_MESSAGES:
        subtype = GLOBAL.get(part.content_type.full)
        if subtype is None or not is_utf8(octets, part.body):
            return Impossible.COMPOSITE
    if part.content_type.type not in {"text", "message"} or part.encoding == "binary":
        return Encoding(Coding.BASE64, subtype)
    return Encoding(coding_of_text(octets, part.body, traits), subtype)


def coding_of_text(octets: OctetSource, span: Span, traits: Traits) -> Coding:
    """The shorter encoding of text; base64 where line ends are other than CRLF, since they would be lost."""
    if traits & (Traits.NUL | Traits.BARE_NEWLINE):
        return Coding.BASE64
    size = span.stop - span.start
    escaped = sum(
        len(chunk) - len(chunk.translate(None, _ESCAPED_IN_QP)) for chunk in octets.chunks(span.start, span.stop)
    )
    base64 = (size + 2) // 3 * 4 * (LINE + 2) // LINE
    return Coding.QUOTED_PRINTABLE if size + 2 * escaped <= base64 else Coding.BASE64


def charset_to_declare(octets: OctetSource, part: Part) -> str | None:
    """The charset of 8-bit text/plain that declares none: what it certainly is, or RFC 1428's `unknown-8bit`."""
    if part.content_type.full != "text/plain" or any(
        name.partition("*")[0] == "charset" for name in part.content_type.parameters
    ):
        return None
    return "utf-8" if is_utf8(octets, part.body) else "unknown-8bit"


def is_utf8(octets: OctetSource, span: Span) -> bool:
    """Whether the octets are UTF-8 (RFC 3629), without holding them."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in octets.chunks(span.start, span.stop):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
