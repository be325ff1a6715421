"""A session that reads everything once, and from then on only what the feed tells it."""

from dataclasses import dataclass, field, replace

from gateway.store.flags import Mark
from gateway.store.model import Change, ChangeKind, EmailId, Mailbox, MailboxId, ModSeq
from gateway.store.protocol.store import Mail


@dataclass(frozen=True, slots=True)
class Known:
    """What a session knows of a message in a mailbox."""

    email: EmailId
    modseq: ModSeq
    mark: Mark


Content = dict[int, Known]


@dataclass(slots=True)
class Follower:
    """Made by `begin`. `limit`: lines that are taken at once."""

    mail: Mail
    limit: int = 10_000
    at: ModSeq = ModSeq(0)
    mailboxes: dict[MailboxId, Mailbox] = field(default_factory=dict)
    content: dict[MailboxId, Content] = field(default_factory=dict)
    _now: dict[MailboxId, Content] = field(default_factory=dict)
    _mailboxes_now: dict[MailboxId, Mailbox] = field(default_factory=dict)

    @classmethod
    async def begin(cls, mail: Mail, limit: int = 10_000) -> "Follower":
        at = await mail.feed.at()
        return cls(mail, limit, at, await mailboxes(mail), await contents(mail))

    async def follow(self) -> None:
        """Take up what happened, and see that it leads to what can be read. Nobody changes anything meanwhile."""
        self._now, self._mailboxes_now, more = await contents(self.mail), await mailboxes(self.mail), True
        while more:
            changes = await self.mail.feed.since(self.at, limit=self.limit)
            moments = [change.at for change in changes.changes]
            assert moments == sorted(set(moments))
            assert not moments or moments[0] > self.at
            assert len(moments) <= self.limit
            for change in changes.changes:
                self._take(change)
            assert changes.at >= max([self.at, *moments])
            self.at, more = changes.at, changes.more
        assert self.at == await self.mail.feed.at()
        assert self.content == self._now
        assert self.mailboxes == self._mailboxes_now

    def _take(self, change: Change) -> None:
        assert len(change.uids) == len(change.emails)
        if change.mailbox is None:
            return
        match change.kind:
            case ChangeKind.MAILBOX:
                self._read_mailbox(change.mailbox)
            case ChangeKind.MAILBOX_GONE:
                assert not self.content.pop(change.mailbox, {})
                self.mailboxes.pop(change.mailbox, None)
            case ChangeKind.ARRIVED | ChangeKind.FLAGS:
                self._read_messages(change, change.mailbox)
            case ChangeKind.EXPUNGED:
                for uid, email in zip(change.uids, change.emails, strict=True):
                    assert self.content[change.mailbox].pop(uid).email == email
            case ChangeKind.ANNOTATION | ChangeKind.QUOTA:
                pass

    def _read_mailbox(self, mailbox: MailboxId) -> None:
        """It may have gone since."""
        found = self._mailboxes_now.get(mailbox)
        self.content.setdefault(mailbox, {})
        if found is not None:
            self.mailboxes[mailbox] = found

    def _read_messages(self, change: Change, mailbox: MailboxId) -> None:
        """Their marks are what they are by now; where they are gone by now, a later line says so."""
        now = self._now.get(mailbox, {})
        for uid, email in zip(change.uids, change.emails, strict=True):
            known = self.content[mailbox].get(uid)
            if change.kind is ChangeKind.ARRIVED:
                assert known is None
            else:
                assert known is not None
                assert known.email == email
            mark = now[uid].mark if uid in now else Mark(0)
            self.content[mailbox][uid] = Known(email, change.at, mark)


async def mailboxes(mail: Mail) -> dict[MailboxId, Mailbox]:
    """All of an account, without what changes with their messages."""
    counts = {"uidnext": 1, "highestmodseq": 0, "messages": 0, "unseen": 0, "deleted": 0, "size": 0, "first_recent": 1}
    return {each.id: replace(each, **counts) for each in await mail.mailboxes.all()}  # type: ignore[arg-type]


async def contents(mail: Mail) -> dict[MailboxId, Content]:
    """What is in all mailboxes, as it is read directly."""
    found: dict[MailboxId, Content] = {}
    for mailbox in await mail.mailboxes.all():
        found[mailbox.id] = {}
        if mailbox.selectable:
            entries = await mail.emails.entries(mailbox.id)
            rows = zip(entries.uids, entries.emails, entries.modseqs, entries.marks, strict=True)
            found[mailbox.id] = {
                uid: Known(EmailId(email), ModSeq(modseq), Mark(mark)) for uid, email, modseq, mark in rows
            }
    return found
