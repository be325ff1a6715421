"""ENVELOPE (RFC 9051 7.5.2, RFC 3501 7.4.2) as IMAP writes it, and the addresses in it.

Text stands as in the message: unfolded, encoded-words and all; raw UTF-8 as UTF-8, octets that are not as what they
most likely are. A name is without its quotes; of an address without a name, a comment is the name. What has no
domain has an empty one, since NIL there would begin a group.
"""

from dataclasses import dataclass

from gateway.mime.address_list import Group, Mailbox, parse_address_list
from gateway.summary.header import Header
from gateway.summary.imap_form import NIL, nstring, string

_END_OF_GROUP = b"(NIL NIL NIL NIL)"


@dataclass(frozen=True, slots=True)
class Correspondents:
    """The address lists of a header that more than the envelope is made of."""

    sender: tuple[Group, ...]
    to: tuple[Group, ...]
    cc: tuple[Group, ...]


def correspondents(header: Header) -> Correspondents:
    """From, To and Cc."""
    return Correspondents(_list(header, "from"), _list(header, "to"), _list(header, "cc"))


def envelope(header: Header, people: Correspondents) -> bytes:
    """In parentheses."""
    sender = _addresses(people.sender)
    fields = (
        nstring(header.text("date")),
        nstring(header.text("subject")),
        sender,
        _else(_addresses(_list(header, "sender")), sender),
        _else(_addresses(_list(header, "reply-to")), sender),
        _addresses(people.to),
        _addresses(people.cc),
        _addresses(_list(header, "bcc")),
        nstring(header.text("in-reply-to")),
        nstring(header.text("message-id")),
    )
    return b"(%s)" % b" ".join(fields)


def _list(header: Header, name: str) -> tuple[Group, ...]:
    text = header.joined(name)
    return parse_address_list(text) if text else ()


def _else(found: bytes, default: bytes) -> bytes:
    return default if found == NIL else found


def _addresses(groups: tuple[Group, ...]) -> bytes:
    if not groups:
        return NIL
    found: list[bytes] = []
    for group in groups:
        if group.name is None:
            found += [_address(mailbox) for mailbox in group.mailboxes]
            continue
        found.append(b"(NIL NIL %s NIL)" % string(group.name))
        found += [_address(mailbox) for mailbox in group.mailboxes]
        found.append(_END_OF_GROUP)
    return b"(%s)" % b"".join(found) if found else NIL


def _address(mailbox: Mailbox) -> bytes:
    name, local, domain, route = mailbox
    return b"(%s %s %s %s)" % (
        string(name) if name else NIL,
        string(route) if route else NIL,
        string(local),
        string(domain),
    )
