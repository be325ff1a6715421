"""One account's mail: its parts, each made when it is first asked for."""

from functools import cached_property

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.storage.spool import Spools
from gateway.store.embedded.annotations.embedded import EmbeddedAnnotations
from gateway.store.embedded.database.account_runner import AccountRunner
from gateway.store.embedded.emails.embedded import EmbeddedEmails
from gateway.store.embedded.feed import EmbeddedFeed
from gateway.store.embedded.index.embedded import EmbeddedIndex
from gateway.store.embedded.index.texts import text_of
from gateway.store.embedded.mailboxes.embedded import EmbeddedMailboxes
from gateway.store.embedded.paths import AccountFolder
from gateway.store.embedded.quotas.embedded import EmbeddedQuotas
from gateway.store.embedded.sharing.embedded import EmbeddedSharing
from gateway.store.embedded.sharing.shares import EmbeddedShares
from gateway.store.protocol.store import Mail


class EmbeddedMail(Mail):
    """Holds nothing open."""

    def __init__(
        self, account: AccountId, folder: AccountFolder, runner: AccountRunner, spools: Spools, shares: EmbeddedShares
    ) -> None:
        self._account = account
        self._folder = folder
        self._runner = runner
        self._spools = spools
        self._shares = shares

    @property
    @override
    def account(self) -> AccountId:
        return self._account

    @cached_property
    @override
    def mailboxes(self) -> EmbeddedMailboxes:
        return EmbeddedMailboxes(self._runner)

    @cached_property
    @override
    def emails(self) -> EmbeddedEmails:
        return EmbeddedEmails(self._runner, self._spools)

    @cached_property
    @override
    def feed(self) -> EmbeddedFeed:
        return EmbeddedFeed(self._runner)

    @cached_property
    @override
    def annotations(self) -> EmbeddedAnnotations:
        return EmbeddedAnnotations(self._runner)

    @cached_property
    @override
    def sharing(self) -> EmbeddedSharing:
        return EmbeddedSharing(self._runner, self._account, self._shares)

    @cached_property
    @override
    def quotas(self) -> EmbeddedQuotas:
        return EmbeddedQuotas(self._runner, self._runner.config)

    @cached_property
    @override
    def index(self) -> EmbeddedIndex:
        return EmbeddedIndex(self._folder, self.emails.octets, text_of)
