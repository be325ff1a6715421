"""Mechanisms in which the client says all it has to say in one message (PLAIN, EXTERNAL, the tokens)."""

from abc import ABC, abstractmethod

from gateway.auth.authenticator import Authenticator
from gateway.auth.mechanisms.answer import text_of
from gateway.auth.sasl import Challenge, Channel, Step


class OneMessage(ABC):
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
        return await self.judge(text_of(response))

    @abstractmethod
    async def judge(self, message: str | None) -> Step:
        """The end. None: what came is missing, too long, or no UTF-8."""
