r"""Transcripts of IMAP. Beside what all transcripts have (`transcript`: `account:`, `C:`, `C>`, `C!`, `S:`, `S!`)::

    listener: tls=implicit client_certificates=yes         keys of the listener; STARTTLS where nothing is said
    admin: al@home.example        an account that is an administrator's
    config: imap: {message_size: 1000}      a key of the configuration file, in YAML
    account: al@home.example secret         the lines below, up to the next account, are about this one
    mailbox: "Old mail" \Archive            one more mailbox, with a special use or without
    message: INBOX (\Seen $Later) received=2026-11-22T03:30:28Z corpus/plain.eml
    message: "Old mail" () Subject: x\r\n\r\nbody\r\n      from a file below tests, or with Python's escapes
    expunge: INBOX 2:3            UIDs, whatever their flags
    flags: INBOX 1 (\Seen)        instead of those that it has
    C! login                      the greeting is taken, and the first account (or `C! login ADDRESS`) logs in
    C! do ENABLE CONDSTORE        a command that has to end in OK, and whose responses nobody looks at
    C! deflate                    what follows is compressed, both ways (RFC 4978)
    S: * OK [UIDVALIDITY $V] ...  `...` is anything, anywhere in the line; $V is what has no blank, quote, bracket or
                                  parenthesis in it: bound where it is first received, the same thing from then on
    C: a UID FETCH $U FLAGS       what is bound can be sent
    S| )                          the next line of the response above (behind a literal, see below)
    S~ * 3 EXISTS                 S~ lines that follow each other may come in any order, each with its S| lines
    S! silent                     nothing arrives for a tenth of a second

Without `account:` there is al@home.example with the password `secret`. What prepares mailboxes happens where it stands:
before the first step, or in between, from outside. A literal is what it is on the wire: `{5}` at the end of a line, and
its octets as lines or with `C>` (`S: * 1 FETCH (BODY[] {7}`, `S| hello`, `S| )`). Names are `$` with capitals, digits
and `_`; `$$` is a `$`.

All that the server says is also read strictly (`imap_response`), with the extensions that the session has enabled.
"""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import Any, Final

import yaml
from typing_extensions import override

from tests.support.fake_authenticator import FakeAccount
from tests.support.imap_client import Channel
from tests.support.imap_grammar import BadResponse
from tests.support.transcript import Player, Step, Wire, account, grouped, lines, octets, settings, step

_NAME: Final = re.compile(r"\$(\$|[A-Z][A-Z0-9_]*(?![A-Za-z0-9_]))")
_ANY: Final = re.compile(r"(\.\.\.|\$\$|\$[A-Z][A-Z0-9_]*(?![A-Za-z0-9_]))")
_PREPARES: Final = ("mailbox", "message", "expunge", "flags")
WITHIN: Final = 20.0
"""Seconds for each step."""
SILENCE: Final = 0.1


@dataclass(frozen=True)
class Preparation:
    """What happens to an account's mail from outside."""

    number: int
    """Of the line."""
    account: str
    what: str
    text: str


@dataclass(frozen=True)
class Transcript:
    accounts: tuple[FakeAccount, ...]
    admins: tuple[str, ...]
    listener: Mapping[str, str]
    config: Mapping[str, Any]
    steps: tuple[Step | Preparation, ...]


@dataclass
class _Reading:
    accounts: list[FakeAccount] = field(default_factory=list)
    admins: list[str] = field(default_factory=list)
    listener: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    steps: list[Step | Preparation] = field(default_factory=list)

    def line(self, number: int, line: str) -> bool:
        """Whether it is one."""
        key, _, value = line.partition(": ")
        if found := step(number, line):
            self.steps.append(found)
        elif key in _PREPARES:
            address = self.accounts[-1].address if self.accounts else "al@home.example"
            self.steps.append(Preparation(number, address, key, value))
        elif key == "account":
            self.accounts.append(account(value))
        elif key == "admin":
            self.admins.append(value)
        elif key == "listener":
            self.listener.update(settings(value.split()))
        elif key == "config":
            self.config.update(yaml.safe_load(value))
        else:
            return False
        return True


def read(path: Path) -> Transcript:
    """Raises ValueError for a line that is none."""
    reading = _Reading()
    for number, line in lines(path.read_text(encoding="utf-8")):
        if not reading.line(number, line):
            raise ValueError(f"{path}:{number}: {line}")
    known = reading.accounts or [account("al@home.example secret")]
    return Transcript(tuple(known), tuple(reading.admins), reading.listener, reading.config, tuple(reading.steps))


Prepare = Callable[[Preparation], Awaitable[None]]
Chunk = Preparation | list[Step]


