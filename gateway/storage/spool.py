"""Large bodies while they arrive: files that no row names yet, and that the sweep must leave alone."""

import asyncio
import os
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from gateway.storage.files import give, sync_folder
from gateway.storage.octets import FileOctets

_FLUSH = 256 * 1024
"""Octets gathered before a thread writes them."""


class Spools:
    """A folder of bodies, and the names in it that belong to this process rather than to a row.

    `unavailable`: what the owner's package raises where the disk is in trouble.
    """

    def __init__(self, folder: Path, unavailable: type[Exception]) -> None:
        self.folder = folder
        self.unavailable = unavailable
        self._ours: set[str] = set()

    def new(self) -> "FileSpool":
        """A spool with a name of its own."""
        name = f"{os.urandom(12).hex()}.eml"
        self._ours.add(name)
        return FileSpool(self, name)

    def hand_over(self, name: str) -> None:
        """A row names it now."""
        self._ours.discard(name)

    def take_back(self, name: str) -> None:
        """No row names it, after all."""
        self._ours.add(name)

    def remove(self, name: str) -> None:
        """Nothing will ever name it; what stays all the same is swept. Without effect on what a row names."""
        if name in self._ours:
            self._ours.discard(name)
            with suppress(OSError):
                (self.folder / name).unlink()

    def candidates(self) -> frozenset[str]:
        """Files that are orphans unless a row names them. Ask before the rows are read. Raises OSError."""
        return frozenset(entry.name for entry in os.scandir(self.folder)) - self._ours

    def sweep(self, orphans: Collection[str]) -> None:
        """Remove them, but for what cannot be removed: a folder that a file system put there, say."""
        for name in orphans:
            with suppress(OSError):
                (self.folder / name).unlink()


class FileSpool:
    """A body that arrives. Written by threads, a quarter of a MiB at a time."""

    def __init__(self, spools: Spools, name: str) -> None:
        self._spools = spools
        self._name = name
        self._path = spools.folder / name
        self._pending = bytearray()
        self._descriptor = -1
        self._over = False

    async def write(self, data: bytes) -> None:
        """Append. Raises what the spools were told to."""
        self._pending += data
        if len(self._pending) >= _FLUSH:
            await self._in_thread(self._append)

    async def finish(self) -> "FileBody":
        """Fsync file and folder. Raises what the spools were told to."""
        await self._in_thread(self._append_durably)
        self._over = True
        return FileBody(self._spools, self._name)

    def discard(self) -> None:
        """Remove the file, unless it was finished. Safe to call twice and after a failure."""
        if not self._over:
            self._over = True
            self._close()
            self._spools.remove(self._name)

    async def _in_thread(self, write: Callable[[bytearray], None]) -> None:
        data, self._pending = self._pending, bytearray()
        work = asyncio.get_running_loop().run_in_executor(None, write, data)
        try:
            # A cancelled caller discards the spool: not while a thread is still writing to it.
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait((work,))
            raise
        except OSError as error:
            raise self._spools.unavailable(f"a large body cannot be written: {error}") from error

    def _append(self, data: bytearray) -> None:
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            give(self._descriptor, self._spools.folder)
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def _append_durably(self, data: bytearray) -> None:
        self._append(data)
        os.fsync(self._descriptor)
        self._close()
        sync_folder(self._spools.folder)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class FileBody(FileOctets):
    """A large body that is on disk, whole."""

    def __init__(self, spools: Spools, name: str) -> None:
        super().__init__(spools.folder / name)
        self._spools = spools

    @property
    def name(self) -> str:
        """The name that a row gives it."""
        return self.path.name

    def discard(self) -> None:
        """Remove the file. Without effect once a row names it."""
        self._spools.remove(self.name)
