"""\\Recent (RFC 3501 2.3.2): messages are recent for the first session that is told of them."""

import asyncio
from weakref import WeakKeyDictionary

from gateway.imap.selected import Selected
from gateway.mailbox.view import View
from gateway.store.errors import StoreUnavailable
from gateway.store.model import Uid


class _Claimed:
    """Of one mailbox, in this worker."""

    __slots__ = ("below", "lock")

    def __init__(self) -> None:
        self.below = Uid(0)
        """Messages below are somebody's."""
        self.lock = asyncio.Lock()


_claimed: WeakKeyDictionary[View, _Claimed] = WeakKeyDictionary()


async def claim(selected: Selected, last: Uid) -> Uid:
    """Take what nobody has, up to a message that is in the view: from the returned UID on, messages are this session's.

    Where a thousand sessions hear of one message, one asks the store; the others come after it one by one, each in a
    turn of its own of the event loop. Where nothing can be written (the disk is full), none is this session's.
    """
    claimed = _claimed.setdefault(selected.view.view, _Claimed())
    if last >= claimed.below:
        async with claimed.lock:
            if last >= claimed.below:
                try:
                    first = await selected.located.mail.mailboxes.claim_recent(selected.located.mailbox.id)
                except StoreUnavailable:
                    return Uid(last + 1)
                claimed.below = Uid(last + 1)
                return first
    return claimed.below
