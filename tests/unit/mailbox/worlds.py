"""An account's mailbox in a store of its own, and views of it, for tests that are not asynchronous."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Timestamp
from gateway.mailbox.reading import Reading
from gateway.mailbox.search.scope import Scope
from gateway.mailbox.session_view import SessionView
from gateway.mailbox.tuning import Tuning
from gateway.mailbox.views import Views
from gateway.store.actions import Action, Append, Arrived, Result
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import EmbeddedStore, open_store
from gateway.store.flags import Flags
from gateway.store.model import MailboxId, NewEmail
from gateway.summary.model import Links, SearchText, SortKeys, Summary

T = TypeVar("T")
NOW = Timestamp(1_800_000_000.0)
NOTHING = Flags()
NO_KEYS = SortKeys(b"", b"", b"", b"", b"", b"")
_LINKS = count(1 << 40)


class PlainReading(Reading):
    """Of messages in ASCII without MIME."""

    @override
    def search_text(self, octets: OctetSource) -> SearchText:
        head, _, body = octets.read(0, len(octets)).decode().partition("\r\n\r\n")
        fields = [line.partition(": ") for line in head.split("\r\n")]
        own = {name.lower(): value for name, _, value in fields}
        others = [f"{name}: {value}" for name, _, value in fields if name.lower() not in _OWN]
        subject, sender, to, cc, bcc = (own.get(name, "") for name in _OWN)
        return SearchText(subject, sender, to, cc, bcc, "\n".join(others), body, "")

    @override
    def casemap(self, text: str) -> bytes:
        return text.casefold().encode()


_OWN = ("subject", "from", "to", "cc", "bcc")


def summary(
    *,
    sent: float | None = None,
    keys: SortKeys = NO_KEYS,
    links: Links | None = None,
    attached: bool = False,
) -> Summary:
    own = Links(next(_LINKS), (), answers=False)
    when = None if sent is None else Timestamp(sent)
    return Summary(b"()", b"()", "", when, keys, links or own, attached)


def email(
    octets: bytes = b"Subject: s\r\n\r\nbody\r\n",
    *,
    received: float = NOW,
    flags: Flags = NOTHING,
    about: Summary | None = None,
) -> NewEmail:
    return NewEmail(MemoryOctets(octets), Timestamp(received), flags, about or summary())


class World:
    """One store for all examples of a test, an account for each."""

    def __init__(self, tuning: Tuning | None = None, clock: Timestamp = NOW) -> None:
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="views-"))
        self.now = clock
        self.hints = HostHints(self.folder)
        self.store: EmbeddedStore = open_store(self.folder, MailboxConfig(), lambda: self.now, self.hints)
        self.views = Views(self.store, tuning)
        self.account = AccountId(0)
        self.next_account()

    def next_account(self) -> None:
        """An empty one."""
        self.account = AccountId(self.account + 1)
        self.mail = self.store.mail(self.account)
        self.inbox = self.run(self.mail.mailboxes.find("INBOX")).id

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)

    def do(self, *actions: Action) -> tuple[Result, ...]:
        return self.run(self.mail.emails.carry_out(actions, self.now))

    def append(self, *emails: NewEmail, mailbox: MailboxId | None = None) -> Arrived:
        (result,) = self.do(Append(mailbox or self.inbox, emails))
        assert isinstance(result, Arrived)
        return result

    def refresh(self) -> None:
        self.run(self.views.refresh(self.account))

    def open(self, mailbox: MailboxId | None = None) -> SessionView:
        return self.run(self.views.open(self.account, mailbox or self.inbox))

    def scope(self, session: SessionView) -> Scope:
        return Scope(self.mail, session.view, session.upto, PlainReading())

    def close(self) -> None:
        self.run(self.store.close())
        self.hints.close()
        self.runner.close()
        shutil.rmtree(self.folder)


def uids_of(session: SessionView, positions: Sequence[int]) -> list[int]:
    return [session.view.uids[at] for at in positions]
