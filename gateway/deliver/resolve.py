"""The hosts of a next hop, in the order to try them (RFC 5321 5.1, RFC 7505, RFC 2782's weights).

Nothing is tried here; addresses are looked up, so that a host without any drops out.
"""

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, assert_never

from gateway.deliver.config import DeliverConfig, Family
from gateway.deliver.own import OwnIdentity
from gateway.mail.codes import BAD_RECIPIENT_DOMAIN, DNS_TROUBLE, NO_ROUTE, NOT_CAPABLE, NULL_MX, ROUTING_LOOP
from gateway.mail.domain import BadDomain, parse_domain
from gateway.mail.nexthop import Host, LmtpHop, MailboxHop, MxHop, NextHop, RelayHop
from gateway.mail.outcome import Deferred, Failed
from gateway.net.answers import (
    AddressAnswer,
    Addresses,
    ImplicitMx,
    MailExchanger,
    MxAnswer,
    MxList,
    NoSuchDomain,
    NullMx,
    TemporaryTrouble,
)
from gateway.net.dns import Resolver
from gateway.relay.transport import Endpoint

MAX_HOSTS: Final = 50
"""Mail exchangers looked at; a domain with more is somebody's mistake or malice."""


@dataclass(frozen=True, slots=True)
class Found:
    """Hosts that have addresses, in order; the first `best` of them are equally preferred."""

    endpoints: tuple[Endpoint, ...]
    best: int


@dataclass(frozen=True, slots=True)
class _Ranked:
    rank: int
    host: str
    port: int


