"""Whether a backup is as it was made."""

from collections.abc import Iterator
from pathlib import Path

from gateway.app.backup.copying import digest
from gateway.app.backup.manifest import Manifest


def spoiled(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What is missing, or is not what was written."""
    for record in manifest.files.values():
        path = folder / record.path
        try:
            size, hashed = digest(path)
        except OSError as error:
            yield f"{path}: {error.strerror or error}"
        else:
            if (size, hashed) != (record.size, record.sha256):
                yield f"{path}: it is not what was saved (its SHA-256 is another)"
