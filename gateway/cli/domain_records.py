"""The DNS records that a local domain needs, and what of them is published.

MX (RFC 5321 5.1), SPF (RFC 7208), DMARC (RFC 7489), SRV for submission (RFC 6186 3.1, RFC 8314 5.1). A record counts
as published also where it says the same in other words: a backup exchanger beside us, a stricter DMARC policy.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.app.sockets import split
from gateway.listen.config import Listener, ListenerProtocol, ListenerTls
from gateway.mail.domain import Domain
from gateway.net.answers import (
    Addresses,
    ImplicitMx,
    MxList,
    NoSuchDomain,
    NullMx,
    ServiceHosts,
    TemporaryTrouble,
    Texts,
)
from gateway.net.dns import Resolver

MX_PREFERENCE = 10


class State(StrEnum):
    """What the DNS says about a record."""

    OK = "ok"
    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """The DNS gave no answer."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record to publish. All names are A-labels without a final dot."""

    name: str
    type: str
    value: str
    purpose: str

    @property
    def line(self) -> str:
        """As a zone file has it (RFC 1035 5.1)."""
        return f"{self.name}. IN {self.type} {self.value}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A record, and what was found in its place."""

    record: Record
    state: State
    found: tuple[str, ...] = ()


def records(domain: Domain, host: Domain, listeners: Sequence[Listener]) -> list[Record]:
    """What to publish for a domain whose mail this gateway, called `host`, takes and sends."""
    name = domain.ascii
    return [
        Record(name, "MX", f"{MX_PREFERENCE} {host.ascii}.", "mail for the domain comes here"),
        Record(name, "TXT", '"v=spf1 mx -all"', "mail from the domain comes from here alone (SPF)"),
        Record(f"_dmarc.{name}", "TXT", '"v=DMARC1; p=none"', "what others do with mail that fails this (DMARC)"),
        *_submission(name, host, listeners),
    ]


def _submission(name: str, host: Domain, listeners: Sequence[Listener]) -> list[Record]:
    """TLS from the first octet is preferred (RFC 8314 3.3), hence the lower priority (RFC 6186 3.4)."""
    offers = (
        (ListenerTls.IMPLICIT, "_submissions", 0, "programs find where to submit, TLS from the start"),
        (ListenerTls.STARTTLS, "_submission", 10, "programs find where to submit, STARTTLS"),
    )
    ports = {
        each.tls: split(each.bind)[1]
        for each in reversed(listeners)
        if each.protocol is ListenerProtocol.SUBMISSION and not each.proxy_protocol
    }
    return [
        Record(f"{service}._tcp.{name}", "SRV", f"{priority} 1 {ports[tls]} {host.ascii}.", purpose)
        for tls, service, priority, purpose in offers
        if tls in ports
    ]


async def check(wanted: Sequence[Record], host: Domain, resolver: Resolver) -> list[Verdict]:
    """Compare with what is published, all at once: a DNS that does not answer costs its time-out once."""
    return await asyncio.gather(*(_check(record)(record, host, resolver) for record in wanted))


def _check(record: Record) -> Callable[[Record, Domain, Resolver], Coroutine[None, None, Verdict]]:
    match record.type:
        case "MX":
            return _check_mx
        case "SRV":
            return _check_service
        case _:
            return _check_dmarc if record.name.startswith("_dmarc.") else _check_spf


async def _check_mx(record: Record, host: Domain, resolver: Resolver) -> Verdict:
    match await resolver.mx(record.name):
        case MxList(exchangers):
            found = tuple(f"{each.preference} {each.host}." for each in exchangers)
            ours = any(each.host == host.ascii for each in exchangers)
            return Verdict(record, State.OK if ours else State.DIFFERENT, found)
        case NullMx():
            return Verdict(record, State.DIFFERENT, ("0 .",))
        case NoSuchDomain() | ImplicitMx():
            return Verdict(record, State.MISSING)
        case TemporaryTrouble(why):
            return Verdict(record, State.UNKNOWN, (why,))


async def _check_service(record: Record, _host: Domain, resolver: Resolver) -> Verdict:
    match await resolver.services(record.name):
        case ServiceHosts(hosts) if hosts:
            found = tuple(f"{each.priority} {each.weight} {each.port} {each.host}." for each in hosts)
            places = {f"{each.port} {each.host}." for each in hosts}
            ours = record.value.split(" ", 2)[2] in places
            return Verdict(record, State.OK if ours else State.DIFFERENT, found)
        case ServiceHosts() | NoSuchDomain():
            return Verdict(record, State.MISSING)
        case TemporaryTrouble(why):
            return Verdict(record, State.UNKNOWN, (why,))


async def _check_dmarc(record: Record, _host: Domain, resolver: Resolver) -> Verdict:
    return await _check_text(record, resolver, "v=dmarc1", _is_dmarc)


async def _check_spf(record: Record, host: Domain, resolver: Resolver) -> Verdict:
    answer = await resolver.addresses(host.ascii)
    ours = answer.addresses if isinstance(answer, Addresses) else ()
    return await _check_text(record, resolver, "v=spf1", lambda text: permits(text, host, ours))


async def _check_text(record: Record, resolver: Resolver, begin: str, good: Callable[[str], bool]) -> Verdict:
    """More than one of a kind is as good as none (RFC 7208 4.5, RFC 7489 6.6.3)."""
    match await resolver.texts(record.name):
        case Texts(texts):
            found = tuple(text for text in texts if _tag(text) == begin)
            if not found:
                return Verdict(record, State.MISSING)
            state = State.OK if len(found) == 1 and good(found[0]) else State.DIFFERENT
            return Verdict(record, state, tuple(f'"{text}"' for text in found))
        case NoSuchDomain():
            return Verdict(record, State.MISSING)
        case TemporaryTrouble(why):
            return Verdict(record, State.UNKNOWN, (why,))


def _tag(text: str) -> str:
    """`v=spf1` or `v=dmarc1`: what a record says that it is."""
    return text.replace(";", " ").lower().split(maxsplit=1)[0] if text.strip("; ") else ""


def _is_dmarc(text: str) -> bool:
    """RFC 7489 6.3: `p` is required."""
    tags = {name.strip(): value.strip() for name, _, value in (tag.partition("=") for tag in text.lower().split(";"))}
    return tags.get("p") in ("none", "quarantine", "reject")


def permits(spf: str, host: Domain, addresses: Sequence[str]) -> bool:
    """Whether an SPF record itself lets us send: `mx`, `a:HOST`, or networks that have all our addresses.

    What it includes from elsewhere is not followed.
    """
    passes = [term.lower().removeprefix("+") for term in spf.split()[1:]]
    if "mx" in passes or f"a:{host.ascii}" in passes:
        return True
    networks = [network for term in passes if (network := _network(term)) is not None]
    ours = [ipaddress.ip_address(address) for address in addresses]
    return bool(ours) and all(any(address in network for network in networks) for address in ours)


def _network(term: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """`ip4:192.0.2.0/24` (RFC 7208 5.6)."""
    kind, _, network = term.partition(":")
    if kind not in ("ip4", "ip6"):
        return None
    try:
        return ipaddress.ip_network(network, strict=False)
    except ValueError:
        return None
