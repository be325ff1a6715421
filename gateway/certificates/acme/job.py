"""What the process that speaks ACME is told, and what it answers: one JSON object each."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import orjson

from gateway.certificates.config import AcmeConfig, ByCommand, ByUpdate, DnsChallenge
from gateway.certificates.sources import ACME, acme_file


@dataclass(frozen=True, slots=True)
class Update:
    """RFC 2136, with its key (RFC 8945)."""

    server: str
    zone: str
    key_name: str
    algorithm: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """One certificate to be had."""

    directory: str
    names: tuple[str, ...]
    folder: str
    """Where accounts and challenges are kept."""
    file: str
    """Where the certificate goes, with its key."""
    email: str | None = None
    ca_file: str | None = None
    update: Update | None = None
    command: tuple[str, ...] = ()
    """Neither update nor command: http-01."""
    servers: tuple[str, ...] = ()
    """Those that have to answer with a record; none: the zone's."""
    resolvers: tuple[str, ...] = ()
    propagation: float = 0.0

    @property
    def by_dns(self) -> bool:
        """Whether challenges are records."""
        return self.update is not None or bool(self.command)

    def json(self) -> bytes:
        """As it is sent."""
        return orjson.dumps(asdict(self))

    @classmethod
    def read(cls, line: bytes) -> Self:
        """As it is received."""
        values = orjson.loads(line)
        update = values.pop("update")
        return cls(**values, update=Update(**update) if update else None)


def job_of(config: AcmeConfig, data: Path, resolvers: tuple[str, ...]) -> Job:
    """What is asked for by the configuration."""
    how = config.challenge.dns_01 if isinstance(config.challenge, DnsChallenge) else None
    return Job(
        directory=config.directory,
        names=tuple(name.text for name in config.names),
        folder=str(data / ACME),
        file=str(acme_file(config, data)),
        email=config.email.wire if config.email else None,
        ca_file=str(config.ca_file) if config.ca_file else None,
        update=_update(how) if isinstance(how, ByUpdate) else None,
        command=how.command if isinstance(how, ByCommand) else (),
        servers=how.servers if isinstance(how, ByCommand) else (),
        resolvers=resolvers,
        propagation=config.propagation,
    )


def _update(how: ByUpdate) -> Update:
    key = how.rfc2136.key
    return Update(how.rfc2136.server, how.rfc2136.zone.text, key.name, str(key.algorithm), key.secret.value)


@dataclass(frozen=True, slots=True)
class Answer:
    """How it went. `error` is empty where there is a new certificate."""

    error: str = ""
    wait: float = 0.0
    """Seconds that the authority wants us to wait before we ask again."""

    def json(self) -> bytes:
        """As it is sent."""
        return orjson.dumps(asdict(self))

    @classmethod
    def read(cls, line: bytes) -> Self:
        """As it is received. Raises ValueError."""
        values = orjson.loads(line)
        return cls(str(values["error"]), float(values["wait"]))
