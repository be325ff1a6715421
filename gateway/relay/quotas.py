"""How much an account, or a program on a trusted network, may submit.

Asked at each step of a transaction; counted once, before the message is committed: messages that end at the same moment
share what is left. What could not be committed is given back.
"""

from typing import Final

from gateway.accounts.config import Quota, SubmissionConfig
from gateway.accounts.protocol import Meter
from gateway.mail import codes
from gateway.mail.origin import Origin
from gateway.mail.reply import Reply, reply
from gateway.mail.rfc3339 import not_before
from gateway.mail.units import Timestamp

_NONE: Final = Quota()


class Quotas:
    """The quotas of the configuration with the meter that knows what was used of them."""

    def __init__(self, meter: Meter | None, config: SubmissionConfig) -> None:
        self._meter = meter
        self._config = config

    def refusal(self, origin: Origin, recipients: int, now: Timestamp) -> Reply | None:
        """Why this client may not submit a message to so many recipients now; None: it may."""
        who, quota = self._whose(origin)
        if self._meter is None or quota == _NONE:
            return None
        again = self._meter.again(who, quota, recipients, now)
        if again is None:
            return None
        whose = "this account" if origin.account is not None else "your address"
        # Rounded up: none comes too early who comes then.
        when = not_before(again)
        text = f"{whose} has submitted as much as it may for now; try again after {when}"
        return reply(450, codes.QUOTA_REACHED, text)

    def take(self, origin: Origin, recipients: int, now: Timestamp) -> Reply | None:
        """Why a message is refused that is about to be committed; None: it counts from now on."""
        refusal = self.refusal(origin, recipients, now)
        who, _ = self._whose(origin)
        if refusal is None and self._meter is not None and who:
            self._meter.count(who, recipients, now)
        return refusal

    def give_back(self, origin: Origin, recipients: int, taken: Timestamp) -> None:
        """What was taken then could not be committed."""
        who, _ = self._whose(origin)
        if self._meter is not None and who:
            self._meter.forget(who, recipients, taken)

    def _whose(self, origin: Origin) -> tuple[str, Quota]:
        if origin.account is not None:
            return f"account:{origin.account}", self._config.account
        if origin.trusted and origin.ip and self._config.client != _NONE:
            return f"client:{origin.ip}", self._config.client
        return "", _NONE


UNLIMITED: Final = Quotas(None, SubmissionConfig())