class HostFinder:
    """Looks hosts up. `chance` shuffles equals."""

    def __init__(self, names: Resolver, config: DeliverConfig, own: OwnIdentity, chance: random.Random) -> None:
        self._names = names
        self._config = config
        self._own = own
        self._chance = chance

    async def find(self, hop: NextHop) -> Found | Deferred | Failed:
        """The hosts of a hop; Failed where none will ever be found, Deferred where asking again may help."""
        match hop:
            case RelayHop():
                return await self._configured(hop.name, hop.hosts)
            case LmtpHop():
                if hop.path is not None:
                    return Found((Endpoint(hop.name, (), 0, hop.path),), 1)
                return await self._configured(hop.name, hop.hosts)
            case MxHop():
                return await self._exchangers(hop)
            case MailboxHop():
                return Failed(NOT_CAPABLE, "mailboxes are on no host")
            case _:
                assert_never(hop)

    async def _configured(self, name: str, hosts: Sequence[Host]) -> Found | Deferred:
        """A relay that cannot be found is the operator's to mend: mail waits."""
        ranked = [_Ranked(host.priority, _a_labels(host.name), host.port) for host in self._weighted(hosts)]
        answers = await self._addresses(ranked)
        found = self._found(ranked, answers)
        if found.endpoints:
            return found
        return Deferred(DNS_TROUBLE, f"relay {name}: {_why_none(ranked, answers)}", name, hop_trouble=True)

    def _weighted(self, hosts: Sequence[Host]) -> list[Host]:
        """By priority; among equals by chance, a greater weight coming first more often (RFC 2782)."""
        if len(hosts) == 1:
            return list(hosts)
        ordered: list[Host] = []
        for _, group in groupby(sorted(hosts, key=lambda host: host.priority), key=lambda host: host.priority):
            left = list(group)
            while left:
                weights = [max(host.weight, 0) + 1e-9 for host in left]
                chosen = self._chance.choices(range(len(left)), weights)[0]
                ordered.append(left.pop(chosen))
        return ordered

    async def _exchangers(self, hop: MxHop) -> Found | Deferred | Failed:
        domain = hop.domain.ascii
        if hop.domain.is_literal:
            address = domain[1:-1].removeprefix("IPv6:")
            return self._listed(domain, [MailExchanger(0, address)], [Addresses((address,))])
        answer = await self._names.mx(domain)
        exchangers = self._usable(domain, answer)
        if not isinstance(exchangers, list):
            return exchangers
        ranked = [_Ranked(each.preference, each.host, self._config.mx_port) for each in exchangers]
        return self._listed(domain, exchangers, await self._addresses(ranked))

    def _usable(self, domain: str, answer: MxAnswer) -> list[MailExchanger] | Deferred | Failed:
        match answer:
            case MxList():
                return self._shuffled(answer.exchangers[:MAX_HOSTS])
            case ImplicitMx():
                return [MailExchanger(0, domain)]
            case NullMx():
                return Failed(NULL_MX, f"{domain} takes no mail (null MX)")
            case NoSuchDomain():
                return Failed(BAD_RECIPIENT_DOMAIN, f"the domain {domain} does not exist")
            case TemporaryTrouble():
                return Deferred(DNS_TROUBLE, answer.why, hop_trouble=True)
            case _:
                assert_never(answer)

    def _shuffled(self, exchangers: Iterable[MailExchanger]) -> list[MailExchanger]:
        keyed = [(each.preference, self._chance.random(), each) for each in exchangers]
        return [each for _, _, each in sorted(keyed, key=lambda item: item[:2])]

    def _listed(
        self, domain: str, exchangers: list[MailExchanger], answers: Sequence[AddressAnswer]
    ) -> Found | Deferred | Failed:
        """Cut at ourselves: what is not preferred to us would come back to us."""
        port = self._config.mx_port
        cut = min(
            (
                each.preference
                for each, answer in zip(exchangers, answers, strict=True)
                if self._own.is_us(each.host, _texts(answer), port)
            ),
            default=None,
        )
        kept = [each for each in exchangers if cut is None or each.preference < cut]
        if not kept:
            return Failed(ROUTING_LOOP, f"mail for {domain} loops back to this server: it is the best mail exchanger")
        ranked = [_Ranked(each.preference, each.host, port) for each in kept]
        found = self._found(ranked, answers[: len(kept)])
        if found.endpoints:
            return found
        why = f"{domain}: {_why_none(ranked, answers)}"
        if any(isinstance(answer, TemporaryTrouble) for answer in answers[: len(kept)]):
            return Deferred(DNS_TROUBLE, why, hop_trouble=True)
        return Failed(NO_ROUTE, why)

    async def _addresses(self, hosts: Sequence[_Ranked]) -> Sequence[AddressAnswer]:
        if len(hosts) == 1:
            return [await self._names.addresses(hosts[0].host)]
        return await asyncio.gather(*(self._names.addresses(each.host) for each in hosts))

    def _found(self, ranked: Sequence[_Ranked], answers: Sequence[AddressAnswer]) -> Found:
        endpoints: list[Endpoint] = []
        ranks: list[int] = []
        for each, answer in zip(ranked, answers, strict=True):
            addresses = self._of_family(_texts(answer))[: self._config.addresses_per_host]
            if addresses:
                endpoints.append(Endpoint(each.host, addresses, each.port))
                ranks.append(each.rank)
        return Found(tuple(endpoints), ranks.count(ranks[0]) if ranks else 0)

    def _of_family(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        match self._config.family:
            case Family.ANY:
                return addresses
            case Family.IPV4:
                return tuple(each for each in addresses if ":" not in each)
            case Family.IPV6:
                return tuple(each for each in addresses if ":" in each)
            case _:
                assert_never(self._config.family)


def _texts(answer: AddressAnswer) -> tuple[str, ...]:
    return answer.addresses if isinstance(answer, Addresses) else ()


def _a_labels(name: str) -> str:
    """A host name as the DNS knows it; what is no domain is left for the look-up to say."""
    try:
        return name if name.isascii() else parse_domain(name).ascii
    except BadDomain:
        return name


def _why_none(hosts: Sequence[_Ranked], answers: Sequence[AddressAnswer]) -> str:
    """The reasons of all hosts in one line."""
    reasons = []
    for host, answer in zip(hosts, answers, strict=False):
        match answer:
            case Addresses():
                reasons.append(f"{host.host} has no address")
            case NoSuchDomain():
                reasons.append(f"{host.host} does not exist")
            case TemporaryTrouble():
                reasons.append(answer.why)
            case _:
                assert_never(answer)
    return "; ".join(reasons) or "no hosts are named"
