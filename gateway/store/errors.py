"""Why the store does not do something. Whoever catches one may go on with the account."""

from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override


class StoreUnavailable(Exception):
    """The disk, a lock or a file is in trouble (full, read-only, corrupt): nothing was changed, try again later."""


class NotPossible(Exception):
    """What was asked for cannot be done; nothing was changed. The message says why, for people."""


class NoSuchMailbox(NotPossible):
    """It was deleted, or never was; or it is only a name in the hierarchy (\\NoSelect)."""


class MailboxExists(NotPossible):
    """The name is taken."""


class HasChildren(NotPossible):
    """It has mailboxes below it."""


class StateChanged(NotPossible):
    """The account is not in the state that the caller went by (RFC 8620 ifInState)."""


class Resource(StrEnum):
    """What a quota counts (RFC 9208 5)."""

    STORAGE = "storage"
    MESSAGES = "messages"
    MAILBOXES = "mailboxes"


@dataclass(eq=False)
class TooManyAnnotations(NotPossible):
    """RFC 5464 4.3 TOOMANY."""

    limit: int

    @override
    def __str__(self) -> str:
        return f"no more than {self.limit} annotations in one place: remove others first"


@dataclass(eq=False)
class AnnotationTooLarge(NotPossible):
    """RFC 5464 4.3 MAXSIZE."""

    limit: int

    @override
    def __str__(self) -> str:
        return f"an annotation has at most {self.limit} octets: shorten it"


@dataclass(eq=False)
class OverQuota(NotPossible):
    """It would be more than the account may have."""

    resource: Resource
    limit: int
    used: int

    @override
    def __str__(self) -> str:
        unit = "octets" if self.resource is Resource.STORAGE else self.resource.value
        return f"over quota: {self.used} of {self.limit} {unit} are used"
