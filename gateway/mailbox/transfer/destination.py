"""Which mailbox takes what: found by name or made, with the use and the subscription that the source wishes for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.mailbox.transfer.folder_names import joined
from gateway.mailbox.transfer.model import Source, Wish
from gateway.store.errors import NotPossible
from gateway.store.model import Mailbox, SpecialUse
from gateway.store.names import levels_of, name_of
from gateway.store.protocol.mailboxes import Mailboxes, Purpose


def place(sources: Sequence[Source], below: str | None) -> dict[str, str]:
    """The mailbox for each source, by key. `below`: the one for a single source, else the one above all."""
    if below is None:
        return {source.key: source.name for source in sources}
    if len(sources) == 1:
        return {sources[0].key: below}
    return {source.key: joined(below, source.name) for source in sources}


@dataclass(slots=True)
class Destination:
    """The mailboxes of one account."""

    mailboxes: Mailboxes
    names: dict[str, str]
    """By the key of the source."""
    below: str | None = None
    """Under which mailbox they come, as `place` was told. What lies below another is for no special use."""
    notes: list[str] = field(default_factory=list)
    """What could not be as the source wished."""

    async def mailbox_for(self, source: Source) -> Mailbox:
        """Raises OverQuota, NotPossible (no name for a mailbox)."""
        name = name_of(levels_of(self.names[source.key]))
        found = {each.name: each for each in await self.mailboxes.all()}
        mailbox = found.get(name)
        if mailbox is None or not mailbox.selectable:
            mailbox = await self.mailboxes.create(name)
        await self._grant(mailbox, source.wish)
        return mailbox

    async def _grant(self, mailbox: Mailbox, wish: Wish) -> None:
        if wish.subscribed and not mailbox.subscribed:
            await self.mailboxes.subscribe(mailbox.name)
        use = wish.special_use if self.below is None else None
        if use is not None and mailbox.special_use is not use:
            await self._assign(mailbox, use)

    async def _assign(self, mailbox: Mailbox, use: SpecialUse) -> None:
        """An empty mailbox gives its use away."""
        holders = [each for each in await self.mailboxes.all() if each.special_use is use]
        if any(holder.messages for holder in holders):
            self.notes.append(f"{mailbox.name}: {use} stays with {holders[0].name}, which has messages")
            return
        try:
            for holder in holders:
                await self.mailboxes.change(holder.id, Purpose(None))
            await self.mailboxes.change(mailbox.id, Purpose(use))
        except NotPossible as error:
            self.notes.append(f"{mailbox.name}: {use}: {error}")
