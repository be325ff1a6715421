"""Which names LIST shows, and what it says of them (RFC 9051 6.3.9.3, 6.3.9.6; RFC 5258 4).

A name is shown where it fits a pattern and what is selected by; and where it fits a pattern alone, but something below
it is selected and fits none: with CHILDINFO where RECURSIVEMATCH was asked for, else as `\\NonExistent \\HasChildren`
where it is no mailbox and nothing was selected by.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.imap.access import Located
from gateway.imap.wire.listing import Listing, Row, Select
from gateway.store.names import INBOX, MAX_DEPTH, SEPARATOR

_A_TURN: Final = 200
"""Names that are looked at before others have a chance."""
Breathe = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One name. `located` None: no mailbox. `selected`: it is itself what was asked for."""

    name: str
    located: Located | None
    selected: bool
    childinfo: bool


class Names:
    """All that a session can see, as it is now."""

    def __init__(self, located: Iterable[Located], subscribed: Iterable[str], account: AccountId) -> None:
        self.known: Mapping[str, Located] = {each.name: each for each in located if each.mailbox.selectable}
        self.subscribed: Mapping[str, None] = dict.fromkeys(subscribed)
        self._parents = _above(self.known)
        self._account = account

    async def shown(self, listing: Listing, breathe: Breathe) -> Sequence[Shown]:
        """In order: INBOX, then by levels."""
        selected = self._selected(listing.criteria)
        names: list[str] = []
        hidden: list[str] = []
        for number, name in enumerate(selected):
            (names if _fits(listing, name) else hidden).append(name)
            if number % _A_TURN == 0:
                await breathe()
        above = _above(selected) if listing.recursive else frozenset[str]()
        found = [Shown(name, self.known.get(name), selected=True, childinfo=name in above) for name in names]
        found += await self._levels(listing, _above(hidden) - selected.keys(), breathe)
        return sorted(found, key=lambda each: in_order(each.name))

    async def _levels(self, listing: Listing, names: Iterable[str], breathe: Breathe) -> Sequence[Shown]:
        """Of those above what is selected and not shown."""
        found: list[Shown] = []
        for number, name in enumerate(names if listing.levels else ()):
            located = self.known.get(name)
            if (listing.recursive or located is None) and _fits(listing, name):
                found.append(Shown(name, located, selected=False, childinfo=listing.recursive))
            if number % _A_TURN == 0:
                await breathe()
        return found

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
