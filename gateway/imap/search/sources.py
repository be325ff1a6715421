"""Which mailboxes an ESEARCH looks in (RFC 7377 2.2, RFC 6237 2.2). What may not be read is passed over, as if it
were not there."""

from collections.abc import Iterable, Sequence

from gateway.imap.access import Access, Located, known_form
from gateway.imap.session import Session
from gateway.imap.wire.completion import Refusal, bad
from gateway.imap.wire.mailbox_filter import MailboxFilter, Which
from gateway.store.names import MAX_DEPTH, SEPARATOR


async def located(session: Session, filters: Sequence[MailboxFilter]) -> list[Located]:
    """Each once, in the order in which they are named. Raises Refusal (BAD: nothing is selected), StoreUnavailable."""
    search = _Sources(session)
    found = [each for one in filters for each in await search.of(one)]
    return list({each.key: each for each in found}.values())


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
            case Which.PERSONAL | Which.INBOXES:
                # Mail may be delivered into any (subaddresses): then RFC 5465 6.3 wants these to be the same.
                return [each for each in await self._all() if each.mail.account == self._access.account]
            case Which.SUBSCRIBED:
                names = frozenset(await self._access.subscriptions())
                return [each for each in await self._all() if each.name in names]
            case Which.MAILBOXES:
                return await self._named(one.names)
            case Which.SUBTREE:
                return [each for name in one.names for each in await self._below(name, MAX_DEPTH)]
            case Which.SUBTREE_ONE:
                return [each for name in one.names for each in await self._below(name, 1)]

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

    async def _below(self, name: str, levels: int) -> list[Located]:
        """With itself, where there is such a mailbox."""
        itself = await self._named((name,))
        top = f"{itself[0].name if itself else known_form(name)}{SEPARATOR}"
        below = (each for each in await self._all() if each.name.startswith(top))
        return [*itself, *(each for each in below if each.name.count(SEPARATOR, len(top)) < levels)]
