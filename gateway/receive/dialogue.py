"""Octets in, replies out (RFC 5321 3): cuts what arrives into commands and content. It does no I/O.

A group of pipelined commands is answered in `session.out` as one (RFC 2920 3.2). Where `session.work` is set, somebody
has to await it and then call `proceed`; what arrives meanwhile is kept, and order is.
"""

import logging
from typing import Final

from gateway.listen.handshake import Secured
from gateway.mail.reply import Reply
from gateway.receive.commands import LMTP_COMMANDS, SMTP_COMMANDS
from gateway.receive.commands.auth import LONGEST_LINE, break_off, response, say_challenge
from gateway.receive.commands.content import end_of_chunk, end_of_message, flush
from gateway.receive.dots import DotReader
from gateway.receive.replies import (
    AUTH_TOO_LONG,
    BARE_LINE_FEED,
    CLOSING,
    LINE_TOO_LONG,
    NOT_UTF8,
    TROUBLE,
    UNKNOWN_COMMAND,
)
from gateway.receive.service import Service
from gateway.receive.session import Mode, Session
from gateway.smtp.errors import ProtocolError

_TURN: Final = 200
"""Commands answered before others get their turn: about a millisecond."""

log = logging.getLogger(__name__)


class Dialogue:
    """One session's conversation."""

    __slots__ = ("_at", "_buffer", "_commands", "_dots", "_last", "_now", "_overlong", "session")

    def __init__(self, service: Service, ip: str, secured: Secured | None) -> None:
        self.session = Session(service, ip, secured)
        self._commands = LMTP_COMMANDS if service.lmtp else SMTP_COMMANDS
        self._buffer = b""
        self._at = 0
        self._dots: DotReader | None = None
        self._overlong: Reply | None = None
        """The answer to a line that is too long to be kept, once its end is here."""
        self._last: Reply | None = None
        """Said as soon as no message is arriving."""
        self._now = False
        """Whether a message that is arriving is given up."""

    @property
    def buffered(self) -> int:
        """Octets that arrived and were not looked at yet."""
        return len(self._buffer)

    @property
    def in_message(self) -> bool:
        """Whether the next octets are content."""
        return self.session.mode is not Mode.COMMAND

    @property
    def held_up(self) -> bool:
        """Whether octets wait only because others are to have their turn: call `proceed` soon."""
        session = self.session
        return bool(self._buffer) and session.work is None and b"\n" in self._buffer and not session.closing

    def feed(self, data: bytes) -> None:
        """More octets from the client."""
        self._buffer = self._buffer + data if self._buffer else data
        if self.session.work is None:
            self.proceed()

    def keep(self, data: bytes) -> None:
        """More octets, to be looked at by a later `proceed`."""
        self._buffer += data

    def proceed(self) -> None:
        """Go on with what has arrived."""
        session = self.session
        if session.auth.challenge is not None:
            challenge, session.auth.challenge = session.auth.challenge, None
            say_challenge(session, challenge, too_early=bool(self._buffer))
        for _ in range(_TURN):
            self._stop_between_messages()
            if self._at >= len(self._buffer) or session.work is not None or session.closing or session.wants_tls:
                break
            if not self._step():
                break
        if session.closing or session.wants_tls:
            self._buffer = b""
        elif self._at:
            self._buffer = self._buffer[self._at :]
        self._at = 0

    def stop(self, last: Reply = CLOSING) -> None:
        """The session is to end: a message that is arriving is still taken, nothing after it."""
        self._last = last
        self._stop_between_messages()

    def cut(self, last: Reply) -> None:
        """The session is to end, and a message that is arriving with it; one that is with the relay stays there."""
        self._now = True
        self.stop(last)

    def abandon(self) -> None:
        """The client is gone. A message that is with the relay stays there; one that was arriving does not."""
        self.session.closing = True
        self.session.leave()
        self._buffer = b""
        if self.session.work is None:
            self.session.reset()

    def _stop_between_messages(self) -> None:
        session = self.session
        if self._last is None or session.work is not None or session.closing:
            return
        if self._now or session.mode in (Mode.COMMAND, Mode.AUTH):
            session.reset()
            session.say(self._last)

    def _step(self) -> bool:
        """Whether anything could be done with what is here."""
        match self.session.mode:
            case Mode.COMMAND | Mode.AUTH:
                return self._line()
            case Mode.DATA:
                self._data()
            case Mode.CHUNK:
                self._chunk()
        return True

    def _line(self) -> bool:
        session = self.session
        end = self._buffer.find(b"\n", self._at) + 1
        if (end or len(self._buffer)) - self._at > session.service.limits.command_line and self._overlong is None:
            self._overlong = self._too_long(end or len(self._buffer))
        if not end:
            if self._overlong is not None:
                self._at = len(self._buffer)
            return False
        line = self._buffer[self._at : end]
        self._at = end
        session.progress += 1
        overlong, self._overlong = self._overlong, None
        if session.mode is Mode.AUTH:
            self._response(line, overlong)
        elif overlong is not None:
            session.answer(overlong)
        else:
            self._command(line)
        return True

    def _too_long(self, end: int) -> Reply | None:
        """AUTH has a limit of its own (RFC 4954 4)."""
        if self.session.mode is not Mode.AUTH and self._buffer[self._at : self._at + 5].upper() != b"AUTH ":
            return LINE_TOO_LONG
        return AUTH_TOO_LONG if end - self._at > LONGEST_LINE else None

    def _response(self, line: bytes, overlong: Reply | None) -> None:
        if overlong is not None or not line.endswith(b"\r\n"):
            break_off(self.session, overlong or BARE_LINE_FEED)
        else:
            response(self.session, line[:-2])

    def _command(self, line: bytes) -> None:
        if not line.endswith(b"\r\n") or line.find(b"\r") != len(line) - 2 or b"\0" in line:
            self.session.answer(BARE_LINE_FEED)
            return
        try:
            reply = self._carry_out(line[:-2].decode())
        except UnicodeDecodeError:
            reply = NOT_UTF8
        except ProtocolError as error:
            reply = error.reply
        except Exception:
            log.exception("a command failed")
            reply = TROUBLE
        if reply is not None:
            self.session.answer(reply)

    def _carry_out(self, line: str) -> Reply | None:
        verb, _, argument = line.partition(" ")
        command = self._commands.get(verb) or self._commands.get(verb.upper())
        if command is None:
            return UNKNOWN_COMMAND
        reply = command(self.session, argument.strip(" "))
        if self.session.mode is Mode.DATA:
            self._dots = DotReader()
        return reply

    def _data(self) -> None:
        session, dots = self.session, self._dots
        transaction = session.transaction
        if dots is None or transaction is None or transaction.intake is None:
            raise AssertionError("content without a transaction")
        data = self._buffer[self._at :]
        self._buffer, self._at = b"", 0
        session.progress += 1
        transaction.intake.take(dots.feed(data))
        if dots.rest is not None:
            self._buffer = dots.rest
            end_of_message(session, transaction, transaction.intake)
        elif transaction.intake.full:
            session.work = flush(transaction.intake)

    def _chunk(self) -> None:
        session = self.session
        data = self._buffer[self._at : self._at + session.chunk_left]
        self._at += len(data)
        session.chunk_left -= len(data)
        session.progress += 1
        intake = session.transaction.intake if session.transaction is not None else None
        if intake is not None:
            intake.take(data)
        if not session.chunk_left and session.chunk is not None:
            end_of_chunk(session, session.chunk)
        elif intake is not None and intake.full:
            session.work = flush(intake)
