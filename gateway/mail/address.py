r"""Mail addresses, and the one parser for them (RFC 5321 4.1.2, RFC 6531 3.3).

ABNF, as read here::

    Mailbox       = Local-part "@" ( Domain / address-literal )
    Local-part    = Dot-string / Quoted-string
    Dot-string    = Atom *( "." Atom )
    Atom          = 1*( atext / UTF8-non-ascii )
    Quoted-string = DQUOTE *( qtextSMTP / quoted-pairSMTP ) DQUOTE
    qtextSMTP     = %d32-33 / %d35-91 / %d93-126 / UTF8-non-ascii
    quoted-pair   = "\" %d32-126

A localpart is never normalised, folded or punycoded: it belongs to the server that hosts it.
"""

import functools
import re
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from gateway.mail.domain import BadDomain, Domain, parse_domain

MAX_PATH = 1024
"""Octets read of one address; RFC 5321 4.5.3.1.3 has 256, and longer ones live in the wild."""

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff"
_DOT_STRING = re.compile(rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*")
_QUOTED = re.compile(r'"(?:[\x20-\x21\x23-\x5b\x5d-\x7e\u0080-\U0010ffff]|\\[\x20-\x7e])*"')
_PAIR = re.compile(r"\\(.)")
_CONTROL = re.compile("[\x80-\x9f\ud800-\udfff]")


class BadAddress(ValueError):
    """The text is no address; its message says why, for people. `in_domain`: the fault is right of the `@`."""

    def __init__(self, why: str, *, in_domain: bool = False) -> None:
        super().__init__(why)
        self.in_domain = in_domain


@dataclass(frozen=True, slots=True)
class LocalPart:
    """What stands left of the `@`: `text` as written on the wire, quotes included."""

    text: str

    @property
    def value(self) -> str:
        """Without quotes and quoted pairs: two spellings of one localpart have the same value."""
        return _PAIR.sub(r"\1", self.text[1:-1]) if self.text.startswith('"') else self.text

    @property
    def is_ascii(self) -> bool:
        """Whether a server without SMTPUTF8 can be told it."""
        return self.text.isascii()


@dataclass(frozen=True, slots=True)
class Address:
    """`local@domain` (RFC 5321 Mailbox)."""

    local: LocalPart
    domain: Domain

    @override
    def __str__(self) -> str:
        """For people, and where UTF-8 may be said: U-labels."""
        return f"{self.local.text}@{self.domain.unicode}"

    @property
    def is_ascii(self) -> bool:
        """Whether the address has an ASCII form: its localpart is ASCII, its domain always has A-labels."""
        return self.local.is_ascii

    @property
    def wire(self) -> str:
        """As told to a hop: A-labels where the localpart is ASCII (then no SMTPUTF8 is needed), else as given."""
        return f"{self.local.text}@{self.domain.ascii if self.local.is_ascii else self.domain.given}"

    @property
    def key(self) -> str:
        """For look-ups: value of the localpart in lower case (the hosts of this world fold it), A-label domain."""
        return f"{self.local.value.lower()}@{self.domain.ascii}"


class NullPath:
    """The reverse-path `<>` (RFC 5321 4.5.5): of reports about mail, which must never cause another report."""

    __slots__ = ()

    @override
    def __str__(self) -> str:
        return ""


NULL_PATH: Final = NullPath()

ReversePath = Address | NullPath


@functools.lru_cache(maxsize=8192)
def parse_address(text: str) -> Address:
    """Read `local@domain`.

    Raises BadAddress, which says what is wrong and on which side of the `@`.
    """
    if len(text) > MAX_PATH:
        raise BadAddress(f"an address of {len(text)} characters is too long (at most {MAX_PATH})")
    local, at, domain = text.rpartition("@")
    if not at:
        raise BadAddress("an address has the form local@domain")
    try:
        return Address(parse_local_part(local), parse_domain(domain))
    except BadDomain as error:
        raise BadAddress(str(error), in_domain=True) from error


def parse_local_part(text: str) -> LocalPart:
    """Read a Dot-string or a Quoted-string. Raises BadAddress."""
    if not text:
        raise BadAddress("the localpart is missing")
    if not (_DOT_STRING.fullmatch(text) or _QUOTED.fullmatch(text)) or _CONTROL.search(text):
        raise BadAddress(f"{text!r} is no localpart: quote it, or look for a stray dot, blank or control character")
    return LocalPart(text)
