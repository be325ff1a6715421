"""Where certificates are: what the configuration names, what ACME has brought, what we made ourselves."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.certificates.config import AcmeConfig, TlsConfig
from gateway.certificates.pair import Kept

ACME: Final = "tls/acme"
_UNFIT: Final = re.compile(r"[^a-z0-9.-]")


@dataclass(frozen=True, slots=True)
class Source:
    """A certificate and a key, perhaps in one file."""

    certificate: Path
    key: Path
    may_lack: bool = False
    """It is no fault that it is not there (yet)."""

    @property
    def there(self) -> bool:
        """Whether there is anything to read."""
        return not self.may_lack or self.certificate.exists()

    @property
    def stamp(self) -> tuple[object, ...]:
        """Changes when the files do: their times and sizes, nothing of their content."""
        return (*stamp(self.certificate), *stamp(self.key))


def stamp(path: Path) -> tuple[object, ...]:
    """What changes when a file does."""
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno,)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def sources(config: TlsConfig, data: Path) -> tuple[Source, ...]:
    """All but the self-signed one; those of the configuration first."""
    named = [Source(each.certificate, each.key) for each in config.certificates]
    if config.certificate is not None and config.key is not None:
        named.insert(0, Source(config.certificate, config.key))
    if config.acme is not None:
        path = acme_file(config.acme, data)
        named.append(Source(path, path, may_lack=True))
    return tuple(named)


def acme_file(config: AcmeConfig, data: Path) -> Path:
    """The one file that holds key and certificates, so that it is always whole.

    A name, and a digest of all names and of the authority: another order never shows an older one's certificate.
    """
    asked = "\n".join((config.directory, *sorted(name.text for name in config.names)))
    digest = hashlib.sha256(asked.encode()).hexdigest()[:12]
    name = _UNFIT.sub("_", config.names[0].text)[:100]
    return data / ACME / "certificates" / f"{name}-{digest}.pem"


def read_early(config: TlsConfig) -> Kept:
    """Key files and the like, read while we are root: the user that we become may not be allowed to."""
    kept: dict[Path, bytes] = {}
    for path in _files(config):
        try:
            kept[path] = path.read_bytes()
        except OSError:
            continue
    return kept


def _files(config: TlsConfig) -> tuple[Path, ...]:
    pairs = [(each.certificate, each.key) for each in config.certificates]
    single = [config.certificate, config.key, config.client_ca]
    return tuple(path for path in (*single, *(path for pair in pairs for path in pair)) if path is not None)


NOTHING_KEPT: Final[Kept] = {}
