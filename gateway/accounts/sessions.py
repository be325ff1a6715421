"""Who is connected and logged in to this worker. Commands ask every worker (`gateway.app.workers`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.accounts.model import SessionId, SessionInfo
from gateway.accounts.protocol import AccountsUnavailable, Directory
from gateway.auth.authenticator import Circumstances, Login
from gateway.mail.units import Timestamp

End = Callable[[str], None]
"""Ends a session, telling the client why (in ASCII), as its protocol has it. Never raises; may come twice."""


@dataclass(frozen=True, slots=True)
class _Live:
    info: SessionInfo
    login: Login
    end: End


class LiveSessions:
    """The sessions of one worker, SMTP, IMAP and whatever else logs in. Used on its event loop alone."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._count = 0
        self._live: dict[SessionId, _Live] = {}

    def enter(self, login: Login, around: Circumstances, now: Timestamp, end: End) -> SessionId:
        """A log-in has succeeded. `leave` follows, however the session ends."""
        self._count += 1
        name = SessionId(f"{self._worker}-{self._count}")
        info = SessionInfo(
            name,
            login.account,
            login.address,
            around.service,
            around.listener,
            around.client,
            around.tls.version if around.tls else "",
            around.mechanism,
            now,
        )
        self._live[name] = _Live(info, login, end)
        return name

    def leave(self, session: SessionId) -> None:
        """It is over. Safe to call twice."""
        self._live.pop(session, None)

    def all(self) -> Sequence[SessionInfo]:
        """Oldest first."""
        return [live.info for live in self._live.values()]

    def kick(self, session: SessionId, why: str) -> bool:
        """End a session; False: there is none of that name."""
        live = self._live.get(session)
        if live is not None:
            live.end(why)
        return live is not None

    def recheck(self, directory: Directory) -> int:
        """End the sessions whose account was disabled or removed, or whose password was revoked; how many those were.

        To be called when `Directory.version` has changed. While the accounts cannot be read, sessions go on.
        """
        try:
            over = [one for one in self._live.values() if not directory.good(one.login.account, one.login.credential)]
        except AccountsUnavailable:
            return 0
        for one in over:
            one.end("this log-in is no longer valid")
        return len(over)
