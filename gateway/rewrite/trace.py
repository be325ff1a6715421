"""Trace fields (RFC 5321 4.4): where a message came from, how, and when. Always ASCII, whatever the client said.

ABNF, as written here::

    Time-stamp-line = "Received: " [ "from " Domain " (" TCP-info ")" CRLF HTAB ]
                      "by " Domain [ " with " Protocol [ " (" TLS ")" ] ] CRLF HTAB
                      "id " Atom [ FWS "for <" Mailbox ">" ] [ Pri ] ";" CRLF HTAB date-time CRLF
    TCP-info        = [ Domain SP ] address-literal
    Pri             = CRLF HTAB "PRIORITY " priority-value            ; RFC 6710 7

An older field of another host is never touched here.
"""

import functools
import re
from collections.abc import Container
from typing import NamedTuple

from gateway.mail.domain import Domain
from gateway.mail.envelope import Recipient
from gateway.mail.message import QueueId
from gateway.mail.origin import Origin
from gateway.mail.units import Timestamp
from gateway.rewrite.date_time import date_time

_LONGEST_NAME = 255
_LONGEST_PATH = 320
_BESIDE_ID = 50
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[A-Za-z0-9:.]+\]")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:\[\]-]")


class Stamp(NamedTuple):
    """What we know of a message as we take it, beside where it came from."""

    by: Domain
    id: QueueId
    now: Timestamp
    smtputf8: bool = False
    """The client gave SMTPUTF8 with MAIL."""
    recipient: Recipient | None = None
    """The only one; None where there are several, since each would learn of the others (RFC 5321 7.2)."""
    priority: int | None = None
    """What MT-PRIORITY came to; None: the client did not give it."""


def received(origin: Origin, stamp: Stamp) -> bytes:
    """The `Received:` field with its CRLF."""
    path = _for(stamp.recipient) + ("" if stamp.priority is None else f"\r\n\tPRIORITY {stamp.priority}")
    clauses = _session(origin, stamp.by.ascii, "UTF8" if stamp.smtputf8 else "")
    return f"{clauses}\r\n\tid {stamp.id}{path};\r\n\t{date_time(stamp.now)}\r\n".encode("ascii")


def missing_fields(present: Container[str], stamp: Stamp) -> bytes:
    """The fields that a submitted message must have and lacks (RFC 6409 8): `Date` and `Message-ID`.

    `present` has names of fields in lower case.
    """
    lines = ""
    if "date" not in present:
        lines = f"Date: {date_time(stamp.now)}\r\n"
    if "message-id" not in present:
        lines += f"Message-ID: <{stamp.id}@{stamp.by.ascii}>\r\n"
    return lines.encode("ascii")


def protocol(origin: Origin, asked: str = "") -> str:
    """The `with` keyword (RFC 3848, RFC 6531 4.3). `asked` is `UTF8` where the client gave SMTPUTF8, else empty."""
    if not (origin.lmtp or origin.extended):
        return "SMTP"
    base = "LMTP" if origin.lmtp else "SMTP" if asked else "ESMTP"
    return f"{asked}{base}{'S' if origin.tls else ''}{'A' if origin.authenticated else ''}"


@functools.lru_cache(maxsize=1024)
def _session(origin: Origin, by: str, asked: str) -> str:
    if not origin.ip:
        return f"Received: by {by}"
    with_ = f"with {protocol(origin, asked)}"
    if origin.tls:
        with_ += f" ({_safe(origin.tls.version)} {_safe(origin.tls.cipher)})"
    return f"Received: from {_from(origin)}\r\n\tby {by} {with_}"


def _from(origin: Origin) -> str:
    literal = f"[IPv6:{_safe(origin.ip)}]" if ":" in origin.ip else f"[{_safe(origin.ip)}]"
    info = f"{origin.name} {literal}" if _is_name(origin.name) else literal
    if _is_name(origin.helo):
        return f"{origin.helo} ({info})"
    return f"{literal} ({info}) (helo={_safe(origin.helo)})"


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def _safe(text: str) -> str:
    return _UNSAFE.sub("?", text[:_LONGEST_NAME])


def _for(recipient: Recipient | None) -> str:
    if recipient is None or not recipient.address.is_ascii:
        return ""
    path = recipient.address.wire
    if len(path) > _LONGEST_PATH:
        return ""
    return f" for <{path}>" if len(path) < _BESIDE_ID else f"\r\n\tfor <{path}>"
