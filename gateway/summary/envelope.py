"""ENVELOPE (RFC 9051 7.5.2, RFC 3501 7.4.2) as IMAP writes it, and the addresses in it.

Text stands as in the message: unfolded, encoded-words and all; raw UTF-8 as UTF-8, octets that are not as what they
most likely are. A name is without its quotes; of an address without a name, a comment is the name. What has no
domain has an empty one, since NIL there would begin a group.
"""

import functools
from typing import Final, NamedTuple

from gateway.mime.address_list import Group, Mailbox, parse_address_list
from gateway.mime.field_text import as_written
from gateway.summary.header import Header
from gateway.summary.imap_form import NIL, nstring, string

_END_OF_GROUP: Final = b"(NIL NIL NIL NIL)"
_USUAL: Final = 192
"""Octets of an address field up to which it is remembered: the same people write again and again."""


class Addressees(NamedTuple):
    """An address list, and how it stands in an envelope."""

    groups: tuple[Group, ...]
    written: bytes


class Correspondents(NamedTuple):
    """The address lists of a header that more than the envelope is made of."""

    sender: Addressees
    to: Addressees
    cc: Addressees


_NOBODY: Final = Addressees((), NIL)


def correspondents(header: Header) -> Correspondents:
    """From, To and Cc."""
    return Correspondents(_list(header, "from"), _list(header, "to"), _list(header, "cc"))


def envelope(header: Header, people: Correspondents) -> bytes:
    """In parentheses."""
    sender = people.sender.written
    fields = (
        nstring(header.text("date")),
        nstring(header.text("subject")),
        sender,
        _else(_list(header, "sender").written, sender),
        _else(_list(header, "reply-to").written, sender),
        people.to.written,
        people.cc.written,
        _list(header, "bcc").written,
        nstring(header.text("in-reply-to")),
        nstring(header.text("message-id")),
    )
    return b"(%s)" % b" ".join(fields)


def _list(header: Header, name: str) -> Addressees:
    """All fields of a name as one list (RFC 5322 4.5.3)."""
    values = header.all(name)
    if not values:
        return _NOBODY
    if len(values) == 1:
        return _known(values[0]) if len(values[0]) <= _USUAL else _read(as_written(values[0]))
    return _read(", ".join(map(as_written, values)))


@functools.lru_cache(maxsize=2048)
def _known(value: bytes) -> Addressees:
    return _read(as_written(value))


def _read(text: str) -> Addressees:
    groups = parse_address_list(text) if text else ()
    return Addressees(groups, _addresses(groups))


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
