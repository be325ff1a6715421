"""What a log-in attempt leaves behind: a record, a line in the log, a count in the metrics. Once for each attempt."""

from gateway.accounts.activity.activity import Activity
from gateway.accounts.activity.records import LoginAttempt, safe_name
from gateway.auth.authenticator import AccountId, CredentialId, Why
from gateway.telemetry.logs import Log
from gateway.telemetry.metrics import Metrics


class LoginJournal:
    """Writes it all down. Passwords never come here."""

    def __init__(self, activity: Activity, log: Log, metrics: Metrics) -> None:
        self._activity = activity
        self._log = log
        self._metrics = metrics.logging_in

    def waited(self) -> None:
        """An attempt has to wait for its turn."""
        self._metrics.waits.at().add()

    def succeeded(self, attempt: LoginAttempt, account: AccountId, credential: CredentialId | None) -> None:
        """Somebody is in."""
        self._ended(attempt, "ok")
        if credential is not None:
            self._activity.used(credential, account, attempt.around.client)
        self._log.info("logged in", account=account, credential=credential, **_fields(attempt))

    def denied(self, attempt: LoginAttempt, why: Why, detail: str = "") -> None:
        """Somebody is not. `detail`: what only the operator may know."""
        self._ended(attempt, why)
        if why is Why.SLOWED:
            self._metrics.blocked.at().add()
        self._log.info("log-in denied", why=str(why), detail=detail, account=attempt.account, **_fields(attempt))

    def _ended(self, attempt: LoginAttempt, result: str) -> None:
        self._activity.record(attempt)
        self._metrics.logins.at(attempt.around.service, attempt.around.mechanism or "none", result).add()


def _fields(attempt: LoginAttempt) -> dict[str, str]:
    around = attempt.around
    return {
        "name": safe_name(attempt.name),
        "service": around.service,
        "mechanism": around.mechanism,
        "client": around.client,
        "listener": around.listener,
        "tls": around.tls.version if around.tls else "",
    }
