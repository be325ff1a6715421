"""An asynchronous resolver with a cache: MX, A, AAAA, TXT and SRV (RFC 1035, RFC 2308, RFC 2782, RFC 3596).

Only absolute names are asked for (RFC 5321 5.1 forbids search lists). Nothing here raises for what a server does.
"""

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Final, TypeVar

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.rdtypes.ANY.MX
import dns.rdtypes.ANY.TXT
import dns.rdtypes.IN.A
import dns.rdtypes.IN.AAAA
import dns.rdtypes.IN.SRV
import dns.resolver

from gateway.net.answers import (
    AddressAnswer,
    Addresses,
    ImplicitMx,
    MailExchanger,
    MxAnswer,
    MxList,
    NoSuchDomain,
    NullMx,
    ServiceAnswer,
    ServiceHost,
    ServiceHosts,
    TemporaryTrouble,
    TextAnswer,
    Texts,
)
from gateway.net.cache import TtlCache
from gateway.net.config import DnsConfig
from gateway.net.hosts_file import read_hosts
from gateway.net.name_server import parse_server

MIN_TTL: Final = 5
"""Seconds that an answer is kept at least, so that a record with TTL 0 is not asked for with every message."""

MAX_TTL: Final = 86_400
"""Seconds that an answer is kept at most."""

TROUBLE_TTL: Final = 5
"""Seconds before a server that gave no answer is asked the same again."""

_PAYLOAD = 1232

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Records:
    """An answer section; empty: the name exists without records of that type."""

    items: tuple[object, ...]
    authentic: bool


_Answer = _Records | NoSuchDomain | TemporaryTrouble


