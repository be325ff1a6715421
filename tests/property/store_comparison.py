"""Everything that can be read of an account, compared with what the model says."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets
from gateway.mail.units import Timestamp
from gateway.store.errors import Resource
from gateway.store.flags import Flags, System
from gateway.store.model import EmailId, Entries, Mailbox, MailboxId, Measures, ModSeq, NewEmail, ThreadId
from gateway.store.protocol.store import Mail
from gateway.summary.work import summarize
from tests.contract.store_support import AL, flags_of
from tests.property.store_model import Box, Message, Model

TEXTS = {
    "one": b"Message-ID: <one@x.example>\r\nSubject: one\r\n\r\none\r\n",
    "answer": b"Message-ID: <an@x.example>\r\nIn-Reply-To: <one@x.example>\r\nSubject: Re: one\r\n\r\nyes\r\n",
    "other": b"Message-ID: <other@x.example>\r\nSubject: other\r\n\r\nsomething else\r\n",
    "large": b"Subject: large\r\n\r\n" + b"large body\r\n" * 6_000,
}
CONVERSATIONS = {"one": 1, "answer": 1, "other": 2}
"""The others have no summary: each message is a conversation of its own."""
SUMMARIES = {text: summarize(MemoryOctets(TEXTS[text])) for text in CONVERSATIONS}


def new(text: str, flags: Flags, received: float) -> NewEmail:
    return NewEmail(MemoryOctets(TEXTS[text]), Timestamp(received), flags, SUMMARIES.get(text))


@dataclass(slots=True)
class Comparison:
    """What is known from earlier looks. `states`: in which state each step left the account."""

    model: Model
    viewer: AccountId = AL
    states: list[ModSeq] = field(default_factory=lambda: [ModSeq(0)])
    boxes: dict[MailboxId, int] = field(default_factory=dict)
    uidvalidities: dict[MailboxId, int] = field(default_factory=dict)
    highest: dict[MailboxId, ModSeq] = field(default_factory=dict)
    emails: dict[EmailId, int] = field(default_factory=dict)
    swept: set[int] = field(default_factory=set)

    async def compare(self, mail: Mail) -> None:
        """One look at everything."""
        found = {each.name: each for each in await mail.mailboxes.all()}
        assert {name: each.selectable for name, each in found.items()} == {
            name: box.selectable for name, box in self.model.boxes.items()
        }
        await self._compare_account(mail)
        places, threads = defaultdict[EmailId, set[tuple[int, int]]](set), defaultdict[ThreadId, set[EmailId]](set)
        for name, box in self.model.boxes.items():
            self._compare_traits(found, name, box)
            if box.selectable:
                entries = await mail.emails.entries(found[name].id)
                measures = await mail.emails.measures(found[name].id)
                await self._compare_messages(mail, box, entries, measures)
                await self._compare_attributes(mail, box, found[name].id)
                for uid, email, thread in zip(entries.uids, entries.emails, measures.threads, strict=True):
                    places[EmailId(email)].add((found[name].id, uid))
                    threads[ThreadId(thread)].add(EmailId(email))
        self._compare_uidvalidities(list(found.values()))
        await self._compare_relations(mail, places, threads)

    async def _compare_account(self, mail: Mail) -> None:
        assert set(await mail.mailboxes.subscriptions()) == self.model.subscriptions
        usage = (await mail.quotas.usage())[Resource.MESSAGES]
        assert (usage.used, usage.limit) == (self.model.messages(), self.model.limit)

    def _compare_traits(self, found: dict[str, Mailbox], name: str, box: Box) -> None:
        one, above = found[name], name.rpartition("/")[0]
        assert self.boxes.setdefault(one.id, box.key) == box.key
        assert one.subscribed == (name in self.model.subscriptions)
        assert one.parent == (found[above].id if above else None)
        assert (one.special_use is not None) == box.is_trash
        assert (one.uidnext, one.first_recent) == (box.uidnext, box.first_recent)
        assert one.highestmodseq >= self.highest.get(one.id, 0)
        self.highest[one.id] = one.highestmodseq

    async def _compare_attributes(self, mail: Mail, box: Box, mailbox: MailboxId) -> None:
        assert await mail.sharing.rights(mailbox) == box.rights
        assert await mail.annotations.get(mailbox, self.viewer) == box.annotations

    async def _compare_messages(self, mail: Mail, box: Box, entries: Entries, measures: Measures) -> None:
        messages = sorted(box.messages.items())
        assert list(entries.uids) == list(measures.uids) == [uid for uid, _ in messages]
        _compare_counts(entries.mailbox, box)
        sets = await mail.emails.keyword_sets()
        assert [flags_of(mark, sets) for mark in entries.marks] == [one.flags for _, one in messages]
        assert list(measures.saved) == [one.saved for _, one in messages]
        assert list(measures.received) == [one.received for _, one in messages]
        assert list(measures.sizes) == [len(TEXTS[one.text]) for _, one in messages]
        for modseq, email, (_, one) in zip(entries.modseqs, entries.emails, messages, strict=True):
            assert self.states[one.touched - 1] < modseq <= self.states[one.touched]
            assert self.emails.setdefault(EmailId(email), one.email) == one.email
        await self._compare_octets(mail, [EmailId(email) for email in entries.emails], [one for _, one in messages])

    async def _compare_octets(self, mail: Mail, emails: Sequence[EmailId], messages: Sequence[Message]) -> None:
        for source, one in zip(await mail.emails.octets(emails), messages, strict=True):
            assert source is not None
            assert source.read(0, len(source)) == TEXTS[one.text]

    def _compare_uidvalidities(self, found: list[Mailbox]) -> None:
        """None was given twice, and later ones are larger."""
        for one in found:
            assert self.uidvalidities.setdefault(one.id, one.uidvalidity) == one.uidvalidity
        given = [self.uidvalidities[mailbox] for mailbox in sorted(self.uidvalidities)]
        assert given == sorted(set(given))

    async def _compare_relations(
        self, mail: Mail, places: dict[EmailId, set[tuple[int, int]]], threads: dict[ThreadId, set[EmailId]]
    ) -> None:
        ids = sorted(places)
        assert len({self.emails[email] for email in ids}) == len(ids)
        for email, found in zip(ids, await mail.emails.places(ids), strict=True):
            assert {(place.mailbox, place.uid) for place in found} == places[email]
        received: dict[EmailId, float] = {}
        for email, known in zip(ids, await mail.emails.read(ids), strict=True):
            assert known is not None
            assert email in threads[known.thread]
            assert (known.summary is None) == (self.model.texts[self.emails[email]] not in SUMMARIES)
            received[email] = known.received
        for thread, members in zip(threads, await mail.emails.threads(list(threads)), strict=True):
            assert list(members) == sorted(threads[thread], key=lambda email: (received[email], email))
        conversations = [{self._conversation(email) for email in members} for members in threads.values()]
        assert all(len(each) == 1 for each in conversations)
        assert len(set().union(*conversations)) == len(conversations)

    def _conversation(self, email: EmailId) -> tuple[int, int]:
        key = self.emails[email]
        known = CONVERSATIONS.get(self.model.texts[key])
        return (0, key) if known is None else (known, 0)

    async def compare_expunged(self, mail: Mail, held: int | None) -> None:
        """After housekeeping: what is in no mailbox any more is there if, and only if, it was in one at the end of the
        step in which a session looked last (`held`: the earliest of those), or later."""
        since = self.model.step if held is None else held
        self.swept |= {key for key in self.emails.values() if self.model.last[key] < since}
        for key, source in zip(self.emails.values(), await mail.emails.octets(list(self.emails)), strict=True):
            assert (source is None) == (key in self.swept)
            assert source is None or source.read(0, len(source)) == TEXTS[self.model.texts[key]]


def _compare_counts(one: Mailbox, box: Box) -> None:
    flags = [each.flags.system for each in box.messages.values()]
    assert (one.messages, one.unseen, one.deleted, one.size) == (
        len(flags),
        sum(not each & System.SEEN for each in flags),
        sum(bool(each & System.DELETED) for each in flags),
        sum(len(TEXTS[each.text]) for each in box.messages.values()),
    )
