"""Reads the arguments of a command, token by token (RFC 9051 9).

Every method either takes what it is named after and moves on, or raises BadSyntax, which says where and what was
expected instead. The commands' own grammars stand in the files of this package that have their names.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from gateway.imap.wire.framing import Literal, Piece
from gateway.imap.wire.sets import SAVED, BadSet, SequenceSet

T = TypeVar("T")

MAX_NESTING: Final = 50
"""Parentheses in parentheses."""
_ATOM: Final = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_ASTRING: Final = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
_LIST_MAILBOX: Final = re.compile(rb'[^\x00-\x20\x7f-\xff(){"\\]+')
_QUOTED: Final = re.compile(rb'"((?:[^\x00\r\n"\\]|\\["\\])*+)"')
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_NUMBER: Final = re.compile(rb"[0-9]{1,20}")
_SET: Final = re.compile(rb"[0-9:*,]+|\$")
_FLAG: Final = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_REST: Final = re.compile(rb"[\x21-\x7e]+")
_SHOWN: Final = 40
NUMBER_32: Final = (1 << 32) - 1
NUMBER_64: Final = (1 << 63) - 1


class BadSyntax(ValueError):
    """What came is no such command. The message says where, and what was expected; it is printable ASCII."""


class Scanner:
    """Of one command's arguments. `utf8`: quoted strings may have octets over 127 (RFC 9051 4.3, RFC 9755)."""

    __slots__ = ("_at", "_number", "_pieces", "_text", "depth", "utf8")

    def __init__(self, pieces: tuple[Piece, ...], *, utf8: bool, at: int = 0) -> None:
        self._pieces = pieces
        self._number = 0
        self._text = pieces[0].text
        self._at = at
        self.utf8 = utf8
        self.depth = 0

    # Where it stands

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All of the command that has arrived."""
        return self._pieces

    def extend(self, pieces: tuple[Piece, ...]) -> None:
        """More has arrived: the same pieces, the last of which has its literal now, and others behind it."""
        self._pieces = pieces

    @property
    def at_end(self) -> bool:
        """Nothing is left."""
        return self._at >= len(self._text) and self._number == len(self._pieces) - 1

    @property
    def at_literal(self) -> bool:
        """A literal comes next."""
        return self._at >= len(self._text) and self._pieces[self._number].literal is not None

    @property
    def at_digit(self) -> bool:
        """A digit comes next."""
        return self._text[self._at : self._at + 1].isdigit()

    def end(self) -> None:
        """Nothing may be left."""
        if not self.at_end:
            raise self.expected("the end of the command")

    def expected(self, what: str) -> BadSyntax:
        """To be raised: something else is here."""
        if self.at_literal:
            found = "a literal"
        elif self._at >= len(self._text):
            found = "its end"
        else:
            shown = self._text[self._at : self._at + _SHOWN]
            found = ascii(shown.decode("latin-1"))
        where = f"at octet {self._at + 1}" + (f" behind literal {self._number}" if self._number else "")
        return BadSyntax(f"expected {what} {where} of the command, where there is {found}")

    # Single characters

    def peek(self, text: bytes) -> bool:
        """Whether these octets come next, without case."""
        return self._text[self._at : self._at + len(text)].upper() == text

    def starts(self, octets: bytes) -> bool:
        """Whether one of these octets comes next."""
        return self._text[self._at : self._at + 1] in octets and self._at < len(self._text)

    def skip(self, text: bytes) -> bool:
        """Take them (given in upper case) where they come next, in any case."""
        if self.peek(text):
            self._at += len(text)
            return True
        return False

    def take(self, text: bytes) -> None:
        """They have to come next."""
        if not self.skip(text):
            raise self.expected(text.decode() if text != b" " else "a space")

    def space(self) -> None:
        """SP."""
        self.take(b" ")

    def word(self, text: bytes) -> bool:
        """Take an atom of this name (in upper case), where it and nothing longer comes next."""
        found = _ATOM.match(self._text, self._at)
        if found is None or found[0].upper() != text:
            return False
        self._at = found.end()
        return True

    # Tokens

    def atom(self, what: str = "an atom") -> str:
        """1*ATOM-CHAR, as it was written."""
        return self._match(_ATOM, what).decode()

    def keyword(self, what: str = "a name") -> bytes:
        """An atom in upper case: names of commands, items and options."""
        return self._match(_ATOM, what).upper()

    def number(self, what: str = "a number") -> int:
        """32 bits."""
        return self._number_to(NUMBER_32, what)

    def nz_number(self, what: str = "a number over 0") -> int:
        """32 bits, not 0."""
        number = self._number_to(NUMBER_32, what)
        if not number:
            raise BadSyntax(f"{what} cannot be 0")
        return number

    def number64(self, what: str = "a number") -> int:
        """63 bits: sizes, mod-sequences (RFC 9051 9 number64)."""
        return self._number_to(NUMBER_64, what)

    def astring(self, what: str = "a string") -> bytes:
        """An atom (with `]`), a quoted string or a literal."""
        found = _ASTRING.match(self._text, self._at)
        if found is None:
            return self.string(what)
        self._at = found.end()
        return found[0]

    def rest(self, what: str) -> bytes:
        """All that is left, which has no blank in it."""
        return self._match(_REST, what)

    def string(self, what: str = "a string") -> bytes:
        """Quoted, or a literal."""
        if self.at_literal:
            return self.literal(what)
        quoted = self._match(_QUOTED, what, 1)
        if not self.utf8 and not quoted.isascii():
            raise BadSyntax(f"{what} has octets over 127 in quotes: ENABLE UTF8=ACCEPT first, or send a literal")
        return _ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted

    def nstring(self, what: str = "a string or NIL") -> bytes | None:
        """A string, or NIL."""
        return None if self.word(b"NIL") else self.string(what)

    def literal(self, what: str = "a literal") -> bytes:
        """One that is in memory; of text: without NUL, and no literal8 (RFC 9051 9 string)."""
        literal = self.any_literal(what)
        if literal.binary:
            raise BadSyntax(f"{what} is no literal8")
        if literal.octets is None or b"\0" in literal.octets:
            raise BadSyntax(f"{what} cannot have a NUL in it")
        return literal.octets

    def any_literal(self, what: str = "a literal") -> Literal:
        """Wherever its octets are."""
        literal = self._pieces[self._number].literal
        if self._at < len(self._text) or literal is None:
            raise self.expected(what)
        self._number += 1
        self._text = self._pieces[self._number].text
        self._at = 0
        return literal

    def text(self, what: str = "a string") -> str:
        """An astring in UTF-8."""
        return utf8(self.astring(what), what)

    def list_mailbox(self) -> bytes:
        """A name with `%` and `*` (RFC 9051 9 list-mailbox), undecoded."""
        found = _LIST_MAILBOX.match(self._text, self._at)
        if found is None:
            return self.string("a mailbox name or pattern")
        self._at = found.end()
        return found[0]

    def flag(self) -> str:
        """A system flag or a keyword, as it was written."""
        return self._match(_FLAG, "a flag").decode()

    def sequence_set(self) -> SequenceSet:
        """`1,3:5,7:*`, or `$` (RFC 5182)."""
        text = self._match(_SET, "a set of message numbers")
        try:
            return SAVED if text == b"$" else SequenceSet.parse(text)
        except BadSet as error:
            raise BadSyntax(str(error)) from error

    def listed(self, item: Callable[[], T], *, empty: bool = False) -> tuple[T, ...]:
        """`(` item *(SP item) `)`; `empty`: `()` as well."""
        self.open()
        if empty and self.skip(b")"):
            self.depth -= 1
            return ()
        found = [item()]
        while self.skip(b" "):
            found.append(item())
        self.close()
        return tuple(found)

    def open(self) -> None:
        """`(`, one level deeper."""
        self.take(b"(")
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise BadSyntax(f"no more than {MAX_NESTING} parentheses in each other")

    def close(self) -> None:
        """`)`, one level up."""
        self.take(b")")
        self.depth -= 1

    def _number_to(self, most: int, what: str) -> int:
        number = int(self._match(_NUMBER, what))
        if number > most:
            raise BadSyntax(f"{what} is at most {most}")
        return number

    def _match(self, pattern: "re.Pattern[bytes]", what: str, group: int = 0) -> bytes:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise self.expected(what)
        self._at = found.end()
        return found[group]


def utf8(octets: bytes, what: str = "a string") -> str:
    """As text. Raises BadSyntax."""
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise BadSyntax(f"{what} is no UTF-8 at octet {error.start + 1}") from error
