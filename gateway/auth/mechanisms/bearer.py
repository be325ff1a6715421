"""What OAUTHBEARER and XOAUTH2 share: a token in one message, and an error in JSON when it is no good."""

import json
import re
from abc import abstractmethod
from typing import Final

from typing_extensions import override

from gateway.auth.authenticator import Denial, Why
from gateway.auth.mechanisms.answer import ended
from gateway.auth.mechanisms.one_message import OneMessage
from gateway.auth.sasl import Denied, Step

TOKEN: Final = r"[Bb][Ee][Aa][Rr][Ee][Rr] +(?P<token>[A-Za-z0-9._~+/-]+=*)"
"""`Bearer` and a b64token (RFC 6750 2.1)."""

_TRY_ANOTHER: Final = frozenset({Why.BAD_CREDENTIALS, Why.OTHER_IDENTITY, Why.MALFORMED})
"""Denials after which a client does well to get another token; the others are not the token's fault."""


class Bearer(OneMessage):
    """One log-in with a token. Subclasses know how the message and the error look."""

    @override
    async def judge(self, message: str | None) -> Step:
        found = self.read(message or "")
        around = self._channel.around
        if found is None:
            return self._denied(await self._authenticator.failed(Why.MALFORMED, "", around))
        identity, token = found
        result = await self._authenticator.token(token, identity, around)
        return self._denied(result) if isinstance(result, Denial) else ended(result)

    @abstractmethod
    def read(self, text: str) -> tuple[str, str] | None:
        """Identity and token; None where the text is no such message."""

    @abstractmethod
    def error(self, why: Why) -> dict[str, str]:
        """What the client is told in JSON."""

    def _denied(self, denial: Denial) -> Denied:
        if denial.why not in _TRY_ANOTHER:
            return Denied(denial)
        return Denied(denial, json.dumps(self.error(denial.why)).encode("ascii"))


def pattern(text: str) -> re.Pattern[str]:
    r"""The pattern, with `^A` for the octet that separates (kvsep, RFC 7628 3.1)."""
    return re.compile(text.replace("^A", "\x01"))
