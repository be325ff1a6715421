"""/etc/hosts (hosts(5)): names that the DNS need not know, such as a relay's in a small network."""

from pathlib import Path
from typing import Final

HOSTS: Final = Path("/etc/hosts")

LOCALHOST: Final = {"localhost": ("127.0.0.1", "::1")}
"""RFC 6761 6.3: never asked of the DNS."""


def read_hosts(path: Path = HOSTS) -> dict[str, tuple[str, ...]]:
    """Addresses by name in lower case; an absent or unreadable file names `localhost` alone."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return dict(LOCALHOST)
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        address, *names = line.partition("#")[0].split() or [""]
        for name in names:
            key = name.lower().rstrip(".")
            found[key] = (*found.get(key, ()), address)
    return found | LOCALHOST
