"""GETMETADATA and SETMETADATA, and their responses (RFC 5464 5).

ABNF, as read here::

    getmetadata        = "GETMETADATA" [SP getmetadata-options] SP mailbox [SP getmetadata-options] SP entries
    getmetadata-option = "MAXSIZE" SP number / "DEPTH" SP ("0" / "1" / "infinity")
    entries            = entry / "(" entry *(SP entry) ")"
    setmetadata        = "SETMETADATA" SP mailbox SP "(" entry SP value *(SP entry SP value) ")"
    value              = nstring / literal8

The options stand before the mailbox in the grammar of the RFC and behind it in its examples: both are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from gateway.imap.wire import strings
from gateway.imap.wire.entries import entries, entry_name, few, settable
from gateway.imap.wire.names import mailbox_name
from gateway.imap.wire.scanner import BadSyntax, Scanner


class Depth(Enum):
    """Which entries below one are told as well."""

    ZERO = b"0"
    ONE = b"1"
    INFINITY = b"INFINITY"

    def reaches(self, wanted: str, entry: str) -> bool:
        """Whether the entry is the one that is wanted, or near enough below it."""
        if entry == wanted:
            return True
        below = entry.removeprefix(f"{wanted}/")
        return below != entry and (self is Depth.INFINITY or (self is Depth.ONE and "/" not in below))


@dataclass(frozen=True, slots=True)
class Getting:
    """The arguments of GETMETADATA. `mailbox`: empty for the server."""

    mailbox: str
    entries: tuple[str, ...]
    depth: Depth = Depth.ZERO
    max_size: int | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """The arguments of SETMETADATA. None removes one."""

    mailbox: str
    values: Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class _Options:
    depth: Depth = Depth.ZERO
    max_size: int | None = None


def getmetadata_arguments(scanner: Scanner) -> Getting:
    """Raises BadSyntax, Refusal."""
    scanner.space()
    options = _options(scanner) if scanner.peek(b"(") else None
    if options is not None:
        scanner.space()
    mailbox = mailbox_name(scanner)
    scanner.space()
    if options is None and (scanner.peek(b"(MAXSIZE ") or scanner.peek(b"(DEPTH ")):
        options = _options(scanner)
        scanner.space()
    options = options or _Options()
    wanted = dict.fromkeys(entries(scanner))
    while scanner.skip(b" "):
        wanted[entry_name(scanner)] = None
    return Getting(mailbox, few(tuple(wanted)), options.depth, options.max_size)


def setmetadata_arguments(scanner: Scanner) -> Setting:
    """Raises BadSyntax, Refusal."""
    scanner.space()
    mailbox = mailbox_name(scanner)
    scanner.space()
    values = scanner.listed(lambda: _pair(scanner))
    few(tuple(name for name, _ in values))
    if len(dict(values)) < len(values):
        raise BadSyntax("an entry is set once in a command")
    return Setting(mailbox, dict(values))


def metadata(mailbox: bytes, values: Mapping[str, bytes | None], *, utf8: bool) -> bytes:
    """`METADATA name (entry value …)`; `mailbox` as `strings.mailbox` writes it."""
    pairs = [b"%b %b" % (strings.astring(name.encode()), _value(value, utf8=utf8)) for name, value in values.items()]
    return b"METADATA %b (%b)" % (mailbox, b" ".join(pairs))


def _options(scanner: Scanner) -> _Options:
    found = dict(scanner.listed(lambda: _option(scanner)))
    depth, max_size = found.get(b"DEPTH", Depth.ZERO), found.get(b"MAXSIZE")
    return _Options(depth if isinstance(depth, Depth) else Depth.ZERO, max_size if isinstance(max_size, int) else None)


def _option(scanner: Scanner) -> tuple[bytes, Depth | int]:
    name = scanner.keyword("MAXSIZE or DEPTH")
    scanner.space()
    if name == b"MAXSIZE":
        return name, scanner.number("an octet count")
    if name != b"DEPTH":
        raise BadSyntax("the options of GETMETADATA are MAXSIZE and DEPTH")
    value = scanner.keyword("a depth")
    try:
        return name, Depth(value)
    except ValueError as error:
        raise BadSyntax("a depth is 0, 1 or infinity") from error


def _pair(scanner: Scanner) -> tuple[str, bytes | None]:
    name = settable(entry_name(scanner))
    scanner.space()
    if scanner.at_literal:
        literal = scanner.any_literal()
        if literal.octets is None or (b"\0" in literal.octets and not literal.binary):
            raise BadSyntax("a value with a NUL in it is sent as a literal8: ~{...}")
        return name, literal.octets
    return name, scanner.nstring("a value, or NIL")


def _value(value: bytes | None, *, utf8: bool) -> bytes:
    if value is not None and b"\0" in value:
        return strings.literal8(value)
    return strings.nstring(value, utf8=utf8 and _is_utf8(value))


def _is_utf8(value: bytes | None) -> bool:
    try:
        return value is not None and bool(value.decode())
    except UnicodeDecodeError:
        return False
