"""ID (RFC 2971): a client says what it is, for the log alone: nothing depends on it."""

from typing import Final

from gateway.imap.registry import Capability, Extension, News, When, always, command
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.scanner import Scanner

_MOST_FIELDS: Final = 30
_LONGEST_NAME: Final = 30
_LONGEST_VALUE: Final = 1024
_SHOWN: Final = 60
"""Characters of a value that stand in the log."""
_US: Final = b'ID ("name" "mail-gateway")'


def _parse(scanner: Scanner) -> dict[str, str]:
    """SP ( "(" [ string SP nstring *(SP string SP nstring) ] ")" / nil )."""
    scanner.space()
    scanner.utf8 = True  # Programs write their names in whatever way.
    if scanner.word(b"NIL"):
        return {}
    return dict(_bounded(scanner.listed(lambda: _pair(scanner), empty=True)))


def _pair(scanner: Scanner) -> tuple[bytes, bytes]:
    name = scanner.string("the name of a field")
    scanner.space()
    return name, scanner.nstring("the value of a field") or b""


def _bounded(pairs: tuple[tuple[bytes, bytes], ...]) -> list[tuple[str, str]]:
    """What is beyond the limits of RFC 2971 3.3 is passed over."""
    fit = [pair for pair in pairs if len(pair[0]) <= _LONGEST_NAME and len(pair[1]) <= _LONGEST_VALUE]
    return [(_safe(name).lower(), _safe(value)) for name, value in fit[:_MOST_FIELDS]]


def _safe(octets: bytes) -> str:
    text = octets[:_LONGEST_VALUE].decode("utf-8", "replace")[:_SHOWN]
    return "".join(each if each.isprintable() else "?" for each in text)


async def _id(session: Session, fields: dict[str, str]) -> Completion:
    wanted = (fields.get(name, "") for name in ("name", "version", "os"))
    session.program = " ".join(value for value in wanted if value)
    session.output.untagged(_US)
    return ok("pleased to meet you")


EXTENSION: Final = Extension(
    commands=(command("ID", _parse, _id, When.ALWAYS, News.NONE),),
    capabilities=(Capability("ID", always, brings=("ID",)),),
)
