"""Files that a configuration names: whether they can be read, and by whom."""

from collections.abc import Iterator
from pathlib import Path

from gateway.settings.config import Config
from gateway.settings.findings import Finding
from gateway.settings.secrets import open_to_others


def files(config: Config) -> Iterator[Finding]:
    """Files that cannot be read."""
    named = (
        (("tls", "certificate"), config.tls.certificate),
        (("tls", "key"), config.tls.key),
        (("delivery", "ca_file"), config.delivery.ca_file),
    )
    for way, path in named:
        why = _unreadable(path) if path else ""
        if why:
            yield way, f"{path} cannot be read: {why}"


def exposed(config: Config) -> Iterator[Finding]:
    """Private keys that others may read."""
    key = config.tls.key
    if key is not None and open_to_others(key):
        yield ("tls", "key"), f"others may read {key}: chmod 600 {key}"


def _unreadable(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        return (error.strerror if isinstance(error, OSError) else None) or str(error)
    return ""