class ImapPlayer(Player):
    """Of IMAP. `prepare` does to the accounts' mail what a transcript says."""

    def __init__(
        self, port: int, tls: SSLContext, certified: Callable[[str], SSLContext], script: Transcript, prepare: Prepare
    ) -> None:
        super().__init__(port, tls, certified, implicit_tls=script.listener.get("tls") == "implicit")
        self._script = script
        self._prepare = prepare
        self._bound: dict[str, str] = {}
        self._ears: dict[Wire, _Ear] = {}

    async def play_script(self) -> None:
        """All of it."""
        for chunk in chunks(self._script.steps):
            work = self._prepare(chunk) if isinstance(chunk, Preparation) else self.play_group(chunk)
            try:
                await asyncio.wait_for(work, WITHIN)
            except (BadResponse, ConnectionResetError, TimeoutError) as error:
                number = chunk.number if isinstance(chunk, Preparation) else chunk[0].number
                raise AssertionError(f"line {number}: {str(error) or 'nothing came'}") from error

    @override
    async def play_group(self, group: Sequence[Step]) -> None:
        if group[0].manner == "~":
            await self._in_any_order(group)
        elif group[0].text == "silent":
            await self._silent(group[0])
        else:
            await super().play_group(group)

    @override
    def sent(self, text: str) -> bytes:
        return super().sent(_NAME.sub(lambda found: "$" if found[1] == "$" else self._bound[found[1]], text))

    @override
    async def send(self, wire: Wire, data: bytes) -> None:
        self._ear(wire).channel.write(data)
        await wire.writer.drain()

    @override
    async def receive(self, step: Step) -> None:
        ear = self._ear(await self.wire(step.session))
        line = await ear.line()
        if not self._take(line, step):
            raise AssertionError(f"line {step.number}: {line!r} instead of {step.text!r}")

    @override
    async def closed(self, step: Step) -> None:
        ear = self._ear(await self.wire(step.session))
        assert not ear.lines, f"line {step.number}: not closed, but {ear.lines}"
        assert not await ear.channel.more(), f"line {step.number}: not closed"

    @override
    async def act(self, step: Step, wire: Wire) -> None:
        match step.text.split():
            case ["login", *address]:
                await self._log_in(wire, *address)
            case ["do", *_]:
                await self._do(wire, self.sent(step.text.removeprefix("do ")))
            case ["deflate"]:
                self._ear(wire).channel.compress()
            case _:
                await super().act(step, wire)

    async def _log_in(self, wire: Wire, address: str = "") -> None:
        who = next(each for each in self._script.accounts if address in ("", each.address))
        await self._ear(wire).line()
        await self._do(wire, f'LOGIN "{who.address}" "{who.passwords[0].text}"\r\n'.encode())

    async def _do(self, wire: Wire, command: bytes) -> None:
        await self.send(wire, b"do " + command)
        while not (line := await self._ear(wire).line()).startswith("do "):
            pass
        assert line.startswith("do OK"), f"{command!r}: {line}"

    async def _in_any_order(self, group: Sequence[Step]) -> None:
        ear = self._ear(await self.wire(group[0].session))
        units = _units(group)
        while units:
            line = await ear.line()
            unit = next((each for each in units if self._take(line, each[0])), None)
            if unit is None:
                raise AssertionError(f"line {group[0].number}: {line!r} is none of {[each[0].text for each in units]}")
            units.remove(unit)
            for each in unit[1:]:
                await self.receive(each)

    async def _silent(self, step: Step) -> None:
        ear = self._ear(await self.wire(step.session))
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(ear.line(), SILENCE)
            raise AssertionError(f"line {step.number}: not silent, but {line!r}")

    def _ear(self, wire: Wire) -> "_Ear":
        return self._ears.setdefault(wire, _Ear(Channel(wire.reader, wire.writer)))

    def _take(self, line: str, step: Step) -> bool:
        """Whether it is what is expected; then names are bound."""
        expected = octets(step.text).decode(errors="surrogateescape") if step.manner == ">" else step.text
        names: list[str] = []
        pattern = "".join(self._pattern(piece, names) for piece in _ANY.split(expected))
        found = re.fullmatch(pattern, line, re.DOTALL)
        if found is not None:
            self._bound.update(found.groupdict())
        return found is not None

    def _pattern(self, piece: str, names: list[str]) -> str:
        if piece == "...":
            return ".*"
        if piece == "$$" or not _NAME.fullmatch(piece):
            return re.escape(piece.replace("$$", "$"))
        name = piece[1:]
        if name in self._bound:
            return re.escape(self._bound[name])
        if name in names:
            return f"(?P={name})"
        names.append(name)
        return f'(?P<{name}>[^ ()\\[\\]"]+)'


class _Ear:
    """What a session hears, line by line."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.lines: deque[str] = deque()

    async def line(self) -> str:
        """The next one, of a response that is well-formed as a whole."""
        if not self.lines:
            octets = (await self.channel.response()).octets.removesuffix(b"\r\n")
            self.lines.extend(octets.decode(errors="surrogateescape").split("\r\n"))
        return self.lines.popleft()


def chunks(steps: Sequence[Step | Preparation]) -> Iterator[Chunk]:
    """What happens at one time: one after the other."""
    told: list[Step] = []
    for each in (*steps, None):
        if isinstance(each, Step):
            told.append(each)
            continue
        yield from _unordered(grouped(told))
        told = []
        if each is not None:
            yield each


def _unordered(groups: Iterable[list[Step]]) -> Iterator[list[Step]]:
    """S~ lines that follow each other belong together, with their S| lines."""
    before: list[Step] = []
    for group in groups:
        follows = group[0].manner in "~|" and before and before[0].manner == "~"
        if follows and before[0].session == group[0].session:
            before += group
            continue
        if before:
            yield before
        before = list(group)
    if before:
        yield before


def _units(group: Sequence[Step]) -> list[list[Step]]:
    units: list[list[Step]] = []
    for each in group:
        if each.manner == "~":
            units.append([each])
        else:
            units[-1].append(each)
    return units
