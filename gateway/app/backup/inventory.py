"""What of a data folder belongs into a backup, and how it is copied.

Not in it: what belongs to running processes (`run/`, locks), logs and shared memory of databases, the full-text
indexes, which are made anew, and what is being deleted.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.queue.opening import QUEUE, shard_numbers, shard_path
from gateway.store.embedded.paths import DATABASE, accounts_in, folder_of

BODIES: Final = "bodies"
_SKIPPED_FOLDERS: Final = ("run", "index")
_SKIPPED_FILES: Final = ("index.db", "probe", "lock")
_SKIPPED_ENDINGS: Final = (".lock", "-wal", "-shm", "-journal", ".going", ".sock", ".restoring")
_SKIPPED_BEGINNINGS: Final = (".new-", "index.db")


def wanted(name: str) -> bool:
    """Whether a file or folder of this name is saved."""
    return not (
        name in _SKIPPED_FILES
        or name in _SKIPPED_FOLDERS
        or name.endswith(_SKIPPED_ENDINGS)
        or name.startswith(_SKIPPED_BEGINNINGS)
    )


def units(data: Path) -> Iterator[Path]:
    """Folders of a database with its large bodies: of an account, or of a shard of the queue. Raises OSError."""
    yield from (folder_of(data, account).path for account in accounts_in(data))
    yield from (shard_path(data, number) for number in shard_numbers(data))


def others(data: Path) -> Iterator[Path]:
    """All other files. Raises OSError."""
    apart = {data / QUEUE}
    for path, folders, files in os.walk(data):
        here = Path(path)
        folders[:] = sorted(name for name in folders if wanted(name) and here / name not in apart)
        folders[:] = [name for name in folders if not (here / name / DATABASE).is_file()]
        for name in sorted(files):
            if wanted(name):
                yield here / name
