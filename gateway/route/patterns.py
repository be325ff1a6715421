"""Texts of the configuration that name addresses, domains and hosts. Each has one form, read by its `parse`.

Mailboxes     = Mailbox / "@" Domain
DomainPattern = [ "*." ] Domain
SenderPattern = Mailbox / "<>"
HostPort      = ( name / "[" IPv6 "]" ) [ ":" port ]
LmtpPlace     = HostPort / "/" path
"""

import ipaddress
from dataclasses import dataclass
from typing import Final, Self

from typing_extensions import override

from gateway.mail.address import NULL_PATH, Address, ReversePath, parse_address
from gateway.mail.domain import Domain, parse_domain
from gateway.mail.nexthop import Host

LMTP_PORT: Final = 24
MAX_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """One address; or, as `@domain`, all addresses of a domain, whose localparts are kept."""

    domain: Domain
    address: Address | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `local@domain` or `@domain`. Raises ValueError."""
        if text.startswith("@"):
            return cls(parse_domain(text[1:]))
        address = parse_address(text)
        return cls(address.domain, address)

    @property
    def key(self) -> str:
        """For look-ups: the address's key, or `@` and the A-label domain."""
        return self.address.key if self.address else f"@{self.domain.ascii}"

    def applied(self, address: Address) -> Address:
        """What this makes of `address`: itself, or the same localpart in this domain."""
        return self.address or Address(address.local, self.domain)

    @override
    def __str__(self) -> str:
        return str(self.address or f"@{self.domain}")


@dataclass(frozen=True, slots=True)
class DomainPattern:
    """A domain, or with `*.` all domains below it (and not itself)."""

    domain: Domain
    below: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `example` or `*.example`. Raises ValueError."""
        below = text.startswith("*.")
        return cls(parse_domain(text[2:] if below else text), below)

    @override
    def __str__(self) -> str:
        return f"*.{self.domain}" if self.below else str(self.domain)


@dataclass(frozen=True, slots=True)
class SenderPattern:
    """An address, or `<>` for the null reverse-path."""

    path: ReversePath

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `local@domain` or `<>`. Raises ValueError."""
        return cls(NULL_PATH if text == "<>" else parse_address(text))

    @property
    def key(self) -> str:
        """For look-ups: the address's key, empty for `<>`."""
        return self.path.key if isinstance(self.path, Address) else ""

    @override
    def __str__(self) -> str:
        return str(self.path) or "<>"


@dataclass(frozen=True, slots=True)
class RelayRef:
    """What a route says about its relay: a name under `relays`, or a `host:port` of its own."""

    text: str
    host: Host | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name, which has no colon, or `host:port`. Raises ValueError."""
        return cls(text, parse_host(text) if ":" in text else None)


@dataclass(frozen=True, slots=True)
class LmtpPlace:
    """Where an LMTP server listens: a host, or the path of a Unix socket."""

    host: Host | None = None
    path: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host:port`, `host` (port 24) or `/path`. Raises ValueError."""
        if text.startswith("/"):
            return cls(path=text)
        return cls(host=parse_host(text, default_port=LMTP_PORT))

    @override
    def __str__(self) -> str:
        return self.path or (host_port(self.host) if self.host else "")


def parse_host(text: str, default_port: int = 25) -> Host:
    """Read `name`, `name:port`, `192.0.2.1:port` or `[2001:db8::1]:port`. Raises ValueError."""
    name, bracket, rest = text[1:].partition("]") if text.startswith("[") else (*_split_port(text),)
    if bracket == "]":
        ipaddress.IPv6Address(name)
    else:
        parse_domain(name)
    if not rest:
        return Host(name, default_port)
    return Host(name, _port(rest.removeprefix(":"), text))


def host_port(host: Host) -> str:
    """`name:port`, IPv6 addresses in brackets."""
    return f"[{host.name}]:{host.port}" if ":" in host.name else f"{host.name}:{host.port}"


def _split_port(text: str) -> tuple[str, str, str]:
    name, colon, port = text.partition(":")
    return name, "", colon + port


def _port(digits: str, text: str) -> int:
    port = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 5 else 0
    if not 0 < port <= MAX_PORT:
        raise ValueError(f"{text!r} has no port between 1 and {MAX_PORT} (IPv6 addresses stand in brackets)")
    return port
