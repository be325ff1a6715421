"""Items of STATUS (RFC 9051 6.3.11; RECENT: RFC 3501 6.3.10; RFC 7162 3.1.7, RFC 7889 4, RFC 8474 4.3,
RFC 9208 4.1.4)."""

from enum import StrEnum

from gateway.imap.wire.scanner import BadSyntax, Scanner


class Item(StrEnum):
    """What can be asked for, in the order in which it is answered."""

    MESSAGES = "MESSAGES"
    RECENT = "RECENT"
    UIDNEXT = "UIDNEXT"
    UIDVALIDITY = "UIDVALIDITY"
    UNSEEN = "UNSEEN"
    DELETED = "DELETED"
    DELETED_STORAGE = "DELETED-STORAGE"
    SIZE = "SIZE"
    HIGHESTMODSEQ = "HIGHESTMODSEQ"
    MAILBOXID = "MAILBOXID"
    APPENDLIMIT = "APPENDLIMIT"


Items = frozenset[Item]


def status_items(scanner: Scanner) -> Items:
    """`(` status-att *(SP status-att) `)`. Raises BadSyntax."""
    return frozenset(scanner.listed(lambda: _item(scanner)))


def _item(scanner: Scanner) -> Item:
    name = scanner.keyword("an item of STATUS").decode()
    try:
        return Item(name)
    except ValueError as error:
        raise BadSyntax(f"{name[:40]} is no item of STATUS: there are {' '.join(Item)}") from error
