"""Which mailboxes an ESEARCH looks in (RFC 7377 2.2). What may not be read is passed over, as if it were not there."""

from collections.abc import Iterable, Sequence

from gateway.imap.access import Access, Located
from gateway.imap.session import Session
from gateway.imap.wire.completion import Refusal, bad
from gateway.imap.wire.mailbox_filter import MailboxFilter, Which
from gateway.store.names import SEPARATOR

INBOX = "INBOX"


async def located(session: Session, filters: Sequence[MailboxFilter]) -> list[Located]:
    """Each once, in the order in which they are named. Raises Refusal (BAD: nothing is selected), StoreUnavailable."""
    search = _Sources(session)
    found = [each for one in filters for each in await search.of(one)]
    return list({(each.mail.account, each.mailbox.id): each for each in found}.values())


class _Sources:
    """Of one command."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._access: Access = session.mail
        self._listed: Sequence[Located] | None = None

    async def of(self, one: MailboxFilter) -> Iterable[Located]:
        match one.which:
            case Which.SELECTED | Which.SELECTED_DELAYED:
                return (self._selected(),)
            case Which.INBOXES:
                return await self._named((INBOX,))
            case Which.PERSONAL:
                return [each for each in await self._all() if each.mail.account == self._access.account]
            case Which.SUBSCRIBED:
                names = frozenset(await self._access.subscriptions())
                return [each for each in await self._all() if each.name in names]
            case Which.MAILBOXES:
                return await self._named(one.names)
            case Which.SUBTREE | Which.SUBTREE_ONE:
                found = [each for name in one.names for each in await self._below(name)]
                return found if one.which is Which.SUBTREE else [each for each in found if _near(each, one.names)]

    def _selected(self) -> Located:
        if self._session.selected is None:
            raise Refusal(bad("select a mailbox first, or say IN which to search"))
        return self._session.selected.located

    async def _all(self) -> Sequence[Located]:
        if self._listed is None:
            everything = await self._access.all()
            self._listed = [each for each in everything if each.mailbox.selectable and "r" in each.rights]
        return self._listed

    async def _named(self, names: Sequence[str]) -> list[Located]:
        found: list[Located] = []
        for name in names:
            try:
                found.append(await self._access.find(name, "r"))
            except Refusal:
                continue
        return found

    async def _below(self, name: str) -> list[Located]:
        itself = await self._named((name,))
        top = f"{itself[0].name if itself else name}{SEPARATOR}"
        return [*itself, *(each for each in await self._all() if each.name.startswith(top))]


def _near(each: Located, names: Sequence[str]) -> bool:
    """It is one of these, or a child of one."""
    parent = each.name.rpartition(SEPARATOR)[0]
    tops = {INBOX if name.upper() == INBOX else name for name in names}
    return each.name in tops or parent in tops
