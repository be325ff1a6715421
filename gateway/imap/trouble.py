"""What the store's and the accounts' errors mean to a client: one response code each (RFC 5530, RFC 9208, RFC 5464)."""

from typing import Final

from gateway.accounts.protocol import AccountsUnavailable
from gateway.imap.wire.completion import Completion, no
from gateway.store.errors import (
    AnnotationTooLarge,
    HasChildren,
    MailboxExists,
    NoSuchMailbox,
    NotPossible,
    OverQuota,
    StateChanged,
    StoreUnavailable,
    TooManyAnnotations,
)

Trouble = (StoreUnavailable, AccountsUnavailable, NotPossible)
"""What any command may raise."""
_CODES: Final[tuple[tuple[type[Exception], bytes], ...]] = (
    (OverQuota, b"OVERQUOTA"),
    (NoSuchMailbox, b"NONEXISTENT"),
    (MailboxExists, b"ALREADYEXISTS"),
    (HasChildren, b"HASCHILDREN"),
    (TooManyAnnotations, b"METADATA TOOMANY"),
    (StateChanged, b"INUSE"),
    (NotPossible, b"CANNOT"),
)


def answer(error: Exception) -> Completion:
    """The end of the command that raised it."""
    if isinstance(error, AnnotationTooLarge):
        return no(str(error), b"METADATA MAXSIZE %d" % error.limit)
    for kind, code in _CODES:
        if isinstance(error, kind):
            return no(str(error), code)
    return no("the mailboxes cannot be used at the moment: try again later", b"UNAVAILABLE")
