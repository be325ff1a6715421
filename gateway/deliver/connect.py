"""A session with one host: each of its addresses in turn, and without TLS where that fails and need not be."""

import functools
import ssl

from gateway.deliver.config import DeliverConfig
from gateway.deliver.dial import Unreachable, dial, dial_path
from gateway.deliver.handshake import IMPLICIT_TLS_PORT, TLS_FAILED, Greeted, NoSession, Terms, greet
from gateway.deliver.observer import Trouble
from gateway.mail.codes import NO_ANSWER
from gateway.mail.nexthop import ClientCertificate, LmtpHop, NextHop, TlsPolicy
from gateway.mail.outcome import Deferred
from gateway.net.tls import BadClientCertificate, client_context
from gateway.relay.transport import Endpoint


class Connector:
    """Opens connections as a hop's manner says; `hostname` greets where the manner names nothing else."""

    def __init__(self, config: DeliverConfig, hostname: str) -> None:
        self._config = config
        self._hostname = hostname
        self._context = functools.lru_cache(maxsize=64)(self._make_context)

    def _make_context(
        self, policy: TlsPolicy, certificate: ClientCertificate | None, _: tuple[int, ...]
    ) -> ssl.SSLContext | None:
        return client_context(policy, self._config.ca_file, certificate)

    async def connect(self, hop: NextHop, endpoint: Endpoint) -> Greeted | NoSession:
        """Greeted, or why there is no session; the reasons of all addresses in one."""
        try:
            return await self._connect(hop, endpoint)
        except BadClientCertificate as error:
            outcome = Deferred(
                TLS_FAILED, f"our certificate for {endpoint.name}: {error}", endpoint.name, hop_trouble=True
            )
            return NoSession(Trouble.TLS, outcome)

    async def _connect(self, hop: NextHop, endpoint: Endpoint) -> Greeted | NoSession:
        tls = hop.manner.tls
        result = await self._try_addresses(hop, endpoint, self._terms(hop, endpoint, tls))
        if isinstance(result, NoSession) and result.retry_plainly:
            return await self._try_addresses(hop, endpoint, self._terms(hop, endpoint, TlsPolicy.NONE))
        return result

    def _terms(self, hop: NextHop, endpoint: Endpoint, tls: TlsPolicy) -> Terms:
        certificate = hop.manner.certificate
        context = self._context(tls, certificate, _looks(certificate))
        login = hop.manner.login if tls is hop.manner.tls else None
        return Terms(
            host=endpoint.name,
            helo=hop.manner.helo or self._hostname,
            tls=tls,
            context=context,
            implicit=context is not None and endpoint.port == IMPLICIT_TLS_PORT,
            login=login,
            lmtp=isinstance(hop, LmtpHop),
            timeouts=self._config.timeouts,
        )

    async def _try_addresses(self, hop: NextHop, endpoint: Endpoint, terms: Terms) -> Greeted | NoSession:
        failures: list[NoSession] = []
        for address in endpoint.addresses or ("",):
            result = await self._try(hop, endpoint, terms, address)
            if isinstance(result, Greeted) or not result.elsewhere or result.retry_plainly:
                return result
            failures.append(result)
        return _summary(failures)

    async def _try(self, hop: NextHop, endpoint: Endpoint, terms: Terms, address: str) -> Greeted | NoSession:
        within = self._config.timeouts.connect
        try:
            if endpoint.path is not None:
                sock = await dial_path(endpoint.path, within)
            else:
                sock = await dial(address, endpoint.port, hop.manner.source, within)
        except Unreachable as error:
            outcome = Deferred(NO_ANSWER, _named(endpoint, str(error)), endpoint.name, hop_trouble=True)
            return NoSession(Trouble.CONNECT, outcome, elsewhere=True)
        return await greet(sock, terms)


def _looks(certificate: ClientCertificate | None) -> tuple[int, ...]:
    """Changes when the files do, so that a renewed certificate is shown without a reload."""
    if certificate is None:
        return ()
    try:
        found = [path.stat() for path in (certificate.certificate, certificate.key)]
    except OSError:
        return ()
    return tuple(number for each in found for number in (each.st_mtime_ns, each.st_size))


def _summary(failures: list[NoSession]) -> NoSession:
    """The last failure, its reason completed by those of the other addresses."""
    last = failures[-1]
    if len(failures) == 1:
        return last
    why = "; ".join(failure.outcome.why for failure in failures)
    outcome = Deferred(NO_ANSWER, why, last.outcome.host, last.outcome.reply, hop_trouble=True)
    return NoSession(last.kind, outcome)


def _named(endpoint: Endpoint, why: str) -> str:
    return why if endpoint.name in why else f"{endpoint.name}: {why}"
