"""FILTER: conditions that are kept as annotations of the account (RFC 5466 3.1)."""

from collections.abc import Mapping
from typing import Final

from gateway.imap.access import Access
from gateway.imap.wire.completion import Refusal, refused
from gateway.imap.wire.framing import Announced, Framer, Piece, Whole
from gateway.imap.wire.scanner import BadSyntax
from gateway.imap.wire.search import MAX_KEYS, filter_value
from gateway.imap.wire.search_keys import And, Filter, Fuzzy, Key, Not, Or, leaves

MAX_PASSES: Final = 5
"""Filters that name filters. RFC 5466 3.1 wants 3."""
PRIVATE: Final = "/private/filters/values/"
SHARED: Final = "/shared/filters/values/"
_LARGEST: Final = 64 * 1024


def check(values: Mapping[str, bytes | None]) -> None:
    """Of annotations to be set. Raises Refusal: one of them is a filter that is no search (RFC 5466 3.2)."""
    for name, value in values.items():
        if value is not None and name.startswith((PRIVATE, SHARED)):
            try:
                filter_value(_pieces(value))
            except BadSyntax as error:
                raise refused(f"a filter is one search or several: {error}", b"CANNOT") from error


async def without_filters(access: Access, key: Key) -> Key:
    """With what they stand for instead of them. Raises Refusal (NO [UNDEFINED-FILTER]), StoreUnavailable."""
    if not any(isinstance(leaf, Filter) for leaf in leaves(key)):
        return key
    kept = await access.own.annotations.get(None, access.account)
    return _Filters({name.lower(): value for name, value in kept.items()}).replaced(key, ())


class _Filters:
    """Of one search."""

    def __init__(self, kept: Mapping[str, bytes]) -> None:
        self._kept = kept
        self._read: dict[str, Key] = {}
        self._left = MAX_KEYS

    def replaced(self, key: Key, inside: tuple[str, ...]) -> Key:
        """`inside`: names of the filters that this one stands in."""
        match key:
            case Filter(name):
                return self._filter(name, inside)
            case And(keys):
                return And(tuple(self.replaced(each, inside) for each in keys))
            case Or(keys):
                return Or(tuple(self.replaced(each, inside) for each in keys))
            case Not(inner):
                return Not(self.replaced(inner, inside))
            case Fuzzy(inner):
                return Fuzzy(self.replaced(inner, inside))
            case leaf:
                return leaf

    def _filter(self, name: str, inside: tuple[str, ...]) -> Key:
        lower = name.lower()
        if lower in inside or len(inside) == MAX_PASSES:
            raise _undefined(name, "filters that name each other end nowhere")
        if lower not in self._read:
            self._read[lower] = self._parsed(name)
        key = self._read[lower]
        self._left -= len(leaves(key))
        if self._left < 0:
            raise refused(f"a search has at most {MAX_KEYS} keys, with those of its filters", b"LIMIT")
        return self.replaced(key, (*inside, lower))

    def _parsed(self, name: str) -> Key:
        value = self._kept.get(PRIVATE + name.lower(), self._kept.get(SHARED + name.lower()))
        if value is None:
            raise _undefined(name, "there is no such filter: see GETMETADATA")
        try:
            return filter_value(_pieces(value))
        except BadSyntax as error:
            raise _undefined(name, f"this filter is no search: {error}") from error


def _pieces(value: bytes) -> tuple[Piece, ...]:
    """A value as if it were a command, with its literals. Raises BadSyntax."""
    framer = Framer(_LARGEST)
    framer.feed(value + b"\r\n")
    while isinstance(event := framer.next(), Announced):
        framer.keep()
    if not isinstance(event, Whole) or not framer.between_commands:
        raise BadSyntax("it has to be one line, or end with its literals")
    return event.pieces


def _undefined(name: str, why: str) -> Refusal:
    return refused(why, b"UNDEFINED-FILTER " + name.encode())
