"""Which names LIST shows, against RFC 9051 6.3.9.3 and table 3 of 6.3.9.6 read name by name."""

import re
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gateway.app import clock
from gateway.auth.authenticator import AccountId
from gateway.imap.access import Located
from gateway.imap.listing import Names
from gateway.imap.wire.framing import Piece
from gateway.imap.wire.listing import Listing, list_arguments
from gateway.imap.wire.scanner import Scanner
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import open_store
from gateway.store.model import Mailbox, MailboxId, ModSeq, SpecialUse, Uid, UidValidity
from gateway.store.protocol.sharing import RIGHTS

NAMES = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=3).map("/".join)
PATTERNS = st.lists(
    st.one_of(st.sampled_from(["*", "%", "%/%", "*b", "a*", "a/%", "%b"]), NAMES), min_size=1, max_size=2, unique=True
)
SELECTIONS = [
    "",
    "SUBSCRIBED",
    "SPECIAL-USE",
    "REMOTE",
    "SUBSCRIBED RECURSIVEMATCH",
    "SPECIAL-USE RECURSIVEMATCH",
    "SUBSCRIBED SPECIAL-USE RECURSIVEMATCH",
]


STORE = open_store(Path("nowhere"), MailboxConfig(), clock.now, HostHints(Path("nowhere")))
"""It is never opened: a mailbox's owner is all that is asked for."""
OWN, OTHERS = STORE.mail(AccountId(1)), STORE.mail(AccountId(2))


def located(name: str, use: SpecialUse | None, *, own: bool) -> Located:
    """A mailbox."""
    mailbox = Mailbox(
        MailboxId(1), name, None, UidValidity(1), Uid(1), ModSeq(1), ModSeq(1), ModSeq(1), 0, 0, 0, 0, Uid(1), use
    )
    return Located(OWN if own else OTHERS, mailbox, RIGHTS if own else "lr", name)


def fits(patterns: Sequence[str], name: str) -> bool:
    """Some pattern does."""
    texts = ("".join({"*": ".*", "%": "[^/]*"}.get(each, each) for each in text) for text in patterns)
    return any(re.fullmatch(text, name) for text in texts)


Expected = tuple[str, bool, bool, bool, bool]
"""Name, whether it exists, whether it is selected, whether it has CHILDINFO, whether it has children."""


def expected(
    listing: str, patterns: Sequence[str], known: dict[str, Located], subscribed: Sequence[str]
) -> list[Expected]:
    """One name after the other."""
    every = {*known, *subscribed}
    every |= {"/".join(name.split("/")[:count]) for name in every for count in range(1, 4)}

    def meets(name: str) -> bool:
        there = known.get(name)
        use = there is not None and there.mailbox.special_use is not None and there.mail.account == OWN.account
        return (name in subscribed if "SUBSCRIBED" in listing else there is not None) and (
            "SPECIAL-USE" not in listing or use
        )

    found = []
    for name in every:
        below = [each for each in every if each.startswith(f"{name}/")]
        recursive = "RECURSIVEMATCH" in listing
        child = any(map(meets, below))
        hidden = any(meets(each) and not fits(patterns, each) for each in below)
        parent = hidden and (recursive or (listing in {"", "REMOTE"} and name not in known))
        if fits(patterns, name) and (meets(name) or parent):
            children = any(each in known for each in below)
            found.append((name, name in known, meets(name), recursive and child, children))
    return sorted(found, key=lambda each: each[0].split("/"))


@given(
    st.dictionaries(NAMES, st.tuples(st.sampled_from([None, SpecialUse.SENT]), st.booleans()), max_size=8),
    st.lists(NAMES, max_size=4, unique=True),
    PATTERNS,
    st.sampled_from(SELECTIONS),
)
def test_the_names_that_are_shown(
    mailboxes: dict[str, tuple[SpecialUse | None, bool]], subscribed: list[str], patterns: list[str], selection: str
) -> None:
    known = {name: located(name, use, own=own) for name, (use, own) in mailboxes.items()}
    text = f' ({selection}) "" ({" ".join(patterns)}) RETURN (SUBSCRIBED)'
    listing: Listing = list_arguments(Scanner((Piece(text.encode()),), utf8=False))
    names = Names(known.values(), subscribed, AccountId(1))
    rows: list[Expected] = []
    for shown in names.shown(listing):
        row = names.row(shown, listing, nonexistent=True)
        exists = b"\\NonExistent" not in row.attributes
        assert (b"\\Subscribed" in row.attributes) == (shown.name in subscribed)
        assert (b"\\HasChildren" in row.attributes) != (b"\\HasNoChildren" in row.attributes)
        rows.append((row.name, exists, shown.selected, bool(row.childinfo), b"\\HasChildren" in row.attributes))
    assert rows == expected(selection, patterns, known, subscribed)
