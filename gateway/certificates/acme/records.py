"""Records for dns-01 challenges (RFC 8555 8.4): made and taken back by updates or by a command, and waited for."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final, Protocol

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.tsig
import dns.tsigkeyring
import dns.update
from typing_extensions import override

from gateway.certificates.acme.job import Job, Update
from gateway.net.name_server import parse_server

TTL: Final = 60
_TIMEOUT: Final = 10.0
_COMMAND_TIMEOUT: Final = 300.0
_PAUSE: Final = 2.0


class RecordTrouble(Exception):
    """A record could not be made, or is not answered; the message says what to look at."""


class Zone(Protocol):
    """Where TXT records are made."""

    def present(self, name: str, value: str) -> None:
        """Add a record. Raises RecordTrouble."""
        ...

    def cleanup(self, name: str, value: str) -> None:
        """Take it back. Raises RecordTrouble."""
        ...


class UpdatedZone(Zone):
    """By RFC 2136, signed (RFC 8945)."""

    def __init__(self, update: Update) -> None:
        self._update = update
        self._zone = dns.name.from_text(update.zone)
        self._address, self._port = parse_server(update.server)

    @override
    def present(self, name: str, value: str) -> None:
        message = self._message()
        message.add(self._relative(name), TTL, "TXT", f'"{value}"')
        self._send(message)

    @override
    def cleanup(self, name: str, value: str) -> None:
        message = self._message()
        message.delete(self._relative(name), "TXT", f'"{value}"')
        self._send(message)

    def _message(self) -> dns.update.UpdateMessage:
        try:
            ring = dns.tsigkeyring.from_text({self._update.key_name: self._update.secret})
        except (ValueError, dns.exception.DNSException):
            raise RecordTrouble("tls.acme: the secret of the TSIG key is not base64") from None
        return dns.update.UpdateMessage(self._zone, keyring=ring, keyalgorithm=self._update.algorithm)

    def _relative(self, name: str) -> dns.name.Name:
        full = dns.name.from_text(name)
        if not full.is_subdomain(self._zone):
            raise RecordTrouble(f"{name} is not in the zone {self._update.zone}: set `zone` to the one that holds it")
        return full.relativize(self._zone)

    def _send(self, message: dns.update.UpdateMessage) -> None:
        server = self._update.server
        try:
            answer = dns.query.tcp(message, self._address, timeout=_TIMEOUT, port=self._port)
        except (OSError, dns.exception.DNSException) as error:
            raise RecordTrouble(f"the name server {server} took no update: {_said(error)}") from error
        if answer.rcode() != dns.rcode.NOERROR:
            word = dns.rcode.to_text(answer.rcode())
            raise RecordTrouble(f"the name server {server} refused the update with {word}: look at its key and zone")


class CommandedZone(Zone):
    """By a program of the operator's: `present NAME VALUE`, `cleanup NAME VALUE`."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    @override
    def present(self, name: str, value: str) -> None:
        self._run("present", name, value)

    @override
    def cleanup(self, name: str, value: str) -> None:
        self._run("cleanup", name, value)

    def _run(self, *arguments: str) -> None:
        program = self._command[0]
        try:
            done = subprocess.run(  # noqa: S603  # the operator's own command, as a list: no shell reads the arguments
                [*self._command, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_COMMAND_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RecordTrouble(f"{program} {arguments[0]} cannot be run: {_said(error)}") from error
        if done.returncode != 0:
            said = " ".join(done.stderr.decode("utf-8", "replace").split())[-300:]
            raise RecordTrouble(f"{program} {arguments[0]} ended with {done.returncode}: {said}")


def wait_until_answered(job: Job, records: Sequence[tuple[str, str]]) -> None:
    """Until every authoritative server answers with every record. Raises RecordTrouble after `propagation`."""
    deadline = time.monotonic() + job.propagation
    missing = records
    while missing := [each for each in missing if not _answered(job, *each)]:
        if time.monotonic() > deadline:
            raise RecordTrouble(
                f"the name servers do not answer with the record {missing[0][0]} TXT after all this time"
            )
        time.sleep(_PAUSE)


def _answered(job: Job, name: str, value: str) -> bool:
    servers = [job.update.server] if job.update else list(job.servers or _authoritative(job.resolvers, name))
    return bool(servers) and all(value in _texts(server, name) for server in servers)


def _texts(server: str, name: str) -> list[str]:
    address, port = parse_server(server)
    try:
        answer = dns.query.udp_with_fallback(dns.message.make_query(name, "TXT"), address, timeout=_TIMEOUT, port=port)[
            0
        ]
    except (OSError, dns.exception.DNSException):
        return []
    found = (each for rrset in answer.answer if rrset.rdtype == dns.rdatatype.TXT for each in rrset)
    return [b"".join(each.strings).decode("ascii", "replace") for each in found]


def _authoritative(resolvers: Sequence[str], name: str) -> Iterator[str]:
    """The addresses of the name servers of the zone that a name is in."""
    resolver = _resolver(resolvers)
    with suppress(dns.exception.DNSException, OSError):
        zone = dns.resolver.zone_for_name(name, resolver=resolver)
        for server in resolver.resolve(zone, "NS"):
            for kind in ("A", "AAAA"):
                with suppress(dns.exception.DNSException):
                    yield from (str(each) for each in resolver.resolve(server.target, kind))


def _resolver(resolvers: Sequence[str]) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not resolvers)
    if resolvers:
        places = [parse_server(each) for each in resolvers]
        resolver.nameservers = [address for address, _ in places]
        resolver.port = places[0][1]
    return resolver


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
