"""Annotations of mailboxes and of the account (METADATA, RFC 5464)."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.auth.authenticator import AccountId
from gateway.store.model import MailboxId


class Annotations(Protocol):
    """Of one account. Entry names begin with `/private/` or `/shared/` and are compared without case.

    Private ones are kept for each `viewer` that may see the mailbox.
    """

    async def get(self, mailbox: MailboxId | None, viewer: AccountId) -> Mapping[str, bytes]:
        """All of a mailbox that the viewer sees, or (None) of the account. Raises NoSuchMailbox."""
        ...

    async def set(self, mailbox: MailboxId | None, viewer: AccountId, values: Mapping[str, bytes | None]) -> None:
        """None removes one. All or nothing. Raises NoSuchMailbox, NotPossible (too many, too large: RFC 5464 4.3)."""
        ...

    async def of_all(self, viewer: AccountId, names: Sequence[str]) -> Mapping[MailboxId, Mapping[str, bytes]]:
        """These entries of all mailboxes that have any (LIST-METADATA, RFC 9590)."""
        ...
