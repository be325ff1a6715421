"""What SORT compares (RFC 5256 3, RFC 5957 3), from the addresses of an envelope and a base subject."""

from gateway.mime.address_list import Group
from gateway.mime.field_text import decoded_text
from gateway.summary.collation import casemap
from gateway.summary.envelope import Correspondents
from gateway.summary.model import SortKeys

LONGEST = 1024
"""Characters of a key."""


def sort_keys(base: str, people: Correspondents) -> SortKeys:
    """The keys of a message."""
    return SortKeys(
        subject=_key(base),
        sender=_key(_first(people.sender.groups)),
        to=_key(_first(people.to.groups)),
        cc=_key(_first(people.cc.groups)),
        display_from=_key(_display(people.sender.groups)),
        display_to=_key(_display(people.to.groups)),
    )


def _key(text: str) -> bytes:
    return casemap(text[:LONGEST]) if text else b""


def _first(groups: tuple[Group, ...]) -> str:
    """addr-mailbox of the first address structure, which may be the beginning of a group."""
    if not groups:
        return ""
    name, mailboxes = groups[0]
    return mailboxes[0].local if name is None else name


def _display(groups: tuple[Group, ...]) -> str:
    if not groups or groups[0].name is not None:
        return _first(groups)
    first = groups[0].mailboxes[0]
    return decoded_text(first.name) or (f"{first.local}@{first.domain}" if first.domain else first.local)
