"""Opening a shard: becoming its owner, bringing its schema up to date, ending dead leases, counting what is there."""

import fcntl
import os
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from gateway.mail.units import Timestamp
from gateway.queue import jobs
from gateway.queue.config import QueueConfig
from gateway.queue.connection import DATABASE
from gateway.queue.ids import MAX_SHARD
from gateway.queue.index import Census
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.schema import MIGRATIONS
from gateway.queue.shardfile import BODIES, ShardFile
from gateway.storage.connection import open_lock
from gateway.storage.files import sync_folder
from gateway.storage.migration import SchemaTooNew, migrate
from gateway.storage.spool import Spools

OWNER_LOCK = "owner.lock"
QUEUE = "queue"


class ShardOwned(Exception):
    """Another process owns the shard."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A shard that this process owns now, and what was found in it."""

    number: int
    shard: ShardFile
    owner: int
    """The descriptor that holds the owner's lock; closing it lets go of the shard."""
    spools: Spools
    census: Census
    last_key: int
    recovered: int

    def close(self) -> None:
        """Close the files and let go of the shard."""
        self.shard.close()
        os.close(self.owner)


def shard_path(data: Path, number: int) -> Path:
    """The directory of a shard."""
    return data / QUEUE / f"{number:02d}"


def shard_numbers(data: Path) -> list[int]:
    """The shards that exist. Raises OSError."""
    folder = data / QUEUE
    if not folder.is_dir():
        return []
    names = [entry.name for entry in folder.iterdir() if entry.name.isdecimal() and (entry / DATABASE).exists()]
    return sorted(number for number in map(int, names) if number <= MAX_SHARD)


def adoptable(data: Path, index: int, workers: int, owned: Collection[int]) -> list[int]:
    """The shards that this worker should try to open: its own, and those whose worker no longer exists."""
    orphaned = [number for number in shard_numbers(data) if number >= workers and number % workers == index]
    return [number for number in (index, *orphaned) if number not in owned]


def open_files(data: Path, number: int, config: QueueConfig, now: Timestamp) -> Opening:
    """Open a shard, made where it is missing. Blocks.

    Raises ShardOwned, SchemaTooNew, QueueUnavailable.
    """
    path = shard_path(data, number)
    try:
        _make_folders(path)
        owner = own(path)
    except OSError as error:
        raise QueueUnavailable(f"{path} cannot be opened: {error}") from error
    shard = ShardFile(path, config)
    try:
        return _examine(shard, number, owner, now)
    except (sqlite3.Error, OSError, SchemaTooNew) as error:
        shard.close()
        os.close(owner)
        if isinstance(error, SchemaTooNew):
            raise SchemaTooNew(f"{path / DATABASE}: {error}") from error
        raise QueueUnavailable(f"{path / DATABASE} cannot be opened: {error}") from error


def _examine(shard: ShardFile, number: int, owner: int, now: Timestamp) -> Opening:
    migrate(shard.connection, MIGRATIONS)
    spools = Spools(shard.path / BODIES, QueueUnavailable)
    with shard.transaction():
        recovered = jobs.recover(shard, now)
        census = jobs.census(shard)
        last_key = jobs.last_key(shard)
        spools.sweep(spools.candidates() - jobs.files(shard))
    return Opening(number, shard, owner, spools, census, last_key, recovered)


def _make_folders(path: Path) -> None:
    bodies = path / BODIES
    if not bodies.is_dir():
        bodies.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (path, path.parent, path.parent.parent):
            sync_folder(folder)


def own(path: Path) -> int:
    """Become the owner of a shard. Returns the descriptor that holds the lock. Raises ShardOwned, OSError."""
    owner = open_lock(path / OWNER_LOCK)
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(owner)
        raise ShardOwned(f"{path} belongs to another process: is a gateway running on this data directory?") from None
    return owner
