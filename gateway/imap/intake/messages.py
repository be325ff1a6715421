"""The messages of one APPEND or REPLACE, while its arguments arrive: all but the commit."""

from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.imap import urls
from gateway.imap.access import Located, permitted
from gateway.imap.capability_names import CapabilityName
from gateway.imap.fetch.sections import Extract
from gateway.imap.intake.incoming import Incoming
from gateway.imap.intake.rights import allowed, destination
from gateway.imap.intake.room import Room, saved_at_once
from gateway.imap.session import Session, Taker
from gateway.imap.wire.append import Awaited, Begin, End, Replaced, Steps, Target, Url
from gateway.imap.wire.completion import Refusal, bad, refused
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.sets import SequenceSet
from gateway.imap.wire.url import BadUrl, ImapUrl, printable
from gateway.mail.octets import OctetSource
from gateway.mailbox.intake import worked_out
from gateway.mime.header import header_span
from gateway.store.errors import StoreUnavailable
from gateway.store.model import NewEmail
from gateway.store.uids import UidSet
from gateway.summary.model import Summary
from gateway.summary.work import summarize


@dataclass(frozen=True, slots=True)
class Displaced:
    """A message of the selected mailbox that goes when the new one is there."""

    uids: UidSet
    """It alone."""
    size: int


class Messages(Taker):
    """Of one command: what its literals hold goes to where it stays. `uids`: REPLACE names its message by UID."""

    def __init__(self, session: Session, grammar: Callable[[Scanner], Steps], *, uids: bool = False) -> None:
        self._session = session
        self._grammar = grammar
        self._uids = uids
        self._scanner: Scanner | None = None
        self._steps: Steps = iter(())
        self._located: Located | None = None
        self._room: Room | None = None
        self._begin = Begin()
        self._incoming: list[Incoming] = []
        """All of them; the last one is arriving."""
        self._binary = False
        """The literal that is arriving may have NULs."""
        self.displaced: Displaced | None = None
        self.emails: list[NewEmail] = []

    @property
    def located(self) -> Located:
        """Where they go. Known when the command is complete."""
        if self._located is None:
            raise AssertionError("the mailbox was not named yet")
        return self._located

    @override
    async def announced(self, scanner: Scanner, size: int, *, binary: bool) -> bool:
        self._reach(scanner)
        awaited = await self._go_on()
        if awaited is Awaited.ARGUMENT:
            return False
        if awaited is None:
            raise BadSyntax("the command is over before this literal")
        if awaited is Awaited.MESSAGE and not size:
            raise refused("a message of no octets cancels the command: nothing was appended")
        if self._begin.utf8 and not binary:
            raise BadSyntax("behind UTF8 stands a literal8: ~{...}")
        await self._admit(size)
        self._binary = binary
        return True

    @override
    async def octets(self, data: bytes, *, last: bool) -> None:
        if not self._binary and b"\0" in data:
            raise Refusal(bad("a message with NULs comes in a literal8: ~{...} (RFC 3516)"))
        await self._incoming[-1].write(data)

    @override
    def abandon(self) -> None:
        for each in self._incoming:
            each.discard()

    async def complete(self, scanner: Scanner) -> None:
        """All of the command is here. Raises as a command does."""
        self._reach(scanner)
        while await self._go_on() is not None:
            pass

    def _reach(self, scanner: Scanner) -> None:
        if self._scanner is None:
            self._scanner, self._steps = scanner, self._grammar(scanner)
        else:
            self._scanner.extend(scanner.pieces)

    async def _go_on(self) -> Awaited | None:
        """Up to the next literal; None: to the end."""
        for step in self._steps:
            match step:
                case Awaited():
                    return step
                case Replaced(number):
                    self.displaced = await self._displace(number)
                case Target(mailbox):
                    self._located = await destination(self._session, mailbox)
                    self._room = self._make_room()
                case Begin():
                    self._another(step)
                case Url(url):
                    await self._catenate(url)
                case End():
                    await self._finish()
        return None

    def _make_room(self) -> Room:
        mail = self.located.mail
        own = self.displaced is not None and self._session.mailbox.located.mail.account == mail.account
        freed = self.displaced.size if own and self.displaced is not None else None
        config = self._session.service.config
        return Room(mail.quotas, config.message_size, saved_at_once(config), freed)

    async def _displace(self, number: int) -> Displaced:
        selected = self._session.mailbox
        selected.require_writable()
        permitted(selected.located, "te")
        places = selected.living(selected.places(SequenceSet.one(number), uids=self._uids))
        if not places:
            raise refused("there is no such message in the selected mailbox", b"NONEXISTENT")
        at, view = places[0][0], selected.view.view
        uids = UidSet.of([view.uids[at]])
        [email] = await selected.located.mail.emails.read([view.email(at)])
        return Displaced(uids, email.size if email is not None else 0)

    def _another(self, begin: Begin) -> None:
        self._begin = begin
        self._room_there.another()
        self._incoming.append(Incoming(self.located.mail.emails))

    @property
    def _room_there(self) -> Room:
        if self._room is None:
            raise AssertionError("the mailbox was not named yet")
        return self._room

    async def _catenate(self, written: bytes) -> None:
        """The octets that the URL names, as FETCH would show them (RFC 4469 3)."""
        session = self._session
        extract = await _named(session, written)
        if extract is None:
            raise refused("the URL names no message or part that can be read", b'BADURL "%b"' % printable(written))
        await self._admit(len(extract))
        async for chunk in urls.chunks(extract):
            await self._incoming[-1].write(chunk)
            await session.output.breathe()

    async def _admit(self, size: int) -> None:
        await self._room_there.more(size, self._incoming[-1].size + size)

    async def _finish(self) -> None:
        incoming, begin = self._incoming[-1], self._begin
        if not incoming.size:
            raise refused("a message of no octets cancels the command: nothing was appended")
        self._room_there.complete(incoming.size)
        octets = await incoming.finish()
        summary = await _prepared(octets, self._session.mail.account, ascii_header=_has_to_be_ascii(self._session))
        received = self._session.service.clock() if begin.received is None else begin.received
        self.emails.append(NewEmail(octets, received, allowed(begin.flags, self.located.rights), summary))


async def _named(session: Session, written: bytes) -> Extract | None:
    """RFC 4469 knows messages of this session, and no other server or session."""
    try:
        url = ImapUrl.parse(written)
    except BadUrl:
        return None
    if url.server is not None or url.part is None or url.part.access is not None:
        return None
    found = await urls.find(session.service, session.mail, url, utf8=session.utf8)
    return None if found is None else await found.extract()


def _has_to_be_ascii(session: Session) -> bool:
    """The header of what is appended: RFC 9755 4, where UTF8=ACCEPT is offered and was not enabled."""
    return not session.utf8 and CapabilityName.UTF8_ACCEPT not in session.without


async def _prepared(octets: OctetSource, account: AccountId, *, ascii_header: bool) -> Summary:
    """Raises Refusal where the header has to be ASCII and is not (RFC 9755 4), StoreUnavailable."""

    def work() -> Summary:
        if ascii_header and not octets.isascii(0, header_span(octets, 0, len(octets))[0].stop):
            raise refused("the header has octets over 127: ENABLE UTF8=ACCEPT, or encode them (RFC 2047)", b"CANNOT")
        return summarize(octets)

    try:
        return await worked_out(work, octets, account)
    except OSError as error:
        raise StoreUnavailable(f"a message cannot be read again: {error}") from error
