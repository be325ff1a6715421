"""Domains: a U-label and its A-label are the same domain (RFC 5890 2.3.2.1), and so are upper and lower case.

A U-label is mapped with UTS 46, non-transitional, then checked against IDNA 2008 (RFC 5891).
"""

import functools
import ipaddress
import re
from dataclasses import dataclass, field

import idna
from typing_extensions import override

MAX_LENGTH = 255
MAX_LABEL = 63
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")


class BadDomain(ValueError):
    """The text is no domain; its message says why, for people."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain name or an address literal (RFC 5321 4.1.3). Equal where the A-label forms are equal.

    `ascii` is the A-label form in lower case (`xn--bcher-kva.example`, `[192.0.2.1]`), `given` what was written.
    """

    ascii: str
    given: str = field(compare=False)

    @property
    def unicode(self) -> str:
        """The U-label form, for people and for hops that take UTF-8; the A-label where it does not decode."""
        return _unicode(self.ascii)

    @property
    def is_literal(self) -> bool:
        """Whether this is an address literal such as `[192.0.2.1]`."""
        return self.ascii.startswith("[")

    @override
    def __str__(self) -> str:
        return self.unicode


@functools.lru_cache(maxsize=4096)
def parse_domain(text: str) -> Domain:
    """Read a domain or an address literal.

    Raises BadDomain for anything else: empty or over-long labels, characters that IDNA 2008 forbids, no A-label.
    """
    if text.startswith("["):
        return Domain(_literal(text), text)
    if not text:
        raise BadDomain("a domain is missing")
    lowered = text.lower() if text.isascii() else _a_labels(text)
    if len(lowered) > MAX_LENGTH:
        raise BadDomain(f"a domain may have {MAX_LENGTH} octets, this one has {len(lowered)}")
    for label in lowered.split("."):
        _check_label(label)
    return Domain(lowered, text)


def _check_label(label: str) -> None:
    if not label:
        raise BadDomain("a domain has no empty labels: look for a dot too many")
    if len(label) > MAX_LABEL:
        raise BadDomain(f"a label may have {MAX_LABEL} octets, this one has {len(label)}")
    if not _LABEL.fullmatch(label):
        raise BadDomain(f"{label!r} is no label: letters, digits and inner hyphens only")


def _a_labels(text: str) -> str:
    try:
        return idna.encode(text, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise BadDomain(f"{text!r} has no A-label form: {error}") from error


@functools.lru_cache(maxsize=4096)
def _unicode(text: str) -> str:
    if "xn--" not in text:
        return text
    try:
        return idna.decode(text)
    except (idna.IDNAError, UnicodeError):
        return text


def _literal(text: str) -> str:
    if not text.endswith("]"):
        raise BadDomain("an address literal ends with ]")
    inner = text[1:-1]
    try:
        if inner.lower().startswith("ipv6:"):
            return f"[IPv6:{ipaddress.IPv6Address(inner[5:])}]"
        return f"[{ipaddress.IPv4Address(inner)}]"
    except ValueError as error:
        raise BadDomain(f"{text!r} is no address literal: {error}") from error
