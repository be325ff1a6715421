"""What the files held when they were last looked at, and what has changed since."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.certificates.config import TlsConfig
from gateway.certificates.contexts import check_authorities
from gateway.certificates.pair import BadCertificate, Kept, Pair, read_file, read_pair
from gateway.certificates.self_signed import ensure
from gateway.certificates.sources import Source, sources, stamp

Failed = Callable[[Path, BadCertificate], None]
"""Told of a file that has changed and cannot be used. It may raise what it was given."""


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate, and how its files looked. None: they cannot be used, and never could."""

    pair: Pair | None
    stamp: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Authorities:
    """Whose certificates clients may show, as PEM, and how the file looked."""

    pem: str
    stamp: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is to show, the configuration's first."""

    held: tuple[tuple[Source, Held], ...] = ()
    authorities: Authorities | None = None

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Those that can be used."""
        return tuple(held.pair for _, held in self.held if held.pair is not None)

    @property
    def client_ca(self) -> str | None:
        """PEM, or None where clients are not asked for certificates."""
        return self.authorities.pem if self.authorities is not None else None


EMPTY: Final = Stock()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the gateway keeps its own certificates, and which host it is."""

    data: Path
    hostname: str


class Stocktaker:
    """Reads files. `kept`: those that are closed to us since we changed our user."""

    def __init__(self, place: Place, kept: Kept) -> None:
        self._place = place
        self._kept = kept

    def take(self, config: TlsConfig, before: Stock, failed: Failed) -> Stock:
        """Read what is not as it was before. What cannot be read is told to `failed`, and stays as it was.

        Raises what `failed` raises; OSError where the self-signed certificate cannot be made.
        """
        known = dict(before.held)
        wanted = [source for source in sources(config, self._place.data) if source.there]
        held = [(source, self._look(source, known.get(source), failed)) for source in wanted]
        if not any(each.pair for _, each in held):
            own = Source(*ensure(self._place.data, self._place.hostname))
            held.append((own, self._look(own, known.get(own), failed)))
        return Stock(tuple(held), self._look_at_authorities(config.client_ca, before.authorities, failed))

    def _look(self, source: Source, before: Held | None, failed: Failed) -> Held:
        looks = source.stamp
        if before is not None and before.stamp == looks:
            return before
        try:
            return Held(read_pair(source.certificate, source.key, self._kept), looks)
        except BadCertificate as error:
            failed(source.certificate, error)
            return Held(before.pair if before else None, looks)

    def _look_at_authorities(self, path: Path | None, before: Authorities | None, failed: Failed) -> Authorities | None:
        if path is None:
            return None
        looks = (path, *stamp(path))
        if before is not None and before.stamp == looks:
            return before
        try:
            return Authorities(check_authorities(path, read_file(path, self._kept)), looks)
        except BadCertificate as error:
            failed(path, error)
            return Authorities(before.pem, looks) if before else None
