"""Commands in, responses out (RFC 9051 2.2): one after the other, however they arrive."""

import logging
import re
from collections.abc import Coroutine
from typing import Final, TypeVar

from gateway.imap import trouble
from gateway.imap.commands import COMMANDS, OFFERED
from gateway.imap.config import LiteralForm
from gateway.imap.news import tell
from gateway.imap.rechecking import recheck, rechecked
from gateway.imap.registry import NUMBERED, UID, Command, News, When, Work
from gateway.imap.session import UIDONLY, Held, Session
from gateway.imap.wire.completion import HELD, Completion, Refusal, Status, bad, no
from gateway.imap.wire.framing import Announced, Framer, Octets, Piece, Refused, Whole
from gateway.imap.wire.scanner import BadSyntax, Scanner

T = TypeVar("T")

_TAG: Final = re.compile(rb'([^\x00-\x20\x7f-\xff(){%*"\\+]{1,100})(?: |\Z)')
_NAME: Final = re.compile(rb"[A-Za-z0-9]+")
_HTTP: Final = re.compile(rb"[A-Z]+ \S* HTTP/[0-9]")
_UNTAGGED: Final = b"*"
_LONGEST_UNASKED: Final = 4096
"""Octets of a literal that a client sends without waiting, under LITERAL- (RFC 7888 5)."""

_FAULT: Final = no("this server has a fault, which it has logged: try again later", b"SERVERBUG")

log = logging.getLogger(__name__)


class Dialogue:
    """Of one session."""

    __slots__ = ("_errors", "_refusal", "_woken", "arrived", "commands", "framer", "session")

    def __init__(self, session: Session, framer: Framer) -> None:
        self.session = session
        self.framer = framer
        self.commands = 0
        """How many have ended."""
        self.arrived = 0
        """Pieces of messages that have arrived."""
        self._errors = 0
        """How many ended in BAD, one after the other."""
        self._woken = False
        self._refusal: Completion | None = None
        """The end of a command that is read over."""

    def woken(self) -> bool:
        """There is something to tell; whether nobody knew that yet."""
        news = not self._woken
        self._woken = True
        return news

    @property
    def resting(self) -> bool:
        """No command is under way, or arriving with a message."""
        return self.session.taker is None

    async def proceed(self) -> None:
        """Go on with what has arrived, until more is needed. Raises ConnectionError where the client is gone."""
        session = self.session
        session.output.begin()
        while not session.closing and session.next is None:
            if session.farewell and self.resting:
                session.output.write(session.farewell)
                session.closing = True
                break
            if self._woken:
                await self._unasked()
            event = await (self._held_line(session.held) if session.held is not None else self._event())
            if not event and not self._woken:
                break
            await session.output.breathe()
        session.output.flush()

    async def _unasked(self) -> None:
        session = self.session
        self._woken = False
        if session.unasked is None:
            return
        try:
            await recheck(session)
            if not session.closing:
                await session.unasked(session)
        except trouble.Trouble:
            log.warning("news of a mailbox could not be told", exc_info=True)

    async def _event(self) -> bool:
        """Whether there was one."""
        event = self.framer.next()
        match event:
            case Whole(pieces):
                await self._command(pieces)
            case Announced():
                await self._announced(event)
            case Octets(data, last):
                await self._octets(data, last=last)
            case Refused():
                self._refused(event)
            case None:
                return False
        return True

    async def _held_line(self, held: Held) -> bool:
        session = self.session
        try:
            line = self.framer.line()
        except ValueError:
            line = b""
        if line is None:
            return False
        session.tag = held.tag
        self._tagged(await self._guarded("held", held.end(session, line), News.ALL))
        return True

    async def _command(self, pieces: tuple[Piece, ...]) -> None:
        session = self.session
        tag, command, at = named(pieces[0].text)
        session.tag, session.numbered = tag, False
        began = session.output.now()
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            completion = refusal
        elif command is None:
            completion = self._unknown(pieces[0].text)
        else:
            completion = await self._completed(command, pieces, at)
        self.let_go()
        if completion is not HELD:
            self._tagged(completion)
        self._counted(command, completion, session.output.now() - began)

    def _counted(self, command: Command | None, completion: Completion, seconds: float) -> None:
        name = command.name.decode().lower() if command is not None else "unknown"
        self.session.service.observer.commanded(name, completion.status.lower(), seconds)

    def _unknown(self, text: bytes) -> Completion:
        if _HTTP.match(text):
            self.session.bye("this is no web server")
        return bad("a command is a tag, a space and a name that this server knows; see CAPABILITY")

    async def _completed(self, command: Command, pieces: tuple[Piece, ...], at: int) -> Completion:
        session = self.session
        try:
            check(session, command)
            run = command.bound(Scanner(pieces, utf8=session.utf8, at=at))
        except (BadSyntax, Refusal) as error:
            return ended(command.name, error)
        looks = command.when is When.SELECTED or command.news is News.ALL
        work = rechecked(session, run) if looks else run(session)
        return await self._guarded(command.name.decode(), work, command.news)

    async def _guarded(self, name: str, work: Work, news: News) -> Completion:
        try:
            completion = await work
            if news is not News.NONE and completion is not HELD:
                await tell(self.session, expunges=news is News.ALL, cause=name)
        except (BadSyntax, Refusal, *trouble.Trouble) as error:
            return ended(name.encode(), error)
        except ConnectionError:
            raise
        except Exception:
            log.exception("a command failed: %s", name)
            return _FAULT
        return completion

    def _tagged(self, completion: Completion) -> None:
        """The end of a command; too many that are none are the end of the session."""
        session = self.session
        session.output.write(completion.wire(session.tag))
        self.commands += 1
        if session.login is not None:
            self.framer.limit = session.service.config.command_line
        self._errors = self._errors + 1 if completion.status is Status.BAD else 0
        if self._errors >= session.service.config.errors and not session.closing:
            session.bye("too many commands that are none")

    async def _announced(self, event: Announced) -> None:
        session, framer = self.session, self.framer
        streamed = False
        if self._refusal is None:
            _, command, at = named(event.pieces[0].text)
            name = command.name if command is not None else b""
            streamed = await self._wanted(name, self._streamed(event, command, at)) is True
        if self._refusal is not None:
            framer.refuse()
            return
        if streamed:
            framer.stream()
        else:
            framer.keep()
        if event.waits:
            session.output.write(b"+ go ahead\r\n")

    async def _streamed(self, event: Announced, command: Command | None, at: int) -> bool:
        """Whether its octets are handed on as they arrive. Raises Refusal and the like where it is not wanted."""
        session = self.session
        self._unasked_for(event)
        streamed = False
        if command is not None and command.taker is not None:
            check(session, command)
            session.taker = session.taker or command.taker(session)
            scanner = Scanner(event.pieces, utf8=session.utf8, at=at)
            streamed = await session.taker.announced(scanner, event.size, binary=event.binary)
        if not streamed:
            self._fits(event)
        return streamed

    async def _wanted(self, name: bytes, work: Coroutine[object, object, T]) -> T | None:
        """What has to be done with a literal; where that fails, the command is refused when all of it is there."""
        try:
            return await work
        except (BadSyntax, Refusal, *trouble.Trouble) as error:
            self._refusal = ended(name, error)
        except ConnectionError:
            raise
        except Exception:
            log.exception("a literal failed: %s", name.decode())
            self._refusal = _FAULT
        return None

    def _unasked_for(self, event: Announced) -> None:
        """Raises Refusal for a literal that the client should have asked for."""
        minus = self.session.service.config.literals is LiteralForm.MINUS
        if minus and not event.waits and event.size > _LONGEST_UNASKED:
            raise Refusal(bad(f"a literal over {_LONGEST_UNASKED} octets has to wait for our word", b"TOOBIG"))

    def _fits(self, event: Announced) -> None:
        """Raises Refusal."""
        limit = self.framer.limit
        size = sum(len(each.text) + (each.literal.size if each.literal else 0) for each in event.pieces) + event.size
        if size > limit:
            raise Refusal(bad(f"a command has at most {limit} octets", b"TOOBIG"))

    async def _octets(self, data: bytes, *, last: bool) -> None:
        session = self.session
        self.arrived += 1
        if self._refusal is not None or session.taker is None:
            return
        await self._wanted(b"", session.taker.octets(data, last=last))

    def _refused(self, event: Refused) -> None:
        session = self.session
        session.tag, command, _ = named(event.text)
        refusal, self._refusal = self._refusal, None
        self.let_go()
        if event.too_long or refusal is None:
            refusal = bad(f"a command has at most {self.framer.limit} octets", b"TOOBIG")
        self._tagged(refusal)
        self._counted(command, refusal, 0.0)
        if event.hopeless and not session.closing:
            session.bye("a literal that long cannot be read over", b"TOOBIG")

    def let_go(self) -> None:
        """The command is over, or will never be complete."""
        if self.session.taker is not None:
            self.session.taker.abandon()
            self.session.taker = None


