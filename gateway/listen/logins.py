"""What listeners with AUTH are given: the mechanisms, whoever knows the accounts, and the list of those logged in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.accounts.sessions import LiveSessions
from gateway.auth.authenticator import Authenticator, Login
from gateway.auth.sasl import Channel
from gateway.mail.units import Timestamp


@dataclass(frozen=True, slots=True)
class Logins:
    """Of one worker."""

    offered: Callable[[Channel], Sequence[str]]
    """The SASL mechanisms that a connection can use now, in the order in which they are announced."""
    authenticator: Authenticator
    sessions: LiveSessions
    clock: Callable[[], Timestamp]
    good: Callable[[Login], bool]
    """Whether a log-in is still good: much may happen until the client takes it. Raises AccountsUnavailable."""
