"""Addresses for people: names decoded, groups kept (RFC 5322 3.4; RFC 8621 4.1.2.3 and 4.1.2.4 have the same form)."""

from typing import NamedTuple

from gateway.mime.address_list import Mailbox, parse_address_list
from gateway.mime.field_text import as_written, decoded_text


class Person(NamedTuple):
    """`name`: empty where there is none. `address`: `local@domain` as written, unquoted; `local` without a domain."""

    name: str
    address: str


class People(NamedTuple):
    """Who stands beside each other. `group` None: in no group."""

    group: str | None
    members: tuple[Person, ...]


def addresses(value: bytes) -> tuple[People, ...]:
    """Those that the value of an address field names, folded or not. Never fails."""
    return tuple(
        People(None if name is None else decoded_text(name), tuple([person(mailbox) for mailbox in mailboxes]))
        for name, mailboxes in parse_address_list(as_written(value))
    )


def person(mailbox: Mailbox) -> Person:
    """One, decoded."""
    name, local, domain, _ = mailbox
    return Person(decoded_text(name), f"{local}@{domain}" if domain else local)
