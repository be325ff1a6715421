"""Summaries of messages that may have none yet: they are worked out at the first request, and kept."""

from collections.abc import Sequence
from typing import Final

from gateway.mailbox.intake import prepared
from gateway.store.model import Email, EmailId
from gateway.store.protocol.store import Mail
from gateway.summary.model import Summary

AT_A_TIME: Final = 500
"""Messages of which the summaries are in memory at one time."""


async def summaries(mail: Mail, emails: Sequence[EmailId]) -> list[Summary | None]:
    """In the order asked for; None: there is no such message. Raises StoreUnavailable."""
    found = await mail.emails.read(emails)
    missing = [email.id for email in found if email is not None and email.summary is None]
    made = await _made(mail, missing) if missing else {}
    return [_of(email, made) for email in found]


async def work_out(mail: Mail, emails: Sequence[EmailId]) -> None:
    """See that these have one. Raises StoreUnavailable."""
    for start in range(0, len(emails), AT_A_TIME):
        await _made(mail, emails[start : start + AT_A_TIME])


async def _made(mail: Mail, emails: Sequence[EmailId]) -> dict[EmailId, Summary]:
    octets = await mail.emails.octets(emails)
    pairs = zip(emails, octets, strict=True)
    made = {email: await prepared(source, mail.account) for email, source in pairs if source is not None}
    await mail.emails.keep(made)
    return made


def _of(email: Email | None, made: dict[EmailId, Summary]) -> Summary | None:
    if email is None:
        return None
    return made.get(email.id) if email.summary is None else email.summary
