"""Puts the metrics and the log behind what IMAP tells."""

from typing_extensions import override

from gateway.app.listener_counter import ListenerCounter
from gateway.imap.observer import Ended, Observer
from gateway.mail.origin import Tls
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics


class ImapCounter(ListenerCounter, Observer):
    """One per listener."""

    def __init__(self, listener: str, metrics: Metrics, log: Log) -> None:
        super().__init__(listener, metrics, log)
        imap = metrics.imap
        self._turned_away = imap.turned_away.at(listener)
        self._commands = imap.commands
        self._seconds = imap.seconds.at()
        self._in = imap.octets.at("in")
        self._out = imap.octets.at("out")
        self._idle = imap.idle.at()

    @override
    def turned_away(self, why: str) -> None:
        self._turned_away.add()
        super().turned_away(why)

    @override
    def tls_started(self, tls: Tls) -> None:
        """Stands in the record of the log-in."""

    @override
    def commanded(self, name: str, result: str, seconds: float) -> None:
        self._commands.at(name, result).add()
        self._seconds.observe(seconds)

    @override
    def carried(self, octets_in: int, octets_out: int) -> None:
        self._in.add(octets_in)
        self._out.add(octets_out)

    @override
    def idling(self, change: int) -> None:
        self._idle.add(change)

    @override
    def ended(self, session: Ended) -> None:
        """One line for each session of an account; what never logged in is only of interest to who looks closely."""
        say = self._log.info if session.account else self._log.debug
        say(
            "IMAP session ended",
            listener=self._listener,
            account=session.account,
            client=session.client,
            program=session.program,
            commands=session.commands,
            octets_in=session.octets_in,
            octets_out=session.octets_out,
            seconds=round(session.seconds, 3),
            why=session.why,
        )
