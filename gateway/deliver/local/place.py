"""Which mailbox of an account a message goes to: INBOX, or where it is asked for, the junk mailbox or that of a
subaddress."""

from dataclasses import dataclass
from typing import Final

from gateway.accounts.protocol import Known
from gateway.auth.authenticator import AccountId
from gateway.store.flags import Flags
from gateway.store.model import MailboxId, SpecialUse
from gateway.store.names import INBOX
from gateway.store.protocol.store import Mail

REMEMBERED: Final = 20_000
"""Accounts whose INBOX is known: it is the same mailbox for as long as the account is there."""

_JUNK: Final = Flags(keywords=frozenset({"$Junk"}))
_PLAIN: Final = Flags()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is put, and how it is marked."""

    mailbox: MailboxId
    name: str
    flags: Flags = _PLAIN


class Places:
    """Finds them. All methods raise StoreUnavailable."""

    def __init__(self) -> None:
        self._inboxes: dict[AccountId, Place] = {}
        self.subaddresses = False
        """Whether al+lists@ means the mailbox `lists` of al@, where there is one."""

    async def place(self, mail: Mail, known: Known, *, junk: bool) -> Place:
        """Of a message for one recipient."""
        found = None
        if junk:
            found = await self._junk(mail)
        elif known.subaddress and self.subaddresses and not known.catch_all:
            found = await self._named(mail, known.subaddress)
        return found or await self.inbox(mail, junk=junk)

    async def inbox(self, mail: Mail, *, junk: bool = False) -> Place:
        """Where whatever has no other place goes."""
        found = self._inboxes.get(mail.account)
        if found is None:
            found = Place((await mail.mailboxes.find(INBOX)).id, INBOX)
            while len(self._inboxes) >= REMEMBERED:
                del self._inboxes[next(iter(self._inboxes))]
            self._inboxes[mail.account] = found
        return Place(found.mailbox, found.name, _JUNK) if junk else found

    async def _junk(self, mail: Mail) -> Place | None:
        for mailbox in await mail.mailboxes.all():
            if mailbox.special_use is SpecialUse.JUNK and mailbox.selectable:
                return Place(mailbox.id, mailbox.name, _JUNK)
        return None

    async def _named(self, mail: Mail, name: str) -> Place | None:
        """In any case of letters, as senders have it. A mailbox with a use is never meant: nobody else puts anything
        into `Sent`."""
        wanted = name.casefold()
        for mailbox in await mail.mailboxes.all():
            if mailbox.name.casefold() == wanted and mailbox.selectable and mailbox.special_use is None:
                return Place(mailbox.id, mailbox.name)
        return None
