"""What search keys mean in a mailbox, for a session: numbers, `$`, \\Recent, days and seconds become queries."""

from dataclasses import dataclass
from typing import Final

from gateway.imap.wire import object_ids
from gateway.imap.wire import search_keys as keys
from gateway.imap.wire.search_keys import Key
from gateway.imap.wire.sets import STAR, SequenceSet
from gateway.mail.units import Seconds, Timestamp
from gateway.mailbox import spans
from gateway.mailbox.search import days
from gateway.mailbox.search.header import Header
from gateway.mailbox.search.ids import At, EmailIn, ThreadIn, UidIn
from gateway.mailbox.search.marks import ChangedSince, Flagged, Keyword
from gateway.mailbox.search.numbers import Dated, Sized, When
from gateway.mailbox.search.query import And, Everything, Not, Or, Query
from gateway.mailbox.search.text import Text
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.spans import Span
from gateway.store.model import ModSeq
from gateway.store.protocol.search import Closeness, Wanted
from gateway.store.protocol.store import Mail
from gateway.store.uids import UidSet

UTC: Final = Seconds(0)
"""INTERNALDATE is shown in this zone, and days are its days."""
_LAST_UID: Final = (1 << 32) - 1
_WHEN: Final = {
    keys.Moment.RECEIVED: When.RECEIVED,
    keys.Moment.SENT: When.SENT,
    keys.Moment.SAVED: When.SAVED,
}
_DAYS: Final = {
    keys.Relation.BEFORE: days.before,
    keys.Relation.ON: days.on,
    keys.Relation.SINCE: days.since,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a search looks."""

    mail: Mail
    view: SessionView
    recent: UidSet
    """What is \\Recent in the session."""
    saved: UidSet
    """`$`."""
    now: Timestamp
    lasting: bool = False
    """The query is asked again when positions may have moved (RFC 5267 4.3)."""

    def query(self, key: Key, closeness: Closeness = Closeness.EXACT) -> Query:
        """Of keys without filters. Unless it is lasting, for use inside `view.pinned`."""
        match key:
            case keys.And(inner):
                return And(tuple(self.query(each, closeness) for each in inner))
            case keys.Or(inner):
                return Or(tuple(self.query(each, closeness) for each in inner))
            case keys.Not(inner):
                return Not(self.query(inner, closeness))
            case keys.Fuzzy(inner):
                return self.query(inner, Closeness.FUZZY)
            case keys.HasText(fields, text):
                return Text(Wanted(text, fields, closeness))
            case keys.Numbered(numbers):
                return self._at(self._numbered(numbers))
            case keys.Named(uids):
                return self._named(uids)
            case _:
                return self._other(key)

    def _other(self, key: Key) -> Query:
        match key:
            case keys.HasFlag(flag):
                return Flagged(flag)
            case keys.HasKeyword(name):
                return Keyword(name)
            case keys.Recent():
                return UidIn(self.recent)
            case keys.HasHeader(name, text):
                return Header(name, text)
            case keys.ModSeqFrom(moment):
                return ChangedSince(ModSeq(moment))
            case keys.All():
                return Everything()
            case _:
                return self._measured(key)

    def _measured(self, key: Key) -> Query:
        match key:
            case keys.OnDay(moment, relation, day):
                return _DAYS[relation](_WHEN[moment], day, UTC)
            case keys.Larger(octets):
                return Sized(least=octets + 1)
            case keys.Smaller(octets):
                return Sized(below=octets)
            case keys.Older(seconds):
                return Dated(When.RECEIVED, before=Timestamp(self.now // 1 - seconds + 1))
            case keys.Younger(seconds):
                return Dated(When.RECEIVED, since=Timestamp(self.now // 1 - seconds))
            case _:
                return self._object(key)

    def _object(self, key: Key) -> Query:
        match key:
            case keys.EmailWith(text):
                email = object_ids.email_named(self.mail.account, text)
                return Or(()) if email is None else EmailIn(frozenset({email}))
            case keys.ThreadWith(text):
                thread = object_ids.thread_named(self.mail.account, text)
                return Or(()) if thread is None else ThreadIn(frozenset({thread}))
            case _:
                raise AssertionError(f"{key} is a filter, or none of this server's keys")

    def _at(self, places: tuple[Span, ...]) -> Query:
        if self.lasting:
            return UidIn(spans.exact(self.view.view.uids, places))
        return At(places)

    def _numbered(self, numbers: SequenceSet) -> tuple[Span, ...]:
        if numbers.saved:
            return self.view.named(self.saved)
        return self.view.numbered(numbers.upto(self.view.exists).ranges)

    def _named(self, uids: SequenceSet) -> Query:
        if uids.saved:
            return UidIn(self.saved)
        last = self.view.uid(self.view.exists) or 0
        found = uids.upto(last)
        if self.lasting and any(STAR in pair and pair != (STAR, STAR) for pair in uids.pairs):
            found |= UidSet(((last + 1, _LAST_UID),))
        return UidIn(found)
