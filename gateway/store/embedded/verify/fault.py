"""What is found to be wrong, and what would put it right."""

from dataclasses import dataclass
from enum import StrEnum


class Repair(StrEnum):
    """Done only when told. None of them loses mail."""

    NONE = ""
    INBOX = "make INBOX again"
    COUNT = "count messages anew"
    NUMBERS = "raise UIDNEXT, UIDVALIDITY and the account's state above all that is in use"
    HISTORY = "forget the history: clients read the mailboxes anew"
    MARK_GONE = "mark as expunged what lies in no mailbox, and as kept what does"
    RECOVER = "put messages that lost their mailbox into the mailbox Recovered"
    DROP_ENTRIES = "take out entries whose message is lost"
    SIZES = "note the sizes that messages have"
    KEYWORDS = "drop keywords that nobody can name any more"
    TREE = "move mailboxes whose parent is lost to the top"
    ATTRIBUTES = "remove rights and annotations of mailboxes that are lost"
    DELIVERIES = "forget deliveries that cannot be read"
    ORPHANS = "remove files and octets that no message names"
    MODES = "close files to others"
    INDEXES = "build the database's indexes anew"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it has to be."""

    where: str
    """The file, or the folder."""
    what: str
    repair: Repair = Repair.NONE
