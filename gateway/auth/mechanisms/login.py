"""LOGIN (draft-murchison-sasl-login-00): name and password, each asked for. Obsolete, and spoken by many still.

The prompts are those that clients know; a name given at once, with the command, is taken too, as Outlook does.
"""

from gateway.auth.authenticator import Authenticator
from gateway.auth.mechanisms.answer import ended, malformed, text_of
from gateway.auth.sasl import Challenge, Channel, Step

_NAME = Challenge(b"Username:")
_PASSWORD = Challenge(b"Password:")


class Login:
    """One log-in."""

    def __init__(self, channel: Channel, authenticator: Authenticator) -> None:
        self._channel = channel
        self._authenticator = authenticator
        self._asked = False
        self._name = ""

    async def step(self, response: bytes | None) -> Step:
        """See Exchange."""
        if response is None and not self._asked:
            self._asked = True
            return _NAME
        text = _without_nul(text_of(response) or "")
        if not text or "\0" in text:
            return await malformed(self._channel, self._authenticator, self._name)
        if self._name:
            return ended(await self._authenticator.password(self._name, text, "", self._channel.around))
        self._asked = True
        self._name = text
        return _PASSWORD


def _without_nul(text: str) -> str:
    """The draft's own prompts end with a NUL, and clients were seen to answer with one."""
    return text.removesuffix("\0")
