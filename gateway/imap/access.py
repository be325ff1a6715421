"""What a session can name: its account's mailboxes, and those that others share with it (RFC 2342, RFC 4314)."""

from dataclasses import dataclass

from gateway.auth.authenticator import AccountId
from gateway.imap.flag_forms import FlagForms
from gateway.imap.wire.completion import refused
from gateway.store.errors import NoSuchMailbox
from gateway.store.model import Mailbox
from gateway.store.protocol.sharing import RIGHTS
from gateway.store.protocol.store import Mail, Store


@dataclass(frozen=True, slots=True)
class Located:
    """A mailbox, and what the session may do with it."""

    mail: Mail
    mailbox: Mailbox
    rights: str
    """Of RFC 4314 2.1, in the order of RIGHTS."""
    name: str
    """As this session names it, in its namespace."""


class Access:
    """Of one log-in."""

    def __init__(self, store: Store, account: AccountId) -> None:
        self.account = account
        self.own = store.mail(account)
        self._store = store
        self._forms: dict[AccountId, FlagForms] = {}

    async def find(self, name: str, needs: str = "") -> Located:
        """The mailbox of that name, which has to be selectable, with all of these rights.

        Raises Refusal (NO [NONEXISTENT] also where it may not be seen, NO [NOPERM]), StoreUnavailable.
        """
        try:
            mailbox = await self.own.mailboxes.find(name)
        except NoSuchMailbox as error:
            raise refused("no such mailbox", b"NONEXISTENT") from error
        return permitted(Located(self.own, mailbox, RIGHTS, mailbox.name), needs)

    def forms(self, mail: Mail) -> FlagForms:
        """How to write the flags of an account."""
        return self._forms.setdefault(mail.account, FlagForms(mail.emails))


def permitted(located: Located, needs: str) -> Located:
    """Raises Refusal where one of the rights is missing."""
    missing = [right for right in needs if right not in located.rights]
    if missing:
        raise refused(f"you lack the right {missing[0]!r} (RFC 4314) on this mailbox", b"NOPERM")
    return located
