"""Log-ins of one worker: the accounts as they are now, who may try, who is in."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from gateway.accounts.activity.activity import open_activity
from gateway.accounts.activity.journal import LoginJournal
from gateway.accounts.authenticator import AccountAuthenticator
from gateway.accounts.checking import Checks
from gateway.accounts.control.opening import open_directory, open_vault
from gateway.accounts.protocol import AccountsUnavailable
from gateway.accounts.sessions import LiveSessions
from gateway.app import clock
from gateway.app.accounts import configured
from gateway.app.build import setup_of
from gateway.app.control import socket_path
from gateway.app.control_server import ControlServer
from gateway.auth import mechanisms
from gateway.auth.authenticator import Login
from gateway.auth.oauth.checker import TokenChecker
from gateway.auth.sasl import Channel
from gateway.listen.logins import Logins
from gateway.relay.setup import Setup
from gateway.settings.config import Config
from gateway.store.protocol.store import Store
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics

_NO_VERSION: Final = -1


class LoginDesk:
    """Opened before a worker listens, closed after its last session."""

    def __init__(self, config: Config, worker: int, log: Log) -> None:
        self.directory = open_directory(config.data, configured(config))
        self._vault = open_vault(config.data)
        self._sessions = LiveSessions(worker)
        self._control = ControlServer(socket_path(config.data, worker), self._sessions, self.look)
        self._config = config
        self._log = log
        self._seen = _NO_VERSION
        self._tokens: TokenChecker | None = None

    async def open(self, metrics: Metrics) -> None:
        """Read what was counted before, and listen for commands. Raises AccountsUnavailable, OSError."""
        config = self._config
        self._activity = await open_activity(config.data, config.logins, clock.now, self._log)
        self._checks = Checks(config.passwords.policy, self._vault.pepper)
        journal = LoginJournal(self._activity, self._log, metrics)
        self._authenticator = AccountAuthenticator(self._vault, self._checks, self._activity, journal, clock.now)
        self._issuers()
        self._activity.start()
        await self._control.start()

    def _issuers(self) -> None:
        """Tokens count from now on as the configuration says."""
        config, before = self._config, self._tokens
        self._authenticator.tokens = self._tokens = TokenChecker(config.oauth, clock.now) if config.oauth else None
        if before is not None:
            before.close()

    def setup(self, config: Config, store: Store) -> Setup:
        """What the relay works with under this configuration."""
        return setup_of(config, self.directory, self._activity.meter, store)

    def logins(self) -> Logins:
        """What listeners with AUTH are given."""
        offered = partial(self._offered, self._config)
        return Logins(offered, self._authenticator, self._sessions, clock.now, self._good)

    def _good(self, login: Login) -> bool:
        return self.directory.good(login.account, login.credential)

    @staticmethod
    def _offered(config: Config, channel: Channel) -> Sequence[str]:
        return mechanisms.offered(config.sasl, channel, oauth=bool(config.oauth))

    def reload(self, config: Config) -> None:
        """The configuration was read again."""
        self._config = config
        self.directory.reconfigure(configured(config))
        self._activity.adopt(config.logins)
        self._checks.adopt(config.passwords.policy)
        self._issuers()

    def look(self) -> None:
        """Sessions of accounts that are disabled or gone end. Called once a second, and when a command says so."""
        try:
            version = self.directory.version()
        except AccountsUnavailable:
            return
        if version != self._seen:
            self._seen = version
            ended = self._sessions.recheck(self.directory)
            if ended:
                self._log.info("sessions ended: their log-in is no longer valid", count=ended)

    async def close(self) -> None:
        """Write down what was counted."""
        await self._control.close()
        await self._activity.close()
        self._checks.close()
        if self._tokens is not None:
            self._tokens.close()
        self.directory.close()
