"""Enhanced status codes (RFC 3463, RFC 6531 4.3, RFC 7504, RFC 8689) under the names used everywhere in the gateway.

Class 2, 4 or 5 is chosen where the code is used: a name here is the subject and detail alone.
"""

from dataclasses import dataclass
from typing import Self

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class EnhancedCode:
    """`class.subject.detail` of RFC 3463 2."""

    klass: int
    subject: int
    detail: int

    @override
    def __str__(self) -> str:
        return f"{self.klass}.{self.subject}.{self.detail}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `5.1.1`; None where the text is not an enhanced status code."""
        numbers = text.split(".")
        if len(numbers) != 3 or not all(n.isascii() and n.isdigit() and len(n) <= 3 for n in numbers):
            return None
        klass, subject, detail = (int(n) for n in numbers)
        return cls(klass, subject, detail) if klass in (2, 4, 5) else None


# fmt: off
OK                    = EnhancedCode(2, 0, 0)
SENDER_OK             = EnhancedCode(2, 1, 0)
RECIPIENT_OK          = EnhancedCode(2, 1, 5)
MESSAGE_OK            = EnhancedCode(2, 6, 0)
PRIORITY_CHANGED      = EnhancedCode(2, 3, 6)
NO_SUCH_MAILBOX       = EnhancedCode(5, 1, 1)
BAD_RECIPIENT_DOMAIN  = EnhancedCode(5, 1, 2)
BAD_RECIPIENT_SYNTAX  = EnhancedCode(5, 1, 3)
BAD_SENDER_SYNTAX     = EnhancedCode(5, 1, 7)
BAD_SENDER_DOMAIN     = EnhancedCode(5, 1, 8)
NULL_MX               = EnhancedCode(5, 1, 10)
MAILBOX_FULL          = EnhancedCode(4, 2, 2)
TOO_BIG_FOR_MAILBOX   = EnhancedCode(5, 2, 3)
NOT_CAPABLE           = EnhancedCode(5, 3, 3)
MESSAGE_TOO_BIG       = EnhancedCode(5, 3, 4)
STORAGE_FULL          = EnhancedCode(4, 3, 1)
SYSTEM_TROUBLE        = EnhancedCode(4, 3, 0)
NOT_ACCEPTING         = EnhancedCode(4, 3, 2)
NO_ANSWER             = EnhancedCode(4, 4, 1)
CONNECTION_BROKEN     = EnhancedCode(4, 4, 2)
DNS_TROUBLE           = EnhancedCode(4, 4, 3)
NO_ROUTE              = EnhancedCode(5, 4, 4)
ROUTING_LOOP          = EnhancedCode(5, 4, 6)
EXPIRED               = EnhancedCode(4, 4, 7)
BAD_SEQUENCE          = EnhancedCode(5, 5, 1)
BAD_COMMAND           = EnhancedCode(5, 5, 2)
TOO_MANY_RECIPIENTS   = EnhancedCode(4, 5, 3)
BAD_PARAMETER         = EnhancedCode(5, 5, 4)
BAD_CONTENT           = EnhancedCode(5, 6, 0)
CONVERSION_FORBIDDEN  = EnhancedCode(5, 6, 2)
CONVERSION_IMPOSSIBLE = EnhancedCode(5, 6, 3)
NON_ASCII_ADDRESS     = EnhancedCode(5, 6, 7)
NON_ASCII_HEADER      = EnhancedCode(5, 6, 9)
POLICY                = EnhancedCode(5, 7, 0)
QUOTA_REACHED         = EnhancedCode(4, 7, 1)
NOT_AUTHORISED        = EnhancedCode(5, 7, 1)
TLS_REQUIRED          = EnhancedCode(5, 7, 10)
REQUIRETLS_NEEDED     = EnhancedCode(5, 7, 30)
# fmt: on
