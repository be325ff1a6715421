"""PLAIN (RFC 4616): name and password in one message.

ABNF, as read here::

    message = [authzid] NUL authcid NUL passwd
    authzid = 1*SAFE        ; UTF-8 without NUL
    authcid = 1*SAFE
    passwd  = 1*SAFE
"""

from gateway.auth.authenticator import Authenticator
from gateway.auth.mechanisms.answer import ended, malformed, text_of
from gateway.auth.sasl import Challenge, Channel, Step


class Plain:
    """One log-in. A client that gives no initial response is asked for it with an empty challenge."""

    def __init__(self, channel: Channel, authenticator: Authenticator) -> None:
        self._channel = channel
        self._authenticator = authenticator
        self._asked = False

    async def step(self, response: bytes | None) -> Step:
        """See Exchange."""
        if response is None and not self._asked:
            self._asked = True
            return Challenge(b"")
        match (text_of(response) or "").split("\0"):
            case [identity, name, password] if name and password:
                return ended(await self._authenticator.password(name, password, identity, self._channel.around))
            case _:
                return await malformed(self._channel, self._authenticator)