def ended(name: bytes, error: Exception) -> Completion:
    """How a command ends that raised this."""
    match error:
        case BadSyntax():
            return bad(f"{name.decode()}: {error}")
        case Refusal(completion=completion):
            return completion
        case _:
            return trouble.answer(error)


def named(text: bytes) -> tuple[bytes, Command | None, int]:
    """The tag (`*` where there is none), the command, and where its arguments begin."""
    tag = _TAG.match(text)
    if tag is None:
        return _UNTAGGED, None, 0
    name = _NAME.match(text, tag.end())
    if name is None:
        return tag[1], None, 0
    verb, at = name[0].upper(), name.end()
    if verb == UID and (second := _NAME.match(text, at + 1)) is not None:
        verb, at = UID + b" " + second[0].upper(), second.end()
    return tag[1], COMMANDS.get(verb), at


def check(session: Session, command: Command) -> None:
    """Raises Refusal where this is not the state for the command, or it is switched off."""
    if session.without and OFFERED.lacks(session, command.name):
        raise Refusal(bad("this command is not offered here"))
    if command.name in NUMBERED and UIDONLY in session.enabled:
        raise Refusal(bad("you enabled UIDONLY (RFC 9586): use the command that takes UIDs", b"UIDREQUIRED"))
    match command.when:
        case When.NOT_AUTHENTICATED if session.login is not None:
            raise Refusal(bad("you are logged in already"))
        case When.AUTHENTICATED | When.SELECTED if session.login is None:
            raise Refusal(bad("log in first"))
        case When.SELECTED if session.selected is None:
            raise Refusal(bad("select a mailbox first"))
        case _:
            pass
