"""How a worker comes to its shards of the queue."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from gateway.mail.units import Seconds, Timestamp
from gateway.queue.config import QueueConfig
from gateway.queue.engine import EmbeddedQueue
from gateway.queue.opening import ShardOwned, adoptable, open_files
from gateway.queue.writer import CommitObserver


@dataclass(frozen=True, slots=True)
class Place:
    """A worker's place among the workers of a machine: its index, from 0, and how many there are."""

    data: Path
    index: int
    workers: int


def unobserved(_took: Seconds, _operations: int) -> None:
    """Nobody wants to know how long commits take."""


async def open_shard(
    data: Path, number: int, config: QueueConfig, now: Timestamp, observe: CommitObserver = unobserved
) -> EmbeddedQueue:
    """Open one shard, made where it is missing.

    `observe` is told of each commit, on the writer's thread. Raises ShardOwned, SchemaTooNew, QueueUnavailable.
    """
    return EmbeddedQueue(await asyncio.to_thread(open_files, data, number, config, now), observe)


async def adopt(
    place: Place,
    config: QueueConfig,
    now: Timestamp,
    observe: CommitObserver = unobserved,
    owned: Collection[int] = (),
) -> list[EmbeddedQueue]:
    """Open the shards that belong to a worker and are not `owned` by it yet.

    Its own shard comes first; then those of workers that no longer exist, where nobody else has them. May be called
    again: a shard whose owner has died is taken then.
    Raises as `open_shard` does, ShardOwned only for the worker's own.
    """
    queues = []
    for number in adoptable(place.data, place.index, place.workers, owned):
        try:
            queues.append(await open_shard(place.data, number, config, now, observe))
        except ShardOwned:
            if number == place.index:
                raise
    return queues
