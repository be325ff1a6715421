"""GETMETADATA and SETMETADATA (RFC 5464 4.2, 4.3)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from typing_extensions import override

from gateway.imap import annotations
from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.session import Session, Taker
from gateway.imap.wire import strings
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.metadata import (
    Depth,
    Getting,
    Setting,
    getmetadata_arguments,
    metadata,
    setmetadata_arguments,
)
from gateway.imap.wire.scanner import Scanner
from gateway.store.errors import AnnotationTooLarge


async def _getmetadata(session: Session, arguments: Getting) -> Completion:
    name, known = await _known(session, arguments.mailbox)
    found: dict[str, bytes | None] = {}
    for wanted in arguments.entries:
        found.update(_found(known, wanted, arguments.depth))
        await session.output.breathe()
    most = arguments.max_size
    long = [entry for entry, value in found.items() if most is not None and value is not None and len(value) > most]
    longest = max((len(found.pop(entry) or b"") for entry in long), default=0)
    if found:
        session.output.untagged(metadata(name, found, utf8=session.utf8))
    return ok("told", b"METADATA LONGENTRIES %d" % longest if longest else b"")


async def _known(session: Session, mailbox: str) -> tuple[bytes, Mapping[str, bytes]]:
    """Its name as it is told; and all entries that it has."""
    if not mailbox:
        return b'""', await annotations.of_server(session)
    located = await annotations.located(session, mailbox)
    return strings.mailbox(located.name, utf8=session.utf8), await annotations.of_mailbox(session, located)


def _found(known: Mapping[str, bytes], wanted: str, depth: Depth) -> Mapping[str, bytes | None]:
    """An entry that has no value is told as NIL, unless what is below it was asked for too."""
    if depth is Depth.ZERO:
        return {wanted: known.get(wanted)}
    return {entry: value for entry, value in known.items() if depth.reaches(wanted, entry)}


class _Values(Taker):
    """Takes no literal itself, but refuses one that is too large before it is sent (RFC 5464 4.3)."""

    def __init__(self, session: Session) -> None:
        self._most = _most_octets(session)

    @override
    async def announced(self, scanner: Scanner, size: int, *, binary: bool) -> bool:
        if size > self._most:
            raise AnnotationTooLarge(self._most)
        return False

    @override
    async def octets(self, data: bytes, *, last: bool) -> None:
        raise AssertionError

    @override
    def abandon(self) -> None:
        return


def _most_octets(session: Session) -> int:
    """Of a value: half of a command, so that any value has room in one. The store may take less."""
    return session.service.config.command_line // 2


async def _setmetadata(session: Session, arguments: Setting) -> Completion:
    most = _most_octets(session)
    if any(value is not None and len(value) > most for value in arguments.values.values()):
        raise AnnotationTooLarge(most)
    if arguments.mailbox:
        located = await annotations.located(session, arguments.mailbox)
        await annotations.set_of_mailbox(session, located, arguments.values)
    else:
        await annotations.set_of_server(session, arguments.values)
    return ok("set")


EXTENSION: Final = Extension(
    commands=(
        command("GETMETADATA", getmetadata_arguments, _getmetadata),
        replace(command("SETMETADATA", setmetadata_arguments, _setmetadata), taker=_Values),
    ),
    capabilities=(
        Capability("METADATA", logged_in, brings=("GETMETADATA", "SETMETADATA")),
        Capability("METADATA-SERVER", logged_in),
    ),
)
