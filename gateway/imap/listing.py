"""Which names LIST shows, and what it says of them (RFC 9051 6.3.9.3, 6.3.9.6; RFC 5258 4).

A name is shown where it fits a pattern and what is selected by; and where it fits a pattern alone, but something below
it is selected and fits none: with CHILDINFO where RECURSIVEMATCH was asked for, else as `\\NonExistent \\HasChildren`
where it is no mailbox and nothing was selected by.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.imap.access import Located
from gateway.imap.wire.listing import Listing, Row, Select
from gateway.store.names import INBOX, MAX_DEPTH, SEPARATOR

_FEW: Final = 200
"""Names that are looked at on the event loop."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One name. `located` None: no mailbox. `selected`: it is itself what was asked for."""

    name: str
    located: Located | None
    selected: bool
    childinfo: bool


class Names:
    """All that a session can see, as it is now. Ten thousand take 50 ms, which is for a thread: see `found`."""

    def __init__(self, located: Iterable[Located], subscribed: Iterable[str], account: AccountId) -> None:
        self.known: Mapping[str, Located] = {each.name: each for each in located if each.mailbox.selectable}
        self.subscribed: Mapping[str, None] = dict.fromkeys(subscribed)
        self._parents = _above(self.known)
        self._account = account

    def shown(self, listing: Listing) -> Sequence[Shown]:
        """In order: INBOX, then by levels."""
        selected = self._selected(listing.criteria)
        names: list[str] = []
        hidden: list[str] = []
        for name in selected:
            (names if _fits(listing, name) else hidden).append(name)
        above = _above(selected) if listing.recursive else frozenset[str]()
        found = [Shown(name, self.known.get(name), selected=True, childinfo=name in above) for name in names]
        found += self._levels(listing, _above(hidden) - selected.keys())
        return sorted(found, key=lambda each: in_order(each.name))

    def _levels(self, listing: Listing, names: Iterable[str]) -> Iterator[Shown]:
        """Of those above what is selected and not shown."""
        for name in names if listing.levels else ():
            located = self.known.get(name)
            if (listing.recursive or located is None) and _fits(listing, name):
                yield Shown(name, located, selected=False, childinfo=listing.recursive)

    def row(self, shown: Shown, listing: Listing, *, nonexistent: bool) -> Row:
        """`nonexistent`: the client knows that attribute."""
        return Row(
            shown.name,
            tuple(self._attributes(shown, listing, nonexistent=nonexistent)),
            sorted(listing.criteria) if shown.childinfo else (),
        )

    def _selected(self, criteria: frozenset[Select]) -> Mapping[str, object]:
        names: Mapping[str, object] = self.subscribed if Select.SUBSCRIBED in criteria else self.known
        if Select.SPECIAL_USE in criteria:
            return {name: None for name in names if special_use(self.known.get(name), self._account)}
        return names

    def _attributes(self, shown: Shown, listing: Listing, *, nonexistent: bool) -> Iterator[bytes]:
        located = shown.located
        if located is None:
            yield b"\\NonExistent" if nonexistent else b"\\NoSelect"
        elif "r" not in located.rights:
            yield b"\\NoSelect"
        if shown.name in self._parents:
            yield b"\\HasChildren"
        elif located is not None and located.mailbox.name.count(SEPARATOR) == MAX_DEPTH - 1:
            yield b"\\NoInferiors"
        else:
            yield b"\\HasNoChildren"
        asked = listing.wanted.subscribed or Select.SUBSCRIBED in listing.select
        if asked and shown.name in self.subscribed:
            yield b"\\Subscribed"
        if use := special_use(located, self._account):
            yield use


async def found(
    located: Collection[Located], subscribed: Collection[str], account: AccountId, listing: Listing
) -> tuple[Names, Sequence[Shown]]:
    """What there is, and what of it is shown."""

    def work() -> tuple[Names, Sequence[Shown]]:
        names = Names(located, subscribed, account)
        return names, names.shown(listing)

    return work() if len(located) + len(subscribed) <= _FEW else await asyncio.to_thread(work)


def special_use(located: Located | None, account: AccountId) -> bytes:
    """As an attribute, of the mailbox's owner alone (RFC 6154 2); empty: none."""
    if located is None or located.mail.account != account or located.mailbox.special_use is None:
        return b""
    return located.mailbox.special_use.encode()


def in_order(name: str) -> tuple[bool, list[str]]:
    """What names are sorted by."""
    levels = name.split(SEPARATOR)
    return levels[0] != INBOX, levels


def _fits(listing: Listing, name: str) -> bool:
    return any(each.matches(name) for each in listing.patterns)


def _above(names: Iterable[str]) -> frozenset[str]:
    """All levels above names."""
    found: set[str] = set()
    for name in names:
        above = name.rpartition(SEPARATOR)[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition(SEPARATOR)[0]
    return frozenset(found)
