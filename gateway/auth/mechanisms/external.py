"""EXTERNAL (RFC 4422 A): the client's certificate, which TLS has verified, says who it is.

ABNF, as read here::

    response = [authzid]    ; UTF-8 without NUL
"""

from typing_extensions import override

from gateway.auth.mechanisms.answer import ended, malformed
from gateway.auth.mechanisms.one_message import OneMessage
from gateway.auth.sasl import Step


class External(OneMessage):
    """One log-in."""

    @override
    async def judge(self, message: str | None) -> Step:
        if message is None or "\0" in message:
            return await malformed(self._channel, self._authenticator)
        addresses, around = self._channel.certificate, self._channel.around
        return ended(await self._authenticator.certificate(addresses, message, around))
