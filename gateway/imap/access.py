"""What a session can name: its account's mailboxes, and those that others share with it (RFC 2342, RFC 4314).

`Other Users/al@home.example/Plans` is the mailbox `Plans` of al, where an access control list lets the session see it.
Accounts that are configured as shared (`imap: shared:`) stand below `Shared/` instead. A mailbox of the account itself
that has such a name goes before it. Names keep the case of the owner's primary address.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.imap.flag_forms import FlagForms
from gateway.imap.people import People
from gateway.imap.service import Service
from gateway.imap.wire.completion import Refusal, refused
from gateway.mail.normal_form import normal
from gateway.mailbox.slices import breathe, slices
from gateway.store.errors import NoSuchMailbox, NotPossible
from gateway.store.model import Mailbox, MailboxId
from gateway.store.names import SEPARATOR, levels_of, name_of
from gateway.store.protocol.sharing import RIGHTS
from gateway.store.protocol.store import Mail

OTHERS: Final = "Other Users/"
SHARED: Final = "Shared/"
NAMESPACES: Final = (OTHERS, SHARED)
_A_TURN: Final = 1_000
"""Mailboxes that are named before others have a turn."""

Key = tuple[AccountId, MailboxId]
"""Of a mailbox, among those of all accounts."""


@dataclass(frozen=True, slots=True)
class Located:
    """A mailbox, and what the session may do with it."""

    mail: Mail
    mailbox: Mailbox
    rights: str
    """Of RFC 4314 2.1, in the order of RIGHTS."""
    name: str
    """As this session names it, in its namespace."""

    @property
    def key(self) -> Key:
        """What it keeps under any name."""
        return self.mail.account, self.mailbox.id


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a mailbox may be made."""

    mail: Mail
    name: str
    """As its owner names it."""
    root: str
    """What this session writes before that."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """Somebody else, whose mailboxes have names that begin with `root`."""

    account: AccountId
    root: str


class Access:
    """Of one log-in."""

    def __init__(self, service: Service, account: AccountId) -> None:
        self.account = account
        self.own = service.store.mail(account)
        self._store = service.store
        self._people: People = service.people
        self._shared = frozenset(address.key for address in service.config.shared)
        self._forms: dict[AccountId, FlagForms] = {}

    async def find(self, name: str, needs: str = "") -> Located:
        """The mailbox of that name, which has to be selectable, with all of these rights.

        Raises Refusal (NO [NONEXISTENT] also where it may not be seen, NO [NOPERM]), StoreUnavailable,
        AccountsUnavailable.
        """
        try:
            mailbox = await self.own.mailboxes.find(name)
        except NoSuchMailbox:
            return permitted(await self._of_others(name), needs)
        return permitted(Located(self.own, mailbox, RIGHTS, mailbox.name), needs)

    async def find_any(self, name: str, needs: str = "") -> Located:
        """Likewise, but also what is only a name above others, of the account itself."""
        try:
            return await self.find(name, needs)
        except Refusal:
            wanted = known_form(name)
            for mailbox in await self.own.mailboxes.all():
                if mailbox.name == wanted and not mailbox.selectable:
                    return Located(self.own, mailbox, RIGHTS, mailbox.name)
            raise

    async def spot(self, name: str) -> Spot:
        """Where a new mailbox of that name would lie; of others: below one where this account has the right `k`.

        Raises Refusal (NO [NOPERM], NO [CANNOT]).
        """
        wanted = normal("NFC", name)
        if f"{wanted}{SEPARATOR}".startswith(NAMESPACES):
            owner = await self._owner(wanted)
            if owner is None:
                raise refused("nothing can be made there: nobody of that name shares mailboxes with you", b"NOPERM")
            return await self._spot_of(owner, wanted.removeprefix(owner.root))
        return Spot(self.own, name, "")

    async def all(self, wanted: Callable[[str], bool] = lambda _root: True) -> Sequence[Located]:
        """All that the account may list, with what is only a name above others; its own first, then by owner.

        `wanted`: whether names that begin so are.
        """
        mailboxes = await self.own.mailboxes.all()
        found: list[Located] = []
        for start, stop in slices(len(mailboxes), _A_TURN):
            found += [Located(self.own, mailbox, RIGHTS, mailbox.name) for mailbox in mailboxes[start:stop]]
            await breathe()
        if not any(map(wanted, NAMESPACES)):
            return found
        own = {located.name for located in found}
        for owner in await self._owners():
            if wanted(owner.root):
                found += [each for each in await self._listed(owner) if each.name not in own]
        return found

    async def subscriptions(self) -> Sequence[str]:
        """Names, also of others' mailboxes, and of such as are not there."""
        return await self.own.mailboxes.subscriptions()

    def owns(self, located: Located) -> bool:
        """Whether it is one of the account's own."""
        return located.mail.account == self.account

    async def again(self, located: Located) -> Located:
        """With the rights that the account has now. Raises StoreUnavailable."""
        if self.owns(located):
            return located
        rights = (await located.mail.sharing.allowed(self.account)).get(located.mailbox.id, "")
        return located if rights == located.rights else replace(located, rights=rights)

    def forms(self, mail: Mail) -> FlagForms:
        """How to write the flags of an account."""
        return self._forms.setdefault(mail.account, FlagForms(mail.emails))

    async def _of_others(self, name: str) -> Located:
        wanted = normal("NFC", name)
        owner = await self._owner(wanted) if wanted.startswith(NAMESPACES) else None
        if owner is not None:
            mail = self._store.mail(owner.account)
            try:
                mailbox = await mail.mailboxes.find(wanted.removeprefix(owner.root))
            except NoSuchMailbox as error:
                raise _unseen() from error
            rights = (await mail.sharing.allowed(self.account)).get(mailbox.id, "")
            if rights:
                return Located(mail, mailbox, rights, owner.root + mailbox.name)
        raise _unseen()

    async def _owner(self, name: str) -> _Owner | None:
        return next((owner for owner in await self._owners() if name.startswith(owner.root)), None)

    async def _owners(self) -> list[_Owner]:
        found: list[_Owner] = []
        for number in await self._store.shares.shared_with(self.account):
            account = self._people.account(number)
            if account is not None:
                namespace = SHARED if account.address.key in self._shared else OTHERS
                found.append(_Owner(number, normal("NFC", f"{namespace}{account.address}{SEPARATOR}")))
        return sorted(found, key=lambda owner: owner.root)

    async def _listed(self, owner: _Owner) -> list[Located]:
        mail = self._store.mail(owner.account)
        allowed = await mail.sharing.allowed(self.account)
        if not any("l" in rights for rights in allowed.values()):
            return []
        return [
            Located(mail, mailbox, rights, owner.root + mailbox.name)
            for mailbox in await mail.mailboxes.all()
            if "l" in (rights := allowed.get(mailbox.id, ""))
        ]

    async def _spot_of(self, owner: _Owner, name: str) -> Spot:
        mail = self._store.mail(owner.account)
        above = name.rpartition(SEPARATOR)[0]
        while above:
            try:
                parent = await mail.mailboxes.find(above)
            except NoSuchMailbox:
                above = above.rpartition(SEPARATOR)[0]
                continue
            if "k" in (await mail.sharing.allowed(self.account)).get(parent.id, ""):
                return Spot(mail, name, owner.root)
            break
        raise refused("you lack the right 'k' (RFC 4314) on the mailbox above it", b"NOPERM")


def known_form(name: str) -> str:
    """As mailboxes are called. One that none can have stays as it is, but for its normal form."""
    try:
        return name_of(levels_of(name))
    except NotPossible:
        return normal("NFC", name)


def permitted(located: Located, needs: str) -> Located:
    """Raises Refusal where one of the rights is missing: as if there were no such mailbox where it may not be seen
    (RFC 4314 6)."""
    missing = [right for right in needs if right not in located.rights]
    if missing and "l" not in located.rights:
        raise _unseen()
    if missing:
        raise refused(f"you lack the right {missing[0]!r} (RFC 4314) on this mailbox", b"NOPERM")
    return located


def _unseen() -> Refusal:
    return refused("no such mailbox: LIST shows those that there are", b"NONEXISTENT")
