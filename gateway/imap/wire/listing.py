"""LIST and LSUB: what is asked for, and responses (RFC 9051 6.3.9, 7.3.1; RFC 5258, RFC 5819, RFC 6154, RFC 8440,
RFC 9590).

ABNF, as read here::

    list             = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
    list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
    list-select-opt  = "SUBSCRIBED" / "REMOTE" / "RECURSIVEMATCH" / "SPECIAL-USE"
    mbox-or-pat      = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")"
    list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
    return-option    = "SUBSCRIBED" / "CHILDREN" / "SPECIAL-USE" / "MYRIGHTS" /
                       "STATUS" SP "(" status-att *(SP status-att) ")" /
                       "METADATA" SP ( entry / "(" entry *(SP entry) ")" )
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.imap.wire import strings
from gateway.imap.wire.completion import refused
from gateway.imap.wire.entries import entries
from gateway.imap.wire.patterns import Pattern, pattern
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.status import Items, status_items

MAX_PATTERNS: Final = 100


class Select(StrEnum):
    """Selection options."""

    SUBSCRIBED = "SUBSCRIBED"
    REMOTE = "REMOTE"
    RECURSIVEMATCH = "RECURSIVEMATCH"
    SPECIAL_USE = "SPECIAL-USE"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Return options. Children and special uses are always told (RFC 9051 6.3.9.5, RFC 6154 2)."""

    subscribed: bool = False
    myrights: bool = False
    status: Items = frozenset()
    metadata: tuple[str, ...] = ()
    """Names of entries, in lower case."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The arguments of LIST."""

    select: frozenset[Select]
    reference: bytes
    """As it was written."""
    patterns: tuple[Pattern, ...]
    wanted: Wanted
    extended: bool
    """The syntax of RFC 5258 was used."""
    root: bool = False
    """`LIST "…" ""`: the separator is asked for."""
    lsub: bool = False

    @property
    def criteria(self) -> frozenset[Select]:
        """What a mailbox has to be."""
        return self.select & {Select.SUBSCRIBED, Select.SPECIAL_USE}

    @property
    def recursive(self) -> bool:
        """Mailboxes above what was selected are shown, with CHILDINFO."""
        return Select.RECURSIVEMATCH in self.select

    @property
    def levels(self) -> bool:
        """Names above what was selected are shown, though they are no mailboxes or were not selected."""
        return self.recursive or self.lsub or not self.criteria


@dataclass(frozen=True, slots=True)
class Row:
    """A LIST response."""

    name: str
    attributes: Sequence[bytes] = ()
    childinfo: Sequence[Select] = ()
    oldname: str | None = None

    def wire(self, *, utf8: bool, response: bytes = b"LIST") -> bytes:
        """Without `* `."""
        items = []
        if self.childinfo:
            items.append(b'"CHILDINFO" (%b)' % b" ".join(b'"%b"' % each.encode() for each in self.childinfo))
        if self.oldname is not None:
            items.append(b'"OLDNAME" (%b)' % strings.mailbox(self.oldname, utf8=utf8))
        extended = b" (%b)" % b" ".join(items) if items else b""
        name = strings.mailbox(self.name, utf8=utf8)
        return b'%b (%b) "/" %b%b' % (response, b" ".join(self.attributes), name, extended)


def list_arguments(scanner: Scanner) -> Listing:
    """Raises BadSyntax, Refusal (NO [LIMIT])."""
    scanner.space()
    extended = scanner.peek(b"(")
    select = frozenset(scanner.listed(lambda: _select(scanner), empty=True)) if extended else frozenset[Select]()
    if Select.RECURSIVEMATCH in select and not select & {Select.SUBSCRIBED, Select.SPECIAL_USE}:
        raise BadSyntax("RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE beside it (RFC 5258 3)")
    if extended:
        scanner.space()
    reference = scanner.astring("a reference name")
    scanner.space()
    many = scanner.peek(b"(")
    texts = scanner.listed(scanner.list_mailbox) if many else (scanner.list_mailbox(),)
    wanted = Wanted()
    if returning := scanner.skip(b" "):
        scanner.take(b"RETURN")
        scanner.space()
        wanted = _wanted(scanner)
    extended = extended or many or returning
    root = not extended and texts == (b"",)
    patterns = () if root else _patterns(scanner, reference, texts, extended=extended)
    return Listing(select, reference, patterns, wanted, extended, root)


def lsub_arguments(scanner: Scanner) -> Listing:
    """`LSUB` SP mailbox SP list-mailbox (RFC 3501 6.3.9)."""
    scanner.space()
    reference = scanner.astring("a reference name")
    scanner.space()
    text = scanner.list_mailbox()
    patterns = _patterns(scanner, reference, (text,), extended=False) if text else ()
    select = frozenset({Select.SUBSCRIBED})
    return Listing(select, reference, patterns, Wanted(), extended=False, root=not text, lsub=True)


def _select(scanner: Scanner) -> Select:
    name = scanner.keyword("a selection option").decode()
    try:
        return Select(name)
    except ValueError as error:
        raise BadSyntax(f"{name[:40]} is no selection option of LIST: there are {' '.join(Select)}") from error


def _patterns(scanner: Scanner, reference: bytes, texts: tuple[bytes, ...], *, extended: bool) -> tuple[Pattern, ...]:
    different = dict.fromkeys(text for text in texts if text or not extended)
    if len(different) > MAX_PATTERNS:
        raise refused(f"no more than {MAX_PATTERNS} patterns in one LIST: send several", b"LIMIT")
    found = (pattern(reference, text, utf8_names=scanner.utf8) for text in different)
    return tuple(each for each in found if each is not None)


def _wanted(scanner: Scanner) -> Wanted:
    options = dict(scanner.listed(lambda: _option(scanner), empty=True))
    return Wanted(
        subscribed="SUBSCRIBED" in options,
        myrights="MYRIGHTS" in options,
        status=options.get("STATUS", _NONE).status,
        metadata=options.get("METADATA", _NONE).metadata,
    )


_NONE: Final = Wanted()


def _option(scanner: Scanner) -> tuple[str, Wanted]:
    match scanner.keyword("a return option"):
        case b"STATUS":
            scanner.space()
            return "STATUS", Wanted(status=status_items(scanner))
        case b"METADATA":
            scanner.space()
            return "METADATA", Wanted(metadata=entries(scanner))
        case b"SUBSCRIBED" | b"CHILDREN" | b"SPECIAL-USE" | b"MYRIGHTS" as name:
            return name.decode(), _NONE
        case other:
            raise BadSyntax(f"{other[:40].decode()!a} is no return option of LIST")
