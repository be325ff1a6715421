"""EXTERNAL (RFC 4422 A): the client's certificate, which TLS has verified, says who it is.

ABNF, as read here::

    response = [authzid]    ; UTF-8 without NUL
"""

from gateway.auth.authenticator import Authenticator
from gateway.auth.mechanisms.answer import ended, malformed, text_of
from gateway.auth.sasl import Challenge, Channel, Step


class External:
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
        identity = text_of(response)
        if identity is None or "\0" in identity:
            return await malformed(self._channel, self._authenticator)
        addresses, around = self._channel.certificate, self._channel.around
        return ended(await self._authenticator.certificate(addresses, identity, around))
