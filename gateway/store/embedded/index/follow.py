"""How the index follows the mail: what is missing, bit by bit, and the progress once nothing is.

Done by one process at a time for an account, but for `add`, which several may do at once with different messages. What
crashes here is done again: a message is in the index with its segment or not at all, and `settle` comes last.
"""

import sqlite3
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from gateway.mail.octets import OctetSource
from gateway.mail.units import Timestamp
from gateway.store.embedded.index import damage, file, mail_reader
from gateway.store.embedded.index.segment import SegmentBuilder
from gateway.store.embedded.index.tidy import tidy
from gateway.store.embedded.paths import AccountFolder
from gateway.store.model import EmailId
from gateway.summary.model import SearchText

HEAVY: Final = 16 * 1024 * 1024
"""Letters after which a segment is written: it bounds the memory."""
FAULTS: Final = (OSError, ValueError, LookupError, TypeError, ArithmeticError, RuntimeError)
"""Of one message: of its file, or of our own. The others are indexed all the same."""

Extract = Callable[[OctetSource], SearchText]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done until the index is as the account was at `seq`."""

    state: mail_reader.State
    missing: "array[int]"
    gone: "array[int]"
    back: "array[int]"
    """Messages that were taken for gone and are not."""
    since: Timestamp | None
    """When the first change happened that the index does not know."""
    damage: str = ""
    """Why the index that there was had to be thrown away."""

    @property
    def idle(self) -> bool:
        """There is nothing to do, not even to record."""
        return self.since is None


@dataclass(frozen=True, slots=True)
class Added:
    """How many messages are in the index now, and how many could not be read."""

    messages: int = 0
    unreadable: int = 0
    why: str = ""
    """Of the last of those."""


def plan(folder: AccountFolder) -> Plan:
    """What happened since the last time; where that is not remembered, all messages are compared.

    A damaged index is thrown away and made anew. Raises sqlite3.Error, OSError.
    """
    why = damage.reported(folder)
    try:
        if not why:
            return _plan(folder)
    except damage.SIGNS as error:
        if not damage.is_damage(error):
            raise
        why = str(error) or type(error).__name__
    file.throw_away(folder.index)
    damage.forget(folder)
    return replace(_plan(folder), damage=why)


def add(folder: AccountFolder, emails: "array[int]", extract: Extract) -> Added:
    """Index them: ascending, none of them indexed. Raises sqlite3.Error, OSError."""
    messages, unreadable, why = 0, 0, ""
    builder = SegmentBuilder()
    with mail_reader.reading(folder) as mail, file.writer(folder.index) as index:
        for email in emails:
            try:
                octets = mail_reader.octets_of(mail, folder, email)
                if octets is not None:
                    builder.add(EmailId(email), extract(octets))
            except FAULTS as error:
                unreadable, why = unreadable + 1, f"message {email}: {error!r}"
            if builder.weight > HEAVY:
                messages += _write(index, builder)
                builder = SegmentBuilder()
        return Added(messages + _write(index, builder), unreadable, why)


def settle(folder: AccountFolder, made: Plan) -> None:
    """All that was missing is indexed: take out what is gone, and record how far the index has followed."""
    with file.writer(folder.index) as index, file.transaction(index):
        if made.gone:
            known = {email for _, emails in file.emails(index) for email in emails}
            gone = [(email,) for email in made.gone if email in known]
            index.executemany("INSERT OR IGNORE INTO dead VALUES (?)", gone)
        index.executemany("DELETE FROM dead WHERE email = ?", [(email,) for email in made.back])
        index.execute("UPDATE progress SET followed = ?, last = ?", (made.state.seq, made.state.last))


def complete(folder: AccountFolder, made: Plan) -> None:
    """All that was missing is indexed: settle, and tidy up. Damage is reported. Raises sqlite3.Error, OSError."""
    try:
        settle(folder, made)
        while tidy(folder):
            pass
    except damage.SIGNS as error:
        if damage.is_damage(error):
            damage.report(folder)
        raise sqlite3.DatabaseError(str(error)) from error


def _plan(folder: AccountFolder) -> Plan:
    with mail_reader.reading(folder) as mail, file.writer(folder.index) as index:
        state, progress = mail_reader.state(mail), file.progress(index)
        if state.seq < progress.followed or state.last < progress.last:
            raise damage.Stale("the mail is older than its index: it was restored")
        if state.seq == progress.followed:
            return Plan(state, array("q"), array("q"), array("q"), None)
        since = mail_reader.changed_at(mail, progress.followed) or Timestamp(0.0)
        if progress.followed < state.since or not progress.followed:
            return Plan(state, *_differences(mail, index), since)
        new = mail_reader.arrived(mail, progress.last)
        done = {email for _, emails in file.emails(index) for email in emails if email > progress.last}
        missing = array("q", (email for email in new if email not in done))
        return Plan(state, missing, mail_reader.expunged(mail, progress.followed), array("q"), since)


def _differences(
    mail: sqlite3.Connection, index: sqlite3.Connection
) -> tuple["array[int]", "array[int]", "array[int]"]:
    alive = mail_reader.alive(mail)
    living = frozenset(alive)
    known = {email for _, emails in file.emails(index) for email in emails}
    dead = file.dead(index)
    missing = array("q", (email for email in alive if email not in known))
    return missing, array("q", sorted(known - living - dead)), array("q", sorted(dead & living))


def _write(index: sqlite3.Connection, builder: SegmentBuilder) -> int:
    if len(builder):
        segment = builder.segment()
        with file.transaction(index):
            file.store(index, segment)
    return len(builder)
