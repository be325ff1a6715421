"""PLAIN (RFC 4616): name and password in one message.

ABNF, as read here::

    message = [authzid] NUL authcid NUL passwd
    authzid = 1*SAFE        ; UTF-8 without NUL
    authcid = 1*SAFE
    passwd  = 1*SAFE
"""

from typing_extensions import override

from gateway.auth.mechanisms.answer import ended, malformed
from gateway.auth.mechanisms.one_message import OneMessage
from gateway.auth.sasl import Step


class Plain(OneMessage):
    """One log-in."""

    @override
    async def judge(self, message: str | None) -> Step:
        match (message or "").split("\0"):
            case [identity, name, password] if name and password:
                return ended(await self._authenticator.password(name, password, identity, self._channel.around))
            case _:
                return await malformed(self._channel, self._authenticator)
