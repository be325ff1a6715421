"""How mailboxes look: rows for people, objects for programs."""

from collections.abc import Iterable

from rich.table import Table

from gateway.cli.shown import Json, plain, rows, size, span
from gateway.store.model import Mailbox


def mailbox_object(mailbox: Mailbox) -> dict[str, Json]:
    """A mailbox for programs."""
    return {
        "id": mailbox.id,
        "name": plain(mailbox.name),
        "use": mailbox.special_use.value if mailbox.special_use else None,
        "selectable": mailbox.selectable,
        "subscribed": mailbox.subscribed,
        "messages": mailbox.messages,
        "unseen": mailbox.unseen,
        "size": mailbox.size,
        "expire_after": mailbox.expire_after,
        "uidvalidity": mailbox.uidvalidity,
        "uidnext": mailbox.uidnext,
        "highestmodseq": mailbox.highestmodseq,
    }


def mailbox_table(mailboxes: Iterable[Mailbox]) -> Table:
    """All of an account, one a line."""
    return rows(
        ("Mailbox", "Messages", "Unseen", "Size", "Use", "Expires after", "Subscribed"),
        (
            (
                each.name,
                str(each.messages) if each.selectable else "-",
                str(each.unseen) if each.selectable else "-",
                size(each.size) if each.selectable else "-",
                each.special_use.value if each.special_use else "-",
                span(each.expire_after) if each.expire_after is not None else "-",
                "yes" if each.subscribed else "no",
            )
            for each in mailboxes
        ),
    )
