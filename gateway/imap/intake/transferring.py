"""Messages of one account put into a mailbox of another, or where their flags cannot all stay: as new messages there.

They get EMAILIDs of their own. Moving them is two transactions, here and there: after a crash in between they are in
both mailboxes, never in none (RFC 6851 3.3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.imap.access import Located
from gateway.imap.intake.rights import ALL_FLAGS, allowed
from gateway.imap.intake.room import Weight
from gateway.imap.intake.storing import append
from gateway.imap.output import Output
from gateway.mail.units import Timestamp
from gateway.store.actions import Arrived
from gateway.store.flags import SYSTEM_BITS, Flags, KeywordSets, Mark, keywords_of, system_of
from gateway.store.model import EmailId, NewEmail, Uid
from gateway.store.protocol.emails import Emails

_AT_ONCE: Final = 200
"""Messages that are read together."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A message in its mailbox."""

    uid: Uid
    email: EmailId
    mark: Mark


def anew(source: Located, target: Located) -> bool:
    """Whether messages have to be made anew there."""
    other = source.mail.account != target.mail.account
    return other or any(right not in target.rights for right in ALL_FLAGS)


async def transfer(
    source: Located, target: Located, messages: Sequence[Marked], now: Timestamp, output: Output
) -> tuple[Arrived | None, tuple[Uid, ...]]:
    """All or none; with the UIDs of those that still had octets. Raises Refusal, NotPossible, StoreUnavailable."""
    emails = source.mail.emails
    sets = await emails.keyword_sets() if any(each.mark >> SYSTEM_BITS for each in messages) else {}
    made: list[NewEmail] = []
    uids: list[Uid] = []
    weight = Weight()
    for some in _pieces(messages):
        for each, new in zip(some, await _read(emails, some, sets, target.rights), strict=True):
            if new is not None:
                weight.add(len(new.octets))
                made.append(new)
                uids.append(each.uid)
        await output.breathe()
    return (await append(target, made, now) if made else None), tuple(uids)


async def _read(emails: Emails, some: Sequence[Marked], sets: KeywordSets, rights: str) -> list[NewEmail | None]:
    ids = [each.email for each in some]
    octets, known = await emails.octets(ids), await emails.read(ids)
    return [
        NewEmail(source, email.received, allowed(_flags(each.mark, sets), rights), email.summary)
        if source is not None and email is not None
        else None
        for each, source, email in zip(some, octets, known, strict=True)
    ]


def _flags(mark: Mark, sets: KeywordSets) -> Flags:
    return Flags(system_of(mark), sets.get(keywords_of(mark), frozenset()))


def _pieces(messages: Sequence[Marked]) -> Iterator[Sequence[Marked]]:
    for start in range(0, len(messages), _AT_ONCE):
        yield messages[start : start + _AT_ONCE]
