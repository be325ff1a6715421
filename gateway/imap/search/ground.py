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

    def settled(self, key: Key) -> Key:
        """The same, for later: numbers, `$` and `*` are what they are now, as UIDs (RFC 5267 4.3)."""
        match key:
            case keys.And(inner):
                return keys.And(tuple(map(self.settled, inner)))
            case keys.Or(inner):
                return keys.Or(tuple(map(self.settled, inner)))
            case keys.Not(inner):
                return keys.Not(self.settled(inner))
            case keys.Fuzzy(inner):
                return keys.Fuzzy(self.settled(inner))
            case keys.Numbered(numbers):
                return keys.Named(SequenceSet(spans.exact(self.view.view.uids, self._numbered(numbers))))
            case keys.Named(uids):
                return keys.Named(SequenceSet(self._uids(uids) | self._to_come(uids)))
            case _:
                return key

    def query(self, key: Key, closeness: Closeness = Closeness.EXACT) -> Query:
        """Of keys without filters; for use inside `view.pinned`."""
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
                return At(self._numbered(numbers))
            case keys.Named(uids):
                return UidIn(self._uids(uids))
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

    def _numbered(self, numbers: SequenceSet) -> tuple[Span, ...]:
        if numbers.saved:
            return self.view.named(self.saved)
        return self.view.numbered(numbers.upto(self.view.exists).ranges)

    def _uids(self, uids: SequenceSet) -> UidSet:
        return self.saved if uids.saved else uids.upto(self._last)

    def _to_come(self, uids: SequenceSet) -> UidSet:
        """`500:*` has every UID from there on."""
        begins = [end for end in uids.ends if end != STAR]
        return UidSet(((max(min(begins), self._last + 1), _LAST_UID),) if begins else ())

    @property
    def _last(self) -> int:
        return self.view.uid(self.view.exists) or 0
