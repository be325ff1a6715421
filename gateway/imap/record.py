"""What is told of a connection: octets now and then, the rest when it is over."""

from gateway.imap.observer import Ended, Observer
from gateway.imap.session import Session


class Record:
    """Of one connection that begins `now`, in seconds. Octets: compressed where they are, without what TLS adds."""

    __slots__ = ("_began", "_observer", "_told_in", "_told_out", "commands", "octets_in", "octets_out", "why")

    def __init__(self, observer: Observer, now: float) -> None:
        self._observer = observer
        self._began = now
        self._told_in = self._told_out = 0
        self.commands = 0
        """Of sessions that are over."""
        self.octets_in = 0
        self.octets_out = 0
        self.why = "gone"
        """It ends."""

    def tell(self) -> None:
        """What was carried since the last time."""
        came, went = self.octets_in - self._told_in, self.octets_out - self._told_out
        if came or went:
            self._told_in, self._told_out = self.octets_in, self.octets_out
            self._observer.carried(came, went)

    def end(self, session: Session, now: float) -> None:
        """All of it. To be called once, with the last session."""
        self.tell()
        account = str(session.login.address) if session.login is not None else ""
        octets, seconds = (self.octets_in, self.octets_out), now - self._began
        self._observer.ended(
            Ended(account, session.client.ip, session.program, self.commands, *octets, seconds, self.why)
        )
