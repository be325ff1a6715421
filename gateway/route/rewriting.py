"""`rewrite:` rules: changes to the envelope when mail is accepted. All that match are applied, in order.

The null reverse-path stays null: a report must never become answerable (RFC 5321 4.5.5). Content is not known yet,
nor, where the sender is changed, who the recipients are: the configuration is held to conditions that can be met.
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.mail.address import Address, NullPath, ReversePath
from gateway.mail.domain import Domain
from gateway.route.conditions.compiled import compiled
from gateway.route.config import LocalDomain, RewriteRule
from gateway.route.facts import Facts, Scene
from gateway.route.local import IsLocal, LocalDomains, no_more


class RewriteTable:
    """The rules, ready to be asked."""

    def __init__(
        self, rules: Sequence[RewriteRule], local: Sequence[LocalDomain], more_local: IsLocal = no_more
    ) -> None:
        ready = [(rule, compiled(rule.when)) for rule in rules]
        self._is_local = LocalDomains(local, more_local)
        self._recipients = tuple(each for each in ready if each[0].changes_recipient)
        self._senders = tuple(each for each in ready if each[0].changes_sender)

    @property
    def active(self) -> bool:
        """Whether there are any rules: some may look at the content."""
        return bool(self._senders or self._recipients)

    def recipient(self, recipient: Address, facts: Facts) -> Address:
        """The recipient as the rules have it."""
        for rule, condition in self._recipients:
            if condition.holds(self._scene(recipient, facts)):
                recipient = _changed(recipient, rule.recipient, rule.recipient_domain)
        return recipient

    def sender(self, sender: ReversePath, facts: Facts) -> ReversePath:
        """The sender as the rules have it."""
        for rule, condition in self._senders:
            if isinstance(sender, NullPath):
                return sender
            if condition.holds(self._scene(sender, replace(facts, sender=sender))):
                sender = _changed(sender, rule.sender, rule.sender_domain)
        return sender

    def _scene(self, recipient: Address, facts: Facts) -> Scene:
        return Scene(recipient.domain, self._is_local(recipient.domain), recipient, facts)


def _changed(address: Address, whole: Address | None, domain: Domain | None) -> Address:
    if whole is not None:
        return whole
    return address if domain is None else Address(address.local, domain)
