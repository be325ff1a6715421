"""Files that a configuration names: whether they can be read, and by whom, and whether they are what they should be."""

import os
from collections.abc import Iterator
from pathlib import Path

from gateway.certificates.contexts import check_authorities
from gateway.certificates.pair import BadCertificate, read_pair
from gateway.settings.config import Config
from gateway.settings.findings import Finding
from gateway.settings.reader import Way
from gateway.settings.secrets import open_to_others


def files(config: Config) -> Iterator[Finding]:
    """Files that cannot be read or used."""
    named: list[tuple[Way, Path | None]] = [(("delivery", "ca_file"), config.delivery.ca_file)]
    if config.tls.acme is not None:
        named.append((("tls", "acme", "ca_file"), config.tls.acme.ca_file))
    named += [(way, path) for way, path in _listeners_own(config) if not _read_early(path, config)]
    named += [(way, path) for way, *pair in _relays(config) for path in pair]
    seen = False
    for way, path in named:
        why = _unreadable(path) if path else ""
        if why:
            seen = True
            yield way, f"{path} cannot be read: {why}"
    if not seen:
        yield from _unusable(config)


def exposed(config: Config) -> Iterator[Finding]:
    """Private keys that others may read, and files that only root reads."""
    keys = [(way, path) for way, path in _listeners_own(config) if way[-1] == "key"]
    keys += [((*way, "key"), key) for way, _, key in _relays(config)]
    for way, key in keys:
        if open_to_others(key):
            yield way, f"others may read {key}: chmod 600 {key}"
    for way, path in _listeners_own(config):
        if _read_early(path, config) and _unreadable(path):
            yield way, f"{path} is closed to this user: a change of it is taken up by a restart, not by a reload"


def _listeners_own(config: Config) -> Iterator[tuple[Way, Path]]:
    tls = config.tls
    single = (("certificate", tls.certificate), ("key", tls.key), ("client_ca", tls.client_ca))
    yield from ((("tls", key), path) for key, path in single if path is not None)
    for index, each in enumerate(tls.certificates):
        yield ("tls", "certificates", index, "certificate"), each.certificate
        yield ("tls", "certificates", index, "key"), each.key


def _relays(config: Config) -> Iterator[tuple[Way, Path, Path]]:
    for name, relay in config.relays.items():
        if relay.certificate is not None and relay.key is not None:
            yield ("relays", name), relay.certificate, relay.key


def _read_early(path: Path, config: Config) -> bool:
    """Whether it was read as root, before the gateway became the user that it is now."""
    if config.user is None or os.geteuid() == 0:
        return False
    try:
        path.open("rb").close()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _unreadable(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        return (error.strerror if isinstance(error, OSError) else None) or str(error)
    return ""


def _unusable(config: Config) -> Iterator[Finding]:
    """Certificates and keys that are broken, or do not belong together."""
    pairs: list[tuple[Way, Path, Path]] = list(_relays(config))
    if config.tls.certificate is not None and config.tls.key is not None:
        pairs.append((("tls", "certificate"), config.tls.certificate, config.tls.key))
    for index, each in enumerate(config.tls.certificates):
        pairs.append((("tls", "certificates", index), each.certificate, each.key))
    for way, certificate, key in pairs:
        if _read_early(key, config) or _read_early(certificate, config):
            continue
        try:
            read_pair(certificate, key, {})
        except BadCertificate as error:
            yield way, str(error)
    authorities = config.tls.client_ca
    if authorities is not None and not _read_early(authorities, config):
        try:
            check_authorities(authorities, authorities.read_bytes())
        except BadCertificate as error:
            yield ("tls", "client_ca"), str(error)
