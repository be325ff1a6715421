"""How long a client is waited for (RFC 5321 4.5.3.2). Looked at now and then, so that a command costs no timer."""

from gateway.receive.config import Limits
from gateway.receive.session import Mode, Session
from gateway.receive.transaction import Transaction


class Patience:
    """Kept beside each connection. Times are the event loop's, in seconds."""

    __slots__ = ("_begun", "_limits", "_message", "_progress", "_since")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._progress = -1
        self._since = 0.0
        self._message: Transaction | None = None
        self._begun = 0.0

    def exhausted(self, session: Session | None, now: float) -> str | None:
        """What was waited for in vain: `handshake`, `command`, `data` or `rate`; None while there is hope.

        Of a command only its end counts as progress, of a message each piece. While we work, nobody is waited for.
        """
        progress = -2 if session is None else session.progress
        if progress != self._progress or (session is not None and session.work is not None):
            self._progress = progress
            self._since = now
        waited = now - self._since
        if session is None or session.wants_tls:
            return "handshake" if waited > self._limits.handshake else None
        if session.mode is Mode.COMMAND:
            return "command" if waited > self._limits.command_idle else None
        if waited > self._limits.data_idle:
            return "data"
        return "rate" if self._too_slow(session.transaction, now) else None

    def _too_slow(self, message: Transaction | None, now: float) -> bool:
        if message is not self._message:
            self._message = message
            self._begun = now
        if message is None or message.intake is None:
            return False
        taken = now - self._begun
        return taken > self._limits.data_grace and message.intake.size < taken * self._limits.data_rate
