"""What is told of a mailbox as it stands: STATUS (RFC 9051 6.3.11), of which few items need more than its row, and
MYRIGHTS."""

from bisect import bisect_left

from gateway.imap.access import Located
from gateway.imap.service import Service
from gateway.imap.wire import rights, strings
from gateway.imap.wire.object_ids import mailbox_id
from gateway.imap.wire.status import Item, Items
from gateway.store.flags import System


async def status_response(service: Service, located: Located, items: Items, *, utf8: bool) -> bytes:
    """`STATUS name (…)`. Raises NoSuchMailbox, StoreUnavailable."""
    told = [b"%b %b" % (item.encode(), await _value(service, located, item)) for item in Item if item in items]
    return b"STATUS %b (%b)" % (strings.mailbox(located.name, utf8=utf8), b" ".join(told))


def myrights(located: Located, *, utf8: bool) -> bytes:
    """`MYRIGHTS name lrs` (RFC 4314 3.8)."""
    return b"MYRIGHTS %b %b" % (strings.mailbox(located.name, utf8=utf8), rights.shown(located.rights))


async def _value(service: Service, located: Located, item: Item) -> bytes:
    match item:
        case Item.RECENT:
            return b"%d" % await _recent(service, located)
        case Item.DELETED_STORAGE:
            return b"%d" % await _deleted_storage(located)
        case _:
            return _plain(service, located, item)


def _plain(service: Service, located: Located, item: Item) -> bytes:
    mailbox = located.mailbox
    numbers = {
        Item.MESSAGES: mailbox.messages,
        Item.UIDNEXT: mailbox.uidnext,
        Item.UIDVALIDITY: mailbox.uidvalidity,
        Item.UNSEEN: mailbox.unseen,
        Item.DELETED: mailbox.deleted,
        Item.SIZE: mailbox.size,
        Item.HIGHESTMODSEQ: mailbox.highestmodseq,
        Item.APPENDLIMIT: service.config.message_size,
    }
    if item is Item.MAILBOXID:
        return b"(%b)" % mailbox_id(located.mail.account, mailbox.id)
    return b"%d" % numbers[item]


async def _recent(service: Service, located: Located) -> int:
    """Nobody has seen them yet. They are counted only where some of them may be gone again."""
    mailbox = located.mailbox
    if mailbox.messages == mailbox.uidnext - 1 or mailbox.first_recent == mailbox.uidnext:
        return mailbox.uidnext - mailbox.first_recent
    async with service.views.reading(located.mail.account, mailbox.id) as view:
        return sum(view.alive[bisect_left(view.uids, mailbox.first_recent) :])


async def _deleted_storage(located: Located) -> int:
    """Octets of what is \\Deleted (RFC 9208 4.1.4). Only where that is some of the messages, all are read."""
    mailbox, emails = located.mailbox, located.mail.emails
    if not mailbox.deleted:
        return 0
    if mailbox.deleted == mailbox.messages:
        return mailbox.size
    entries, measures = await emails.entries(mailbox.id), await emails.measures(mailbox.id)
    deleted = {uid for uid, mark in zip(entries.uids, entries.marks, strict=True) if mark & System.DELETED}
    return sum(size for uid, size in zip(measures.uids, measures.sizes, strict=True) if uid in deleted)
