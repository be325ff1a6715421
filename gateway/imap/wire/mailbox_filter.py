"""Which mailboxes NOTIFY and ESEARCH are about: filter-mailboxes (RFC 5465 8, RFC 7377 4).

ABNF, as read here::

    filter-mailboxes    = "selected" / "selected-delayed" / "inboxes" / "personal" / "subscribed" /
                          ("subtree" / "subtree-one" / "mailboxes") SP one-or-more-mailbox
    one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")"
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.imap.wire.names import mailbox_name
from gateway.imap.wire.scanner import BadSyntax, Scanner


class Which(Enum):
    """The value is its name in commands."""

    SELECTED = b"SELECTED"
    SELECTED_DELAYED = b"SELECTED-DELAYED"
    INBOXES = b"INBOXES"
    PERSONAL = b"PERSONAL"
    SUBSCRIBED = b"SUBSCRIBED"
    SUBTREE = b"SUBTREE"
    """These and all that is below them."""
    SUBTREE_ONE = b"SUBTREE-ONE"
    """These and their children."""
    MAILBOXES = b"MAILBOXES"


@dataclass(frozen=True, slots=True)
class MailboxFilter:
    """One specifier. `names`: what SUBTREE, SUBTREE_ONE and MAILBOXES name."""

    which: Which
    names: tuple[str, ...] = ()


_NAMING: Final = frozenset({Which.SUBTREE, Which.SUBTREE_ONE, Which.MAILBOXES})


def mailbox_filter(scanner: Scanner, allowed: Collection[Which]) -> MailboxFilter:
    """One of these. Raises BadSyntax, Refusal (a name that cannot be one)."""
    name = scanner.keyword("which mailboxes")
    which = next((each for each in allowed if each.value == name), None)
    if which is None:
        known = ", ".join(sorted(each.value.decode() for each in allowed))
        raise BadSyntax(f"{name[:40].decode()} says nothing about mailboxes here: that do {known}")
    if which not in _NAMING:
        return MailboxFilter(which)
    scanner.space()
    if scanner.starts(b"("):
        return MailboxFilter(which, scanner.listed(lambda: mailbox_name(scanner)))
    return MailboxFilter(which, (mailbox_name(scanner),))
