"""What IMAP URLs name (RFC 5092): a message or octets of it, in the form in which a session sees it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from gateway.auth.authenticator import AccountId
from gateway.imap.access import Access
from gateway.imap.fetch.sections import Extract
from gateway.imap.fetch.shown import Form, Shown, mending
from gateway.imap.service import Service
from gateway.imap.wire.completion import Refusal
from gateway.imap.wire.fetch import Section, Window, parse_section
from gateway.imap.wire.scanner import BadSyntax
from gateway.imap.wire.url import ImapUrl, UrlPart
from gateway.mail.octets import OctetSource
from gateway.mailbox.intake import worked_out
from gateway.store.errors import NoSuchMailbox, StoreUnavailable
from gateway.store.model import EmailId, MailboxId
from gateway.store.protocol.store import Mail
from gateway.summary.work import summarize

T = TypeVar("T")

_ALL: Final = 1 << 62
"""More octets than any message has."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message that a URL names, and what of it."""

    shown: Shown
    section: Section
    window: Window | None

    async def extract(self) -> Extract | None:
        """The octets; None: there is no such section. Raises StoreUnavailable."""
        return await in_thread(self._extract, self.shown.source, self.shown.account)

    def _extract(self) -> Extract | None:
        found = self.shown.section(self.section)
        return found if found is None or self.window is None else found.within(self.window)


async def find(service: Service, access: Access, url: ImapUrl, *, utf8: bool) -> Found | None:
    """As whoever `access` is of may read it; None: it names nothing that may be read. `utf8`: UTF-8 may be shown.

    Raises StoreUnavailable, AccountsUnavailable.
    """
    section = None if url.part is None else section_of(url.part)
    if url.part is None or url.mailbox is None or section is None:
        return None
    try:
        located = await access.find(url.mailbox, "r")
        if url.uidvalidity not in (None, located.mailbox.uidvalidity):
            return None
        email = await _email(service, located.mail, located.mailbox.id, url.part.uid)
    except (Refusal, NoSuchMailbox):
        return None
    shown = None if email is None else await _shown(located.mail, email, utf8=utf8)
    return None if shown is None else Found(shown, section, _window(url.part))


def section_of(part: UrlPart) -> Section | None:
    """None: there is none of that name."""
    try:
        return parse_section(part.section or b"")
    except BadSyntax:
        return None


async def chunks(extract: Extract) -> AsyncIterator[bytes]:
    """Its octets, each piece of a bounded size. Raises StoreUnavailable."""
    pieces = extract.chunks()
    while (piece := await in_thread(lambda: next(pieces, None), extract.octets)) is not None:
        yield piece


async def in_thread(work: Callable[[], T], octets: OctetSource, account: AccountId | None = None) -> T:
    """Something that reads a message: a small one at once. Raises StoreUnavailable."""
    try:
        return await worked_out(work, octets, account)
    except OSError as error:
        raise StoreUnavailable(f"a message cannot be read: {error}") from error


async def _email(service: Service, mail: Mail, mailbox: MailboxId, uid: int) -> EmailId | None:
    async with service.views.reading(mail.account, mailbox) as view:
        at = view.find(uid)
        return None if at is None or not view.alive[at] else view.email(at)


async def _shown(mail: Mail, email: EmailId, *, utf8: bool) -> Shown | None:
    [known] = await mail.emails.read([email])
    [octets] = await mail.emails.octets([email])
    if known is None or octets is None:
        return None
    summary = known.summary
    if summary is None:
        summary = await in_thread(lambda: summarize(octets), octets, mail.account)
    return Shown(mail.account, octets, Form(mending(summary.odd, utf8=utf8)))


def _window(part: UrlPart) -> Window | None:
    if part.window is None:
        return None
    offset, size = part.window
    return Window(offset, _ALL if size is None else size)
