"""One account's mail: its parts, each made when it is first asked for."""

from functools import cached_property

from gateway.auth.authenticator import AccountId
from gateway.storage.spool import Spools
from gateway.store.config import MailboxConfig
from gateway.store.embedded.annotations import EmbeddedAnnotations
from gateway.store.embedded.emails import EmbeddedEmails
from gateway.store.embedded.feed import EmbeddedFeed
from gateway.store.embedded.mailboxes import EmbeddedMailboxes
from gateway.store.embedded.quotas import EmbeddedQuotas
from gateway.store.embedded.runner import Runner


class EmbeddedMail:
    """Holds nothing open."""

    def __init__(self, account: AccountId, runner: Runner, spools: Spools, config: MailboxConfig) -> None:
        self._account = account
        self._spools = spools
        self._config = config
        self.runner = runner

    @property
    def account(self) -> AccountId:
        """Whose it is."""
        return self._account

    @cached_property
    def quotas(self) -> EmbeddedQuotas:
        """How much."""
        return EmbeddedQuotas(self.runner, self._config)

    @cached_property
    def emails(self) -> EmbeddedEmails:
        """What is in them."""
        return EmbeddedEmails(self.runner, self._spools)

    @cached_property
    def feed(self) -> EmbeddedFeed:
        """What changed."""
        return EmbeddedFeed(self.runner)

    @cached_property
    def mailboxes(self) -> EmbeddedMailboxes:
        """By name."""
        return EmbeddedMailboxes(self.runner)

    @cached_property
    def annotations(self) -> EmbeddedAnnotations:
        """METADATA."""
        return EmbeddedAnnotations(self.runner)
