"""What the sender is told, and what the queue does next, for each way in which a delivery into a mailbox can end.

Reports go to senders: they name the address that was written to, not the account that has it, nor what it may hold.
"""

import sqlite3
from dataclasses import replace

from gateway.accounts.model import Account
from gateway.accounts.protocol import Refused
from gateway.mail import codes
from gateway.mail.address import Address
from gateway.mail.codes import EnhancedCode
from gateway.mail.outcome import Deferred, Delivered, Failed
from gateway.mail.reply import reply
from gateway.store.config import Answer
from gateway.store.errors import OverQuota, Resource


def stored(account: Account, mailbox: str) -> Delivered:
    """For the history and the log; reports do not repeat it."""
    return Delivered("", reply(250, codes.OK, f"mailbox of {account.address}, {mailbox}"))


def full(to: Address, error: OverQuota, size: int, answer: Answer) -> Deferred | Failed:
    """The account has no room for it now; or, where it is larger than all that the account may have, ever."""
    if error.resource is Resource.STORAGE and size > error.limit:
        return Failed(codes.TOO_BIG_FOR_MAILBOX, f"the mailbox of {to} never has room for a message of {size} octets")
    why = f"the mailbox of {to} is full"
    if answer is Answer.NEVER:
        return Failed(replace(codes.MAILBOX_FULL, klass=5), why)
    return Deferred(codes.MAILBOX_FULL, why)


def known_already(to: Address) -> Failed:
    """A Delivered-To says that it was here before."""
    why = f"the message was delivered to {to} before: it goes in a circle; mend the forwarding that sends it back"
    return Failed(codes.ROUTING_LOOP, why)


def refused(found: Refused) -> Deferred | Failed:
    """The address takes no mail, in the words that its owner or an operator chose."""
    status = EnhancedCode.parse(found.status) or codes.NO_SUCH_MAILBOX
    return Deferred(status, found.text) if found.code < 500 else Failed(status, found.text)


def nobody(to: Address) -> Failed:
    """The account, or its address, is gone."""
    return Failed(codes.NO_SUCH_MAILBOX, f"no mailbox {to} here")


def unavailable(to: Address, error: Exception) -> Deferred:
    """The disk or a file is in trouble: not the sender's affair but that it takes longer."""
    return Deferred(codes.SYSTEM_TROUBLE, f"the mailbox of {to} cannot be written now{_reason(error)}")


def _reason(error: Exception) -> str:
    """What the system said, without the names of our files."""
    match error.__cause__:
        case OSError(strerror=str(words)) if words:
            return f": {words}"
        case sqlite3.Error() as cause:
            return f": {cause}"
        case _:
            return ""
