"""A mailbox as the RFCs say that it has to look, and what a client believes of it, from what it was told alone."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.support.imap_response import Response

Flagged = frozenset[str]
NO_FLAGS: Flagged = frozenset()
RECENT = "\\Recent"


@dataclass
class Message:
    """In a mailbox."""

    content: bytes
    flags: Flagged
    modseq: int | None = None
    """As some session was told it since its last change."""
    floor: int = 0
    """Its mod-sequence is over this."""


@dataclass
class Mailbox:
    """What is true."""

    name: str
    messages: dict[int, Message] = field(default_factory=dict)
    uidnext: int = 1
    highest: int = 0
    """The highest mod-sequence that anybody was told."""

    @property
    def uids(self) -> list[int]:
        return sorted(self.messages)

    def add(self, content: bytes, flags: Flagged = NO_FLAGS) -> int:
        """Its UID."""
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.messages[uid] = Message(content, flags, floor=self.highest)
        return uid

    def change(self, uid: int, flags: Flagged) -> None:
        """To these."""
        message = self.messages[uid]
        if message.flags != flags:
            message.flags, message.modseq, message.floor = flags, None, self.highest

    def remove(self, uids: Iterable[int]) -> None:
        """Expunged."""
        for uid in uids:
            del self.messages[uid]

    def told_modseq(self, uid: int, modseq: int, *, late: bool) -> None:
        """It never falls, rises with each change, and is the same for all sessions (RFC 7162 3.1). `late`: what is
        heard may be from before the last change."""
        self.highest = max(self.highest, modseq)
        message = self.messages.get(uid)
        if message is None or late:
            return
        assert modseq > message.floor, f"UID {uid}: MODSEQ {modseq} was given away before its last change"
        assert message.modseq in (None, modseq), f"UID {uid}: MODSEQ {modseq}, but {message.modseq} to others"
        message.modseq = modseq


@dataclass
class Row:
    """What a client knows of a message; None: nothing yet."""

    uid: int | None = None
    flags: Flagged | None = None


def uids_of(text: str) -> list[int]:
    """`3,5:7`, in the order in which they are written."""
    found: list[int] = []
    for piece in text.split(","):
        low, _, high = piece.partition(":")
        first, last = int(low), int(high or low)
        found += range(first, last + 1) if first <= last else range(first, last - 1, -1)
    return found


@dataclass
class View:
    """A client's, of the mailbox that it has selected."""

    mailbox: Mailbox
    rev2: bool
    condstore: bool
    qresync: bool
    uidonly: bool
    rows: list[Row] = field(default_factory=list)
    keywords: frozenset[str] = NO_FLAGS
    """Of the last FLAGS."""
    highest: int = 0
    """HIGHESTMODSEQ, as far as it was told."""
    idle: bool = False
    """It hears of changes while others are made."""

    def take(self, response: Response, *, opening: bool = False, numbers_stay: bool = False) -> None:
        """`opening`: during SELECT; `numbers_stay`: during FETCH, STORE or SEARCH."""
        match response.name:
            case "EXISTS":
                self._exists(response.number or 0, opening=opening)
            case "RECENT":
                assert not self.rev2, "RECENT in IMAP4rev2"
            case "FLAGS":
                self.keywords = frozenset(response.rest.decode().strip("()").lower().split())
            case "EXPUNGE":
                assert not numbers_stay, "EXPUNGE during FETCH, STORE or SEARCH (RFC 9051 7.5.1)"
                assert not self.qresync, "EXPUNGE instead of VANISHED (RFC 7162 3.2.10)"
                del self.rows[self._at(response.number or 0)]
            case "VANISHED":
                assert not numbers_stay, "VANISHED during FETCH, STORE or SEARCH"
                self._vanished(response.rest.decode())
            case "FETCH" | "UIDFETCH":
                self._fetched(response)
            case "OK" if response.code.startswith("HIGHESTMODSEQ"):
                self.highest = max(self.highest, int(response.code.split()[1]))
            case _:
                pass

    def _at(self, number: int) -> int:
        assert 1 <= number <= len(self.rows), f"message {number} of {len(self.rows)}"
        assert not self.uidonly, "a message number under UIDONLY (RFC 9586 3)"
        return number - 1

    def _exists(self, number: int, *, opening: bool) -> None:
        assert number >= len(self.rows), f"EXISTS {number} of {len(self.rows)}: only EXPUNGE takes away"
        assert opening or number > len(self.rows), f"EXISTS {number} once more"
        self.rows += [Row() for _ in range(number - len(self.rows))]

    def _vanished(self, text: str) -> None:
        earlier, text = text.startswith("(EARLIER) "), text.removeprefix("(EARLIER) ")
        assert self.qresync, "VANISHED without QRESYNC"
        for uid in uids_of(text):
            at = self._place(uid)
            if at is not None:
                del self.rows[at]
            else:
                assert earlier, f"UID {uid} vanished, which was not there"

    def _place(self, uid: int) -> int | None:
        """Where it is, or may be: UIDs ascend."""
        places = {row.uid: at for at, row in enumerate(self.rows) if row.uid is not None}
        if uid in places:
            return places[uid]
        low = 0 if self.uidonly else max((at + 1 for each, at in places.items() if each < uid), default=0)
        some = [at for at in range(low, len(self.rows)) if self.rows[at].uid is None]
        return next((at for at in some if self.uidonly or self._fits(at, uid)), None)

    def _fits(self, at: int, uid: int) -> bool:
        return all(row.uid is None or row.uid > uid for row in self.rows[at:])

    def _fetched(self, response: Response) -> None:
        items, number = response.items, response.number or 0
        assert (response.name == "UIDFETCH") == self.uidonly
        if self.uidonly:
            row = next((row for row in self.rows if row.uid == number), None)
            row = row or next(row for row in self.rows if row.uid is None)
            row.uid = number
        else:
            row = self.rows[self._at(number)]
        if isinstance(uid := items.get("UID"), int):
            assert row.uid in (None, uid), f"message {number} was UID {row.uid} and is UID {uid}"
            row.uid = uid
        if isinstance(flags := items.get("FLAGS"), list):
            self._flags(row, frozenset(map(str, flags)))
        if isinstance(modseq := items.get("MODSEQ"), int):
            self.highest = max(self.highest, modseq)
            if row.uid is not None:
                self.mailbox.told_modseq(row.uid, modseq, late=self.idle)

    def _flags(self, row: Row, flags: Flagged) -> None:
        assert RECENT not in flags or not self.rev2, "\\Recent in IMAP4rev2"
        for flag in flags - {RECENT}:
            assert flag.lower() in self.keywords, f"{flag} was in no FLAGS response (RFC 9051 7.3.5)"
        row.flags = flags - {RECENT}

    def compare(self, counted: list[int]) -> None:
        """With the truth; `counted`: UIDs of the messages that it has to count, those that it was not told to be gone
        among them."""
        assert len(self.rows) == len(counted), f"{len(self.rows)} messages instead of {len(counted)}: {counted}"
        if self.uidonly:
            assert {row.uid for row in self.rows} - {None} <= set(counted)
        for row, uid in zip(self.rows, counted, strict=True):
            if not self.uidonly:
                assert row.uid in (None, uid), f"UID {row.uid} instead of {uid}"
            message = self.mailbox.messages.get(row.uid if self.uidonly and row.uid is not None else uid)
            if message is not None and row.flags is not None and not (self.uidonly and row.uid is None):
                assert row.flags == message.flags, f"UID {uid}: {set(row.flags)} instead of {set(message.flags)}"
