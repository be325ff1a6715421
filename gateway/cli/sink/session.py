"""One connection of a sink: commands in, replies out, strictly by what was announced (RFC 5321 4.1)."""

import asyncio
from typing import Final, Protocol, cast

from typing_extensions import override

from gateway.cli.sink.behaviour import CONNECT, END_OF_DATA, Behaviour
from gateway.cli.sink.dots import DotReader
from gateway.cli.sink.login import LoginDialogue
from gateway.cli.sink.received import Received, Scrutiny
from gateway.cli.sink.transaction import Refused, Transaction, parse_mail, parse_rcpt

MAX_LINE: Final = 8192
"""Octets of a command line; longer ones end the connection."""


class Collector(Protocol):
    """The server that a session belongs to."""

    def joined(self, session: "Session") -> int:
        """A connection was made: its number."""
        ...

    def left(self, session: "Session") -> None:
        """The connection has ended."""
        ...

    def failing(self) -> bool:
        """Whether this message is one of the first that are to be put off."""
        ...

    def received(self, message: Received) -> None:
        """A message has come."""
        ...


class Session(asyncio.Protocol):
    """Speaks SMTP or LMTP as `behaviour` says."""

    def __init__(self, behaviour: Behaviour, collector: Collector) -> None:
        self.behaviour = behaviour
        self.collector = collector
        self.transport: asyncio.Transport | None = None
        self.number = 0
        self.secure = False
        self.user: str | None = None
        self.helo = ""
        self.verb = ""
        self.commands: list[str] = []
        self.violations: list[str] = []
        self.transaction: Transaction | None = None
        self._buffer = bytearray()
        self._reader: DotReader | None = None
        self._chunk: int | None = None
        self._chunk_last = False
        self._chunk_refused: str | None = None
        self._deaf = False
        self._login: LoginDialogue | None = None
        self._upgrade: asyncio.Task[None] | None = None
        self._handlers = {
            "HELO": self._greet,
            "EHLO": self._greet,
            "LHLO": self._greet,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "BDAT": self._bdat,
            "RSET": self._rset,
            "QUIT": self._quit,
            "NOOP": self._noop,
            "VRFY": self._vrfy,
        }

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.number = self.collector.joined(self)
        if not self._misbehaves(CONNECT):
            kind = "LMTP" if self.behaviour.lmtp else "ESMTP"
            self._say(self.behaviour.replies.get(CONNECT, f"220 {self.behaviour.hostname} {kind} sink"))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        self.collector.left(self)

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._buffer and not self._deaf and self._upgrade is None and self._step():
            pass

    @override
    def pause_writing(self) -> None:
        """Replies are short: nothing to hold back."""

    def close(self) -> None:
        """Break the connection. During or after a failed TLS handshake the loop tells nobody that it has ended."""
        self._deaf = True
        if self._upgrade is not None:
            self._upgrade.cancel()
            self.collector.left(self)
        if self.transport is not None:
            self.transport.abort()

    def _step(self) -> bool:
        """Take one thing off the buffer; False when it holds no whole one."""
        if self._reader is not None:
            return self._read_data(self._reader)
        if self._chunk is not None:
            return self._read_chunk(self._chunk)
        end = self._buffer.find(b"\n")
        if end < 0 or end > MAX_LINE:
            if len(self._buffer) > MAX_LINE:
                self._end("500 5.5.2 line too long")
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._line(line)
        return True

    def _line(self, line: bytes) -> None:
        if not line.endswith(b"\r"):
            self._say("500 5.5.2 commands end with CRLF")
            return
        text = line[:-1].decode("utf-8", "surrogateescape")
        if self._login is not None:
            self._answer_login(self._login, self._login.step(text))
            return
        self.commands.append(text)
        verb, _, argument = text.partition(" ")
        verb = verb.upper()
        if self._buffer and "PIPELINING" not in self.behaviour.extensions and verb != "BDAT":
            self.violations.append("commands in a batch without PIPELINING")
        if self._misbehaves(verb):
            return
        override_text = self.behaviour.replies.get(verb)
        handler = self._handlers.get(verb)
        if override_text is not None and verb != "BDAT":
            self._say(override_text)
        elif handler is None:
            self._say("500 5.5.1 unknown command")
        else:
            handler(argument)

    def _misbehaves(self, moment: str) -> bool:
        if self.behaviour.drop_after == moment:
            self.close()
        elif self.behaviour.hang_after == moment:
            self._deaf = True
        return self._deaf

    def _say(self, text: str) -> None:
        """Send a reply; lines are parted with a bar. 421 ends the session."""
        if self.transport is None:
            return
        code, lines = text[:3], text[4:].split("|")
        strip = "ENHANCEDSTATUSCODES" not in self.behaviour.extensions and text not in self.behaviour.replies.values()
        out = [_plain(line) if strip else line for line in lines]
        wire = [f"{code}{'-' if i < len(out) - 1 else ' '}{line}\r\n" for i, line in enumerate(out)]
        self.transport.write("".join(wire).encode("utf-8", "surrogateescape"))
        if code == "421":
            self._deaf = True
            self.transport.close()

    def _end(self, text: str) -> None:
        self._say(text)
        self._deaf = True
        if self.transport is not None:
            self.transport.close()

    # greeting

    def _greet(self, argument: str) -> None:
        verb = self.commands[-1][:4].upper()
        if (verb == "LHLO") != self.behaviour.lmtp:
            self._say("500 5.5.1 this is " + ("LMTP" if self.behaviour.lmtp else "SMTP"))
            return
        if verb == "EHLO" and self.behaviour.helo_only:
            self._say("502 5.5.1 only HELO is known here")
            return
        if not argument.strip():
            self._say(f"501 5.5.4 {verb} names the client")
            return
        self.helo, self.verb, self.transaction = argument.strip(), verb, None
        self.commands[:-1] = []
        first = f"250 {self.behaviour.hostname}"
        keywords = self.behaviour.keywords(secure=self.secure, authenticated=self.user is not None)
        self._say(first if verb == "HELO" else "|".join((first, *keywords)))

    def _starttls(self, argument: str) -> None:
        if self.behaviour.tls is None or self.secure:
            self._say("502 5.5.1 no TLS here")
            return
        if argument:
            self._say("501 5.5.4 STARTTLS takes no parameter")
            return
        if self._buffer:
            self.violations.append("octets before TLS")
            self._buffer.clear()
        self._say("220 2.0.0 go ahead")
        self._upgrade = asyncio.get_running_loop().create_task(self._start_tls())

    async def _start_tls(self) -> None:
        if self.transport is None or self.behaviour.tls is None:
            return
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(self.transport, self, self.behaviour.tls, server_side=True)
        except OSError:
            self._upgrade = None
            self.collector.left(self)
            transport = None
        if transport is None:
            self.close()
            return
        self.transport, self.secure = transport, True
        self.helo, self.verb, self.transaction, self.user, self._upgrade = "", "", None, None, None
        self.data_received(b"")

    def _auth(self, argument: str) -> None:
        if self.behaviour.login is None:
            self._say("502 5.5.1 no AUTH here")
            return
        dialogue = LoginDialogue(self.behaviour.login)
        self._answer_login(dialogue, dialogue.begin(argument))

    def _answer_login(self, dialogue: LoginDialogue, answer: str) -> None:
        self._login = None if dialogue.over else dialogue
        self.user = dialogue.user
        self._say(answer)

    # transaction

    def _mail(self, argument: str) -> None:
        if not self.helo:
            self._say("503 5.5.1 greet first")
        elif self.transaction is not None:
            self._say("503 5.5.1 one sender at a time")
        elif self.behaviour.login is not None and self.user is None:
            self._say("530 5.7.0 log in first")
        else:
            try:
                self.transaction = parse_mail(argument, self.behaviour)
            except Refused as refusal:
                self._say(refusal.reply)
            else:
                self._say("250 2.1.0 sender ok")

    def _rcpt(self, argument: str) -> None:
        if self.transaction is None:
            self._say("503 5.5.1 MAIL first")
            return
        try:
            recipient = parse_rcpt(argument, self.transaction, self.behaviour)
        except Refused as refusal:
            self._say(refusal.reply)
            return
        answer = self.behaviour.recipients.get(recipient.address, "250 2.1.5 recipient ok")
        if answer.startswith("2"):
            self.transaction.recipients.append(recipient)
        self._say(answer)

    def _data(self, argument: str) -> None:
        if argument:
            self._say("501 5.5.4 DATA takes no parameter")
        elif self.transaction is None or self.transaction.scrutiny is not None:
            self._say("503 5.5.1 MAIL and RCPT first")
        elif not (self.transaction.recipients or self.behaviour.eager_data):
            self._say("554 5.5.1 no valid recipients")
        elif self.transaction.binary:
            self._say("503 5.5.1 binary mail is sent with BDAT")
        else:
            self.transaction.scrutiny = Scrutiny(self.behaviour.keep)
            self._reader = DotReader()
            self._say("354 end with a dot")

    def _bdat(self, argument: str) -> None:
        size, _, last = argument.partition(" ")
        if not (size.isascii() and size.isdigit()) or last.upper() not in ("", "LAST"):
            self._end("501 5.5.4 BDAT size [LAST]")
            return
        self._chunk, self._chunk_last = int(size), bool(last)
        self._chunk_refused = self._why_no_chunk()
        if self._chunk_refused is None and self.transaction and self.transaction.scrutiny is None:
            self.transaction.scrutiny = Scrutiny(self.behaviour.keep)
            self.transaction.chunked = True
        if not self._chunk:
            self._read_chunk(0)

    def _why_no_chunk(self) -> str | None:
        if "BDAT" in self.behaviour.replies:
            return self.behaviour.replies["BDAT"]
        if "CHUNKING" not in self.behaviour.extensions:
            return "502 5.5.1 no CHUNKING here"
        if self.transaction is None:
            return "503 5.5.1 MAIL and RCPT first"
        return None if self.transaction.recipients else "554 5.5.1 no valid recipients"

    def _read_chunk(self, size: int) -> bool:
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._chunk = size - len(piece)
        if self.transaction and self._chunk_refused is None:
            self._take(piece)
        if self._chunk or self._deaf:
            return False
        self._chunk = None
        if self._chunk_refused is not None:
            self.transaction = None
            self._say(self._chunk_refused)
        elif self._chunk_last:
            self._finish()
        else:
            self._say("250 2.0.0 chunk ok")
        return True

    def _read_data(self, reader: DotReader) -> bool:
        data = bytes(self._buffer)
        self._buffer.clear()
        self._take(reader.feed(data))
        if reader.rest is None or self._deaf:
            return False
        self._buffer[:0] = reader.rest
        self._reader = None
        self._finish()
        return True

    def _take(self, data: bytes) -> None:
        scrutiny = self.transaction.scrutiny if self.transaction else None
        if scrutiny is None:
            return
        scrutiny.feed(data)
        if self.behaviour.drop_after_octets is not None and scrutiny.size >= self.behaviour.drop_after_octets:
            self.close()

    def _finish(self) -> None:
        transaction, self.transaction = self.transaction, None
        if transaction is None or transaction.scrutiny is None or self._misbehaves(END_OF_DATA):
            return
        if not transaction.recipients:
            self._say("554 5.5.1 no valid recipients")
            return
        answer = self._verdict(transaction.scrutiny)
        if answer.startswith("2"):
            self.collector.received(self._record(transaction, transaction.scrutiny))
        self.commands.clear()
        self.violations.clear()
        for recipient in transaction.recipients if self.behaviour.lmtp else transaction.recipients[:1]:
            self._say(self.behaviour.stored.get(recipient.address, answer))
        if self.behaviour.close_after_message:
            self._say("421 4.3.2 one message a connection")

    def _verdict(self, scrutiny: Scrutiny) -> str:
        if scrutiny.size > self.behaviour.size:
            return "552 5.3.4 message too big"
        if self.collector.failing():
            return "451 4.3.0 not now"
        return self.behaviour.replies.get(END_OF_DATA, "250 2.6.0 taken")

    def _record(self, transaction: Transaction, scrutiny: Scrutiny) -> Received:
        return Received(
            octets=bytes(scrutiny.kept),
            size=scrutiny.size,
            sha256=scrutiny.sha256,
            sender=transaction.sender,
            parameters=transaction.parameters,
            recipients=tuple(transaction.recipients),
            commands=tuple(self.commands),
            helo=self.helo,
            verb=self.verb,
            tls=self.secure,
            user=self.user,
            connection=self.number,
            chunked=transaction.chunked,
            violations=(*self.violations, *scrutiny.violations(transaction.parameters)),
        )

    def _rset(self, _: str) -> None:
        self.transaction = None
        self._say("250 2.0.0 ok")

    def _noop(self, _: str) -> None:
        self._say("250 2.0.0 ok")

    def _vrfy(self, _: str) -> None:
        self._say("252 2.5.0 try and see")

    def _quit(self, _: str) -> None:
        self._end("221 2.0.0 bye")


def _plain(line: str) -> str:
    """Without the enhanced code."""
    first, _, rest = line.partition(" ")
    return rest if first.count(".") == 2 and first.replace(".", "").isdigit() else line
