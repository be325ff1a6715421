"""Object identifiers (RFC 8474): 1 to 255 letters, digits, `_` and `-`, alike for all accounts that see the object.

A number of the store means something within its account alone, and mailboxes are shared: so the account stands in it.
"""

import re
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.store.model import EmailId, MailboxId, ThreadId

_DIGITS: Final = re.compile("[1-9][0-9]{0,17}")


def mailbox_id(account: AccountId, mailbox: MailboxId) -> bytes:
    """MAILBOXID. `account`: the owner."""
    return b"F%d-%d" % (account, mailbox)


def email_id(account: AccountId, email: EmailId) -> bytes:
    """EMAILID."""
    return b"M%d-%d" % (account, email)


def thread_id(account: AccountId, thread: ThreadId) -> bytes:
    """THREADID."""
    return b"T%d-%d" % (account, thread)


def email_named(account: AccountId, text: str) -> EmailId | None:
    """The opposite of `email_id`; None: no message of this account is called so."""
    number = _number(b"M", account, text)
    return None if number is None else EmailId(number)


def thread_named(account: AccountId, text: str) -> ThreadId | None:
    """The opposite of `thread_id`."""
    number = _number(b"T", account, text)
    return None if number is None else ThreadId(number)


def _number(kind: bytes, account: AccountId, text: str) -> int | None:
    prefix = f"{kind.decode()}{account}-"
    digits = text.removeprefix(prefix)
    return int(digits) if digits != text and _DIGITS.fullmatch(digits) else None