class Resolver:
    """Asks the configured servers, or the system's. Used by one event loop."""

    def __init__(self, config: DnsConfig, hosts: dict[str, tuple[str, ...]] | None = None) -> None:
        """`hosts`: names answered without the DNS; None: those of /etc/hosts."""
        self._config = config
        self._hosts = read_hosts() if hosts is None else hosts
        self._cache: TtlCache[_Answer] = TtlCache(config.cache_entries)
        self._asking: dict[str, asyncio.Future[_Answer]] = {}
        self._resolver = _stub(config)

    async def mx(self, domain: str) -> MxAnswer:
        """The mail exchangers of a domain in A-labels."""
        answer = await self._ask(domain, dns.rdatatype.MX)
        if not isinstance(answer, _Records):
            return answer
        records = [record for record in answer.items if isinstance(record, dns.rdtypes.ANY.MX.MX)]
        if not records:
            return ImplicitMx(answer.authentic)
        found = [MailExchanger(each.preference, _host(each.exchange)) for each in records]
        useful = [each for each in found if each.host]
        if not useful:
            return NullMx()
        return MxList(tuple(sorted(useful, key=lambda each: each.preference)), answer.authentic)

    async def addresses(self, host: str) -> AddressAnswer:
        """The addresses of a host: IP addresses as they are, names of the hosts file, A and AAAA records."""
        literal = ip_address(host)
        if literal is not None:
            return Addresses((literal,))
        if host.lower() in self._hosts:
            return Addresses(self._hosts[host.lower()])
        v6, v4 = await asyncio.gather(self._ask(host, dns.rdatatype.AAAA), self._ask(host, dns.rdatatype.A))
        if isinstance(v4, NoSuchDomain) or isinstance(v6, NoSuchDomain):
            return NoSuchDomain()
        return _combined(v6, v4)

    async def texts(self, name: str) -> TextAnswer:
        """The TXT records of a name; octets that are not UTF-8 are replaced."""
        answer = await self._ask(name, dns.rdatatype.TXT)
        if not isinstance(answer, _Records):
            return answer
        records = [record for record in answer.items if isinstance(record, dns.rdtypes.ANY.TXT.TXT)]
        return Texts(tuple(b"".join(each.strings).decode("utf-8", "replace") for each in records), answer.authentic)

    async def services(self, name: str) -> ServiceAnswer:
        """The SRV records of a name such as `_submission._tcp.home.example`."""
        answer = await self._ask(name, dns.rdatatype.SRV)
        if not isinstance(answer, _Records):
            return answer
        records = [record for record in answer.items if isinstance(record, dns.rdtypes.IN.SRV.SRV)]
        found = [ServiceHost(each.priority, each.weight, each.port, _host(each.target)) for each in records]
        return ServiceHosts(tuple(sorted(found, key=lambda each: each.priority)), answer.authentic)

    async def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> _Answer:
        """From the cache; else from the servers, once for all who ask at the same time."""
        key = f"{name.lower()} {kind}"
        cached = self._cache.get(key, asyncio.get_running_loop().time())
        if cached is not None:
            return cached
        asking = self._asking.get(key)
        if asking is None:
            asking = asyncio.ensure_future(self._query(key, name, kind))
            self._asking[key] = asking
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(asking)

    async def _query(self, key: str, name: str, kind: dns.rdatatype.RdataType) -> _Answer:
        answer, ttl = await self._question(name, kind)
        self._cache.put(key, answer, asyncio.get_running_loop().time() + ttl)
        return answer

    async def _question(self, name: str, kind: dns.rdatatype.RdataType) -> tuple[_Answer, int]:
        if self._resolver is None:
            return TemporaryTrouble("no DNS server is configured, and /etc/resolv.conf names none"), TROUBLE_TTL
        try:
            absolute = dns.name.from_text(name)
            found = await self._resolver.resolve(absolute, kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN as error:
            return NoSuchDomain(), _ttl(_responses(error))
        except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
            return NoSuchDomain(), MAX_TTL
        except (dns.exception.DNSException, OSError) as error:
            return TemporaryTrouble(f"DNS: {name}: {_brief(error)}"), TROUBLE_TTL
        authentic = self._config.validating and bool(found.response.flags & dns.flags.AD)
        return _Records(tuple(found.rrset or ()), authentic), _ttl([found.response])


def ip_address(text: str) -> str | None:
    """The canonical text of an IP address, with or without brackets; None for a name."""
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        return None


def _host(name: dns.name.Name) -> str:
    """Empty for the root."""
    text = name.to_text(omit_final_dot=True).lower()
    return "" if text in (".", "@") else text


def _stub(config: DnsConfig) -> dns.asyncresolver.Resolver | None:
    try:
        resolver = dns.asyncresolver.Resolver(configure=not config.servers)
    except dns.exception.DNSException:
        return None
    if config.servers:
        resolver.nameservers = [dns.nameserver.Do53Nameserver(*parse_server(text)) for text in config.servers]
    resolver.timeout = config.timeout
    resolver.lifetime = config.lifetime
    resolver.use_edns(0, dns.flags.DO if config.validating else 0, _PAYLOAD)
    resolver.set_flags(dns.flags.RD | dns.flags.AD)
    return resolver


def _responses(error: dns.resolver.NXDOMAIN) -> list[dns.message.QueryMessage]:
    found: dict[object, object] = error.kwargs.get("responses", {})
    return [each for each in found.values() if isinstance(each, dns.message.QueryMessage)]


def _ttl(responses: Sequence[dns.message.QueryMessage]) -> int:
    """RFC 2308 5 for negative answers: the SOA's minimum bounds them; dnspython follows aliases for both."""
    try:
        found = min(response.resolve_chaining().minimum_ttl for response in responses)
    except (dns.exception.DNSException, ValueError):
        return MIN_TTL
    return max(MIN_TTL, min(found, MAX_TTL))


def _combined(v6: _Answer, v4: _Answer) -> AddressAnswer:
    """IPv6 and IPv4 in turn (RFC 8305 4). One family's trouble does not hide the other's addresses."""
    pairs = zip_longest(_texts(v6), _texts(v4))
    found = tuple(address for address in chain.from_iterable(pairs) if address is not None)
    if not found:
        for answer in (v4, v6):
            if isinstance(answer, TemporaryTrouble):
                return answer
    return Addresses(found, all(isinstance(answer, _Records) and answer.authentic for answer in (v6, v4)))


def _texts(answer: _Answer) -> list[str]:
    records = answer.items if isinstance(answer, _Records) else ()
    return [record.address for record in records if isinstance(record, dns.rdtypes.IN.A.A | dns.rdtypes.IN.AAAA.AAAA)]


def _brief(error: Exception) -> str:
    """The first line of what went wrong: dnspython's messages can be long."""
    return (str(error) or type(error).__name__).splitlines()[0][:300]
