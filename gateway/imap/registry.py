"""What a command is to the rest of the server: a name, a grammar, something to do, and when that is allowed."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, TypeVar

from gateway.imap.session import Session, Taker
from gateway.imap.wire.completion import Completion
from gateway.imap.wire.scanner import Scanner

T = TypeVar("T")
Work = Coroutine[object, object, Completion]
Bound = Callable[[Scanner], Callable[[Session], Work]]


class When(IntEnum):
    """In which states a command can be given (RFC 9051 3)."""

    ALWAYS = 0
    NOT_AUTHENTICATED = 1
    AUTHENTICATED = 2
    """And selected."""
    SELECTED = 3


class News(IntEnum):
    """What the client may be told of its mailbox before the tagged response (RFC 9051 7.5.1)."""

    NONE = 0
    """The command itself does it, or changes what is selected."""
    NO_EXPUNGES = 1
    """FETCH, STORE, SEARCH: message numbers keep their meaning."""
    ALL = 2


@dataclass(frozen=True, slots=True)
class Command:
    """One that clients can give. Made by `command`."""

    name: bytes
    """In upper case: `FETCH`, `UID FETCH`."""
    bound: Bound
    when: When
    news: News
    taker: Callable[[Session], Taker] | None = None
    """For literals that are not to be held in memory."""


@dataclass(frozen=True, slots=True)
class Capability:
    """An atom of CAPABILITY. `offered`: whether in this state of this session."""

    name: str
    offered: Callable[[Session], bool]
    value: Callable[[Session], str] | None = None
    """What stands behind `=`, where it is not always the same."""
    brings: tuple[str, ...] = ()
    """Commands that there are not where it is switched off."""

    def atom(self, session: Session) -> str:
        """As it is told."""
        return self.name if self.value is None else f"{self.name}={self.value(session)}"


def logged_in(session: Session) -> bool:
    """Capabilities that say something about mailboxes are told to who has logged in."""
    return session.login is not None


def always(_session: Session) -> bool:
    """Before and after the log-in."""
    return True


@dataclass(frozen=True, slots=True)
class Extension:
    """A command or an extension: what one file of `gateway.imap.commands` adds. Listed there."""

    commands: tuple[Command, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    enables: frozenset[str] = field(default_factory=frozenset)
    """What ENABLE takes for it (RFC 5161)."""


def command(
    name: str,
    parse: Callable[[Scanner], T],
    run: Callable[[Session, T], Work],
    when: When = When.AUTHENTICATED,
    news: News = News.ALL,
) -> Command:
    """`parse` gets the scanner where the arguments begin (at their space), and `end` is checked for it."""

    def bound(scanner: Scanner) -> Callable[[Session], Work]:
        arguments = parse(scanner)
        scanner.end()
        return lambda session: run(session, arguments)

    return Command(name.encode(), bound, when, news)


def nothing(_scanner: Scanner) -> None:
    """The grammar of a command without arguments."""
    return


def by_name(extensions: tuple[Extension, ...]) -> Mapping[bytes, Command]:
    """All commands."""
    return {each.name: each for extension in extensions for each in extension.commands}


UID: Final = b"UID"
"""Its commands have two words."""
NUMBERED: Final = frozenset({b"FETCH", b"STORE", b"SEARCH", b"COPY", b"MOVE", b"SORT", b"THREAD", b"REPLACE"})
"""Commands that name messages by number, or answer with numbers: not with UIDONLY (RFC 9586 3)."""
