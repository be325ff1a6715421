"""Object identifiers (RFC 8474): 1 to 255 letters, digits, `_` and `-`, alike for all accounts that see the object.

A number of the store means something within its account alone, and mailboxes are shared: so the account stands in it.
"""

from gateway.auth.authenticator import AccountId
from gateway.store.model import EmailId, MailboxId, ThreadId


def mailbox_id(account: AccountId, mailbox: MailboxId) -> bytes:
    """MAILBOXID. `account`: the owner."""
    return b"F%d-%d" % (account, mailbox)


def email_id(account: AccountId, email: EmailId) -> bytes:
    """EMAILID."""
    return b"M%d-%d" % (account, email)


def thread_id(account: AccountId, thread: ThreadId) -> bytes:
    """THREADID."""
    return b"T%d-%d" % (account, thread)
