"""How long a client is waited for (RFC 9051 5.4). Looked at now and then, so that a session costs no timer."""

from gateway.imap.config import ImapConfig
from gateway.imap.dialogue import Dialogue
from gateway.listen.site import Times


class Patience:
    """Kept beside each connection. Times are the event loop's, in seconds."""

    __slots__ = ("_begun", "_config", "_progress", "_room", "_since", "_spoken")

    def __init__(self, config: ImapConfig, room: Times) -> None:
        self._config = config
        self._room = room
        self._begun = -1.0
        self._progress = (-1, -1, -1)
        self._since = 0.0
        """When something last happened."""
        self._spoken = 0.0
        """When the client was last told anything."""

    def exhausted(self, dialogue: Dialogue | None, now: float, *, busy: bool, reads: bool) -> str | None:
        """What was waited for in vain: `handshake`, `stalled`, `log-in`, `idle`; None while there is hope.

        Octets of a message that arrives count, of other commands only the end. While we work, nobody is waited for.
        """
        self._notice(dialogue, now, busy=busy)
        waited = now - self._since
        if dialogue is None:
            return "handshake" if waited > self._room.handshake else None
        session = dialogue.session
        if not reads or session.closing:
            return "stalled" if waited > self._config.stalled else None
        if session.login is None:
            return "log-in" if now - self._begun > self._config.greeting else None
        if session.unasked is not None:
            return None
        return "idle" if waited > self._config.idle else None

    def silent(self, dialogue: Dialogue, now: float) -> bool:
        """Whether a client in IDLE was told nothing for so long that it is told that we are there."""
        keepalive = self._config.keepalive
        return dialogue.session.held is not None and 0 < keepalive < now - self._spoken

    def _notice(self, dialogue: Dialogue | None, now: float, *, busy: bool) -> None:
        if self._begun < 0:
            self._begun = self._since = self._spoken = now
        progress = (-2, 0, 0)
        if dialogue is not None:
            progress = (dialogue.commands, dialogue.arrived, dialogue.session.output.sent)
        if progress[2] != self._progress[2]:
            self._spoken = now
        if busy or progress != self._progress:
            self._since = now
            self._progress = progress
