"""What clients may say that a mailbox is for (RFC 6154): one thing, and no view of other mailboxes."""

from collections.abc import Sequence
from typing import Final

from gateway.imap.wire.completion import refused
from gateway.store.model import SpecialUse

VIRTUAL: Final = frozenset({SpecialUse.ALL, SpecialUse.FLAGGED})
"""They would show messages of other mailboxes, which ours do not."""
_BY_NAME: Final = {use.lower(): use for use in SpecialUse}


def use_of(attributes: Sequence[str]) -> SpecialUse | None:
    """The one use that is meant; in any case of letters. Raises Refusal (NO [USEATTR])."""
    uses = {_BY_NAME.get(each.lower()) for each in attributes}
    if None in uses or uses & VIRTUAL:
        possible = " ".join(use for use in SpecialUse if use not in VIRTUAL)
        raise refused(f"a mailbox can be for one of {possible}", b"USEATTR")
    if len(uses) > 1:
        raise refused("a mailbox is for one thing: make one for each", b"USEATTR")
    return uses.pop() if uses else None
