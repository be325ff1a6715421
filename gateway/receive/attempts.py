"""The log-ins that a session tries, one after the other."""

from gateway.auth.sasl import Channel, Denied, Exchange, Granted


class Attempt:
    """From AUTH to 235, or to the refusal."""

    __slots__ = ("channel", "end", "exchange")

    def __init__(self, exchange: Exchange, channel: Channel) -> None:
        self.exchange = exchange
        self.channel = channel
        self.end: Granted | Denied | None = None
        """How it has ended, where only the client's answer to the last challenge is missing (RFC 4422 3.5)."""


class Attempts:
    """Of one session."""

    __slots__ = ("attempt", "challenge", "failed")

    def __init__(self) -> None:
        self.attempt: Attempt | None = None
        """The one that goes on now."""
        self.challenge: bytes | None = None
        """To be said, if the client waits for it."""
        self.failed = 0
