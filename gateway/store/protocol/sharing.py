"""Who else may do what with a mailbox (ACL, RFC 4314; JMAP sharing, RFC 9670)."""

from collections.abc import Mapping, Sequence
from typing import Final, NewType, Protocol

from gateway.auth.authenticator import AccountId
from gateway.store.model import MailboxId

Identifier = NewType("Identifier", str)
"""`anyone`, `account:ID`, or either with `-` before it: those rights are taken away (RFC 4314 2)."""

RIGHTS: Final = "lrswipkxtea"
"""RFC 4314 2.1, in this order. The owner has all of them, whatever is set."""


class Sharing(Protocol):
    """Of one account's mailboxes."""

    async def rights(self, mailbox: MailboxId) -> Mapping[Identifier, str]:
        """As set, without the owner's own. Raises NoSuchMailbox."""
        ...

    async def set_rights(self, mailbox: MailboxId, identifier: Identifier, rights: str) -> None:
        """Instead of what it had; empty: none. Raises NoSuchMailbox, NotPossible (an unknown right, too many)."""
        ...

    async def allowed(self, viewer: AccountId) -> Mapping[MailboxId, str]:
        """What another account may do, where it may do anything."""
        ...


class Shares(Protocol):
    """Over all accounts."""

    async def shared_with(self, viewer: AccountId) -> Sequence[AccountId]:
        """Owners who may have shared something with it; `Sharing.allowed` says what."""
        ...
