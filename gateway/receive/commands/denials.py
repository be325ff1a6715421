"""What a client is told whose log-in is denied (RFC 4954 4 and 6, RFC 5248 2.4)."""

from collections.abc import Mapping
from typing import Final

from gateway.auth.authenticator import Denial, Why
from gateway.mail.codes import BAD_COMMAND, POLICY, EnhancedCode
from gateway.mail.reply import Reply, reply
from gateway.mail.rfc3339 import not_before

_BAD_CREDENTIALS: Final = (535, EnhancedCode(5, 7, 8))
_LATER: Final = (454, EnhancedCode(4, 7, 0))
_CODES: Final[Mapping[Why, tuple[int, EnhancedCode]]] = {
    Why.BAD_CREDENTIALS: _BAD_CREDENTIALS,
    Why.OTHER_IDENTITY: _BAD_CREDENTIALS,
    Why.NOT_FOR_THIS: _BAD_CREDENTIALS,
    Why.DISABLED: (525, EnhancedCode(5, 7, 13)),
    Why.SLOWED: _LATER,
    Why.UNAVAILABLE: _LATER,
    Why.MALFORMED: (501, BAD_COMMAND),
    Why.CANCELLED: (501, POLICY),
}


def denied(denial: Denial) -> Reply:
    """The last reply of an exchange that failed."""
    code, status = _CODES[denial.why]
    text = " ".join(denial.text.split())
    again = f"; try again after {not_before(denial.again)}" if denial.again is not None else ""
    return reply(code, status, text + again)
