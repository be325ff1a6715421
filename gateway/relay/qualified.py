"""Domains of submitted mail are fully qualified (RFC 6409 4.2): a name of one label means something in one place only.

Our own domains and those that we relay for may be such names: the operator says what they mean.
"""

from collections.abc import Iterator
from typing import Final

from gateway.mail import codes
from gateway.mail.address import Address, ReversePath
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import Domain
from gateway.mail.origin import Origin
from gateway.mail.reply import Reply, reply
from gateway.mime.header import field_at, lines
from gateway.relay.setup import Setup
from gateway.rewrite.mailboxes import Ambiguous, mailboxes

_RECIPIENTS: Final = frozenset({"to", "cc", "bcc", "reply-to", "resent-to", "resent-cc", "resent-bcc"})


def is_submission(setup: Setup, origin: Origin) -> bool:
    """Whether mail from there is submitted by our own people, not relayed by another server."""
    return origin.account is not None or (origin.trusted and origin.listener in setup.submission)


def refusal_of_address(setup: Setup, origin: Origin, address: ReversePath, status: EnhancedCode) -> Reply | None:
    """Why MAIL or RCPT may not name this address; None: it may."""
    if not isinstance(address, Address) or not is_submission(setup, origin) or _is_qualified(setup, address.domain):
        return None
    return _partial(address.domain, status)


def refusal_of_recipients(setup: Setup, header: bytes) -> Reply | None:
    """Why a submitted message may not have this header. Who writes it is judged elsewhere; what cannot be read is left
    as it is: nothing hangs on it."""
    for address in _named(header):
        if not _is_qualified(setup, address.domain):
            return _partial(address.domain, codes.BAD_CONTENT)
    return None


def _named(header: bytes) -> Iterator[Address]:
    for start, stop in lines(header):
        field = field_at(header, start, stop, 0)
        if field is not None and field.name.lower() in _RECIPIENTS:
            try:
                yield from mailboxes(header[field.value.start : field.value.stop])
            except Ambiguous:
                continue


def _is_qualified(setup: Setup, domain: Domain) -> bool:
    whole = "." in domain.ascii or domain.is_literal
    return whole or setup.router.routes.is_local(domain) or setup.relay_domains.entry(domain) is not None


def _partial(domain: Domain, status: EnhancedCode) -> Reply:
    return reply(554, status, f"{domain.ascii} is no full domain name: write all of it, as in {domain.ascii}.example")
