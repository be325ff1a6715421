"""Stores for the contract suite, by engine, and the mail to put into them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets
from gateway.mail.units import Timestamp
from gateway.store.actions import Action, Append, Arrived, Copy, Expunge, Expunged, FlagsSet, Move, Result, SetFlags
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.index.follow import add, complete, plan
from gateway.store.embedded.index.texts import text_of
from gateway.store.embedded.paths import accounts_in, folder_of
from gateway.store.embedded.store import open_store
from gateway.store.embedded.verify.account import verify_account
from gateway.store.flags import Flags, How, KeywordSets, Mark, System, keywords_of, system_of
from gateway.store.model import EmailId, Mailbox, MailboxId, ModSeq, NewEmail, Uid
from gateway.store.protocol.store import Mail, Store
from gateway.store.uids import UidSet

NOW = Timestamp(1_800_000_000.0)
AL, BO, CY = AccountId(7), AccountId(8), AccountId(1007)
FIRST = ["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"]
NOTHING = Flags()
SEEN = Flags(System.SEEN)
FLAGGED = Flags(System.FLAGGED)
DELETED = Flags(System.DELETED)


@dataclass(slots=True)
class Clock:
    """Stands still until a test sets it. Asked by several threads."""

    now: Timestamp = NOW

    def __call__(self) -> Timestamp:
        return self.now


@dataclass(frozen=True, slots=True)
class Engine:
    """`open` makes a store as one process of several on the same data has it; `verify` says what is wrong with data
    that nobody has open; `index` has the index of an account follow its mail."""

    open: Callable[[Path, MailboxConfig, Clock], Store]
    verify: Callable[[Path], Sequence[str]]
    index: Callable[[Path, AccountId], None]


def _embedded(data: Path, config: MailboxConfig, clock: Clock) -> Store:
    return open_store(data, config, clock, HostHints(data))


def _verify_embedded(data: Path) -> Sequence[str]:
    folders = [folder_of(data, account).path for account in accounts_in(data)]
    return [f"{fault.where}: {fault.what}" for folder in folders for fault in verify_account(folder)]


def _index_embedded(data: Path, account: AccountId) -> None:
    folder = folder_of(data, account)
    made = plan(folder)
    add(folder, made.missing, text_of)
    complete(folder, made)


ENGINES: dict[str, Engine] = {"embedded": Engine(_embedded, _verify_embedded, _index_embedded)}


@dataclass(slots=True)
class Stores:
    """The stores of a test: as many processes as it opens, on the same data."""

    engine: Engine
    data: Path
    config: MailboxConfig = MailboxConfig()
    clock: Clock = field(default_factory=Clock)
    opened: list[Store] = field(default_factory=list)

    def open(self, config: MailboxConfig | None = None) -> Store:
        store = self.engine.open(self.data, config or self.config, self.clock)
        self.opened.append(store)
        return store

    def mail(self, account: AccountId = AL) -> Mail:
        """As the first process has it."""
        return (self.opened[0] if self.opened else self.open()).mail(account)

    def index(self, account: AccountId = AL) -> None:
        self.engine.index(self.data, account)

    async def close(self) -> None:
        while self.opened:
            await self.opened.pop().close()

    async def faults(self) -> list[str]:
        """What is wrong with all that is stored, looked at with nothing open."""
        await self.close()
        return list(self.engine.verify(self.data))


def octets(text: str = "hello") -> bytes:
    return f"Subject: {text}\r\n\r\n{text}\r\n".encode()


def new(text: str = "hello", flags: Flags = NOTHING, received: Timestamp = NOW) -> NewEmail:
    return NewEmail(MemoryOctets(octets(text)), received, flags)


async def act(mail: Mail, action: Action, now: Timestamp = NOW) -> Result:
    """One action."""
    [result] = await mail.emails.carry_out([action], now)
    return result


async def append(mail: Mail, mailbox: MailboxId, *emails: NewEmail, token: str = "") -> Arrived:
    result = await act(mail, Append(mailbox, emails or (new(),), token))
    assert isinstance(result, Arrived)
    return result


async def copy(mail: Mail, mailbox: MailboxId, uids: Sequence[int], to: MailboxId) -> Arrived:
    result = await act(mail, Copy(mailbox, UidSet.of(uids), to))
    assert isinstance(result, Arrived)
    return result


async def move(mail: Mail, mailbox: MailboxId, uids: Sequence[int], to: MailboxId) -> Arrived:
    result = await act(mail, Move(mailbox, UidSet.of(uids), to))
    assert isinstance(result, Arrived)
    return result


async def set_flags(
    mail: Mail,
    mailbox: MailboxId,
    uids: Sequence[int],
    flags: Flags,
    *,
    how: How = How.ADD,
    unchanged_since: ModSeq | None = None,
) -> FlagsSet:
    result = await act(mail, SetFlags(mailbox, UidSet.of(uids), how, flags, unchanged_since))
    assert isinstance(result, FlagsSet)
    return result


async def expunge(mail: Mail, action: Expunge) -> Expunged:
    result = await act(mail, action)
    assert isinstance(result, Expunged)
    return result


async def inbox(mail: Mail) -> Mailbox:
    return await mail.mailboxes.find("INBOX")


async def names(mail: Mail) -> list[str]:
    """Of all mailboxes; what is only a name in parentheses."""
    return [each.name if each.selectable else f"({each.name})" for each in await mail.mailboxes.all()]


async def flags_in(mail: Mail, mailbox: MailboxId) -> dict[Uid, Flags]:
    """What the messages of a mailbox are marked with."""
    entries = await mail.emails.entries(mailbox)
    sets = await mail.emails.keyword_sets()
    return {Uid(uid): flags_of(mark, sets) for uid, mark in zip(entries.uids, entries.marks, strict=True)}


def flags_of(mark: int, sets: KeywordSets) -> Flags:
    number = keywords_of(Mark(mark))
    return Flags(system_of(Mark(mark)), sets[number] if number else frozenset())


async def uids_in(mail: Mail, mailbox: MailboxId) -> list[int]:
    return list((await mail.emails.entries(mailbox)).uids)


async def texts_in(mail: Mail, mailbox: MailboxId) -> list[bytes]:
    """The octets of all that a mailbox holds, by UID."""
    entries = await mail.emails.entries(mailbox)
    found = await mail.emails.octets([EmailId(each) for each in entries.emails])
    return [b"" if each is None else each.read(0, len(each)) for each in found]
