"""The commit of what came in, and what the client is told of it (APPENDUID, RFC 9051 7.1, RFC 4315)."""

from collections.abc import Sequence

from gateway.imap.access import Located
from gateway.imap.intake.rights import gone
from gateway.mail.units import Timestamp
from gateway.store.actions import Action, Append, Arrived, Result
from gateway.store.errors import NoSuchMailbox
from gateway.store.model import ModSeq, NewEmail
from gateway.store.protocol.store import Mail


async def append(located: Located, emails: Sequence[NewEmail], now: Timestamp) -> Arrived:
    """All of them, or none. Raises Refusal (NO [TRYCREATE]), NotPossible, StoreUnavailable."""
    return arrived(await carry_out(located.mail, [Append(located.mailbox.id, tuple(emails))], now))


async def carry_out(
    mail: Mail, actions: Sequence[Action], now: Timestamp, *, expected: ModSeq | None = None
) -> tuple[Result, ...]:
    """As `Emails.carry_out`, but a mailbox that is gone is one that the client may create."""
    try:
        return await mail.emails.carry_out(actions, now, expected=expected)
    except NoSuchMailbox as error:
        raise gone() from error


def arrived(results: Sequence[Result]) -> Arrived:
    """The one that tells of new messages."""
    return next(result for result in results if isinstance(result, Arrived))


def append_uid(located: Located, result: Arrived) -> bytes:
    """The response code; nothing for who may not select the mailbox, and must not learn of it (RFC 9051 6.3.12)."""
    if "r" not in located.rights or not result.uids:
        return b""
    return b"APPENDUID %d %b" % (result.uidvalidity, consecutive(result))


def consecutive(result: Arrived) -> bytes:
    """The new UIDs: one transaction gives them in a row."""
    first, last = result.uids[0], result.uids[-1]
    return b"%d" % first if first == last else b"%d:%d" % (first, last)
