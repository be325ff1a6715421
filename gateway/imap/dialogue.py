"""Commands in, responses out (RFC 9051 2.2): one after the other, however they arrive."""

import logging
import re
from typing import Final

from gateway.imap import trouble
from gateway.imap.commands import COMMANDS
from gateway.imap.news import tell
from gateway.imap.registry import UID, Command, News, When
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, Refusal, bad, no
from gateway.imap.wire.framing import Announced, Framer, Octets, Piece, Refused, Whole
from gateway.imap.wire.scanner import BadSyntax, Scanner

_TAG: Final = re.compile(rb'([^\x00-\x20\x7f-\xff(){%*"\\+]{1,100}) ')
_NAME: Final = re.compile(rb"[A-Za-z0-9]+")
_UNTAGGED: Final = b"*"

log = logging.getLogger(__name__)


class Dialogue:
    """Of one session."""

    __slots__ = ("_refusal", "framer", "session")

    def __init__(self, session: Session, framer: Framer) -> None:
        self.session = session
        self.framer = framer
        self._refusal: Completion | None = None
        """The end of a command that is read over."""

    async def proceed(self) -> None:
        """Go on with what has arrived, until more is needed. Raises ConnectionError where the client is gone."""
        session = self.session
        while not session.closing:
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
                    break
            await session.output.breathe()
        session.output.flush()

    async def _command(self, pieces: tuple[Piece, ...]) -> None:
        session = self.session
        session.output.begin()
        tag, command, at = named(pieces[0].text)
        session.tag = tag
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            completion = refusal
        elif command is None:
            completion = bad("a command is a tag, a space and a name that this server knows; see CAPABILITY")
        else:
            completion = await self._completed(command, pieces, at)
        if session.taker is not None:
            session.taker.abandon()
            session.taker = None
        session.output.write(completion.wire(tag))

    async def _completed(self, command: Command, pieces: tuple[Piece, ...], at: int) -> Completion:
        session = self.session
        try:
            check(session, command)
            run = command.bound(Scanner(pieces, utf8=session.utf8, at=at))
            completion = await run(session)
            if command.news is not News.NONE:
                await tell(session, expunges=command.news is News.ALL)
        except (BadSyntax, Refusal, *trouble.Trouble) as error:
            return self._ended(command, error)
        except ConnectionError:
            raise
        except Exception:
            log.exception("a command failed: %s", command.name.decode())
            return no("this server has a fault, which it has logged: try again later", b"SERVERBUG")
        return completion

    def _ended(self, command: Command, error: Exception) -> Completion:
        match error:
            case BadSyntax():
                return bad(f"{command.name.decode()}: {error}", b"CLIENTBUG")
            case Refusal(completion=completion):
                return completion
            case _:
                return trouble.answer(error)

    async def _announced(self, event: Announced) -> None:
        session, framer = self.session, self.framer
        _, command, _ = named(event.pieces[0].text)
        try:
            streamed = False
            if command is not None and command.taker is not None:
                check(session, command)
                session.taker = session.taker or command.taker(session)
                streamed = await session.taker.announced(event.pieces, event.size, binary=event.binary)
            if not streamed:
                self._fits(event)
        except (BadSyntax, Refusal, *trouble.Trouble) as error:
            self._refuse(command, error)
            return
        if streamed:
            framer.stream()
        else:
            framer.keep()
        if event.waits:
            session.output.write(b"+ go ahead\r\n")

    def _fits(self, event: Announced) -> None:
        """Raises Refusal."""
        limit = self.session.service.config.command_line
        size = sum(len(each.text) + (each.literal.size if each.literal else 0) for each in event.pieces) + event.size
        if size > limit:
            raise Refusal(bad(f"a command has at most {limit} octets", b"TOOBIG"))

    async def _octets(self, data: bytes, *, last: bool) -> None:
        session = self.session
        if self._refusal is not None or session.taker is None:
            return
        try:
            await session.taker.octets(data, last=last)
        except (Refusal, *trouble.Trouble) as error:
            self._refusal = error.completion if isinstance(error, Refusal) else trouble.answer(error)

    def _refuse(self, command: Command | None, error: Exception) -> None:
        self._refusal = self._ended(command, error) if command is not None else trouble.answer(error)
        self.framer.refuse()

    def _refused(self, event: Refused) -> None:
        session = self.session
        tag = named(event.pieces[0].text)[0] if event.pieces else _UNTAGGED
        refusal, self._refusal = self._refusal, None
        if session.taker is not None:
            session.taker.abandon()
            session.taker = None
        if event.too_long or refusal is None:
            refusal = bad(f"a command has at most {session.service.config.command_line} octets", b"TOOBIG")
        session.output.write(refusal.wire(tag))


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
    """Raises Refusal where this is not the state for the command."""
    match command.when:
        case When.NOT_AUTHENTICATED if session.login is not None:
            raise Refusal(bad("you are logged in already"))
        case When.AUTHENTICATED | When.SELECTED if session.login is None:
            raise Refusal(bad("log in first"))
        case When.SELECTED if session.selected is None:
            raise Refusal(bad("select a mailbox first"))
        case _:
            pass
