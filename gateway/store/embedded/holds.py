"""What sessions claim of expunged messages: one file for each process, `DATA/run/holds/PID-RANDOM.holds`.

The file is locked (flock) while the process lives; one that nobody has locked is removed by whoever looks. It has its
name only once it is locked. It is an array of slots of 32 octets: account, moment, check, nothing; little-endian; the
account is 0 where a slot is free. A moment is rewritten in place: a reader who sees a slot whose check is wrong looks
again, and in the end takes it for a claim of everything.

A slot that is being made while somebody reads may be overlooked: its session has read nothing yet. Hence whoever
removes what is expunged looks at the account's state first, then at the claims, and takes the lower (`Holds.horizon`).
"""

import fcntl
import heapq
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from typing_extensions import override

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.run_folder import RUN, names_in, new_file, open_run_folder
from gateway.store.errors import StoreUnavailable
from gateway.store.model import ModSeq
from gateway.store.protocol.store import Hold

FOLDER: Final = "holds"
EVERYTHING: Final = ModSeq(0)
"""The claim of a session that has just begun: nothing is removed."""

_SLOT = struct.Struct("<qqqq")
_MOMENT = struct.Struct("<qq")
_ACCOUNT = struct.Struct("<q")
_SUFFIX = ".holds"
_FRESH = ".new"
_ROOM = 1024
"""Slots for which the disk has room from the beginning."""
_LOOKS = 3
_SEED = 0x5A17_C0DE_5A17_C0DE


def _check(account: int, at: int) -> int:
    """Wrong for any mixture of two slots' octets, but for one in billions."""
    return (account * 0x9E3779B97F4A7C15 ^ at * 0xC2B2AE3D27D4EB4F ^ _SEED) & 0x7FFFFFFFFFFFFFFF


class Holds:
    """Of one process; for any thread."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._turn = threading.Lock()
        self._file = -1
        self._name = ""
        self._free: list[int] = []
        self._slots = 0
        self._closed = False

    @property
    def ready(self) -> bool:
        """A claim costs microseconds now: its file is there."""
        return self._file >= 0

    def take(self, account: AccountId, at: ModSeq = EVERYTHING) -> "SlotHold":
        """A claim of what was expunged after `at`. Written when this returns. Raises StoreUnavailable."""
        try:
            with self._turn:
                file, slot = self._open(), self._next()
                os.pwrite(file, _SLOT.pack(account, at, _check(account, at), 0), slot * _SLOT.size)
        except OSError as error:
            raise StoreUnavailable(f"a session cannot be recorded: {error}") from error
        return SlotHold(self, slot, account, at)

    def horizon(self, account: AccountId) -> ModSeq | None:
        """What was expunged up to this moment is claimed by no process of the host; None: nobody claims anything.

        To be asked after the state of the account was read: what was expunged later may be claimed. Raises OSError.
        """
        return min(self._claims(account), default=None)

    def close(self) -> None:
        """All claims of this process end, and no others are taken."""
        with self._turn:
            self._closed = True
            file, self._file = self._file, -1
            if file >= 0:
                with suppress(OSError):
                    (self._data / RUN / FOLDER / self._name).unlink()
                os.close(file)

    def rewrite(self, hold: "SlotHold") -> None:
        """A claim that cannot be rewritten stays as it was."""
        at = hold.at
        with self._turn, suppress(OSError):
            if self._file >= 0:
                os.pwrite(self._file, _MOMENT.pack(at, _check(hold.account, at)), hold.slot * _SLOT.size + 8)

    def give_back(self, hold: "SlotHold") -> None:
        """Its slot is free."""
        with self._turn, suppress(OSError):
            if self._file >= 0:
                os.pwrite(self._file, bytes(_SLOT.size), hold.slot * _SLOT.size)
                heapq.heappush(self._free, hold.slot)

    def _next(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        self._slots += 1
        return self._slots - 1

    def _open(self) -> int:
        if self._closed:
            raise StoreUnavailable("the gateway stops")
        if self._file < 0:
            folder = open_run_folder(self._data, FOLDER)
            try:
                self._name, self._file = _new_locked(folder)
            finally:
                os.close(folder)
        return self._file

    def _claims(self, account: AccountId) -> Iterator[ModSeq]:
        try:
            folder = os.open(self._data / RUN / FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            for name in (*names_in(folder, _SUFFIX), *names_in(folder, _FRESH)):
                yield from _claims_in(folder, name, account)
        finally:
            os.close(folder)


class SlotHold(Hold):
    """A session's claim."""

    __slots__ = ("_holds", "_over", "account", "at", "slot")

    def __init__(self, holds: Holds, slot: int, account: AccountId, at: ModSeq) -> None:
        self._holds = holds
        self._over = False
        self.slot = slot
        self.account = account
        self.at = at

    @override
    def seen(self, at: ModSeq) -> None:
        if at > self.at and not self._over:
            self.at = at
            self._holds.rewrite(self)

    @override
    def release(self) -> None:
        if not self._over:
            self._over = True
            self._holds.give_back(self)


def _new_locked(folder: int) -> tuple[str, int]:
    """It has its name only once it is locked: no other process ever takes it for one that is dead. Whoever finds it
    before it is locked may remove it: then another is made."""
    while True:
        name = f"{os.getpid()}-{os.urandom(6).hex()}{_SUFFIX}"
        file = new_file(folder, f"{name}{_FRESH}")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            os.posix_fallocate(file, 0, _ROOM * _SLOT.size)
            os.rename(f"{name}{_FRESH}", name, src_dir_fd=folder, dst_dir_fd=folder)
        except FileNotFoundError:
            os.close(file)
        except OSError:
            os.close(file)
            raise
        else:
            return name, file


@contextmanager
def _opened(folder: int, name: str) -> Iterator[int]:
    """-1: it has gone."""
    try:
        file = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        yield -1
        return
    try:
        yield file
    finally:
        os.close(file)


def _claims_in(folder: int, name: str, account: AccountId) -> Iterator[ModSeq]:
    with _opened(folder, name) as file:
        if file < 0 or _dead(file):
            if file >= 0:
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
            return
        octets = os.pread(file, os.fstat(file).st_size, 0)
        moments = (_moment(file, offset, account) for offset in _slots_of(octets, account))
        yield from (moment for moment in moments if moment is not None)


def _dead(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _slots_of(octets: bytes, account: AccountId) -> Iterator[int]:
    wanted = _ACCOUNT.pack(account)
    found = octets.find(wanted)
    while found >= 0:
        if found % _SLOT.size == 0:
            yield found
        found = octets.find(wanted, found + 1)


def _moment(file: int, offset: int, account: AccountId) -> ModSeq | None:
    """Of a slot that had this account a moment ago; None: it was given back since. A rewrite leaves the account."""
    for _ in range(_LOOKS):
        who, at, check, _nothing = _SLOT.unpack(os.pread(file, _SLOT.size, offset))
        if who != account:
            return None
        if check == _check(account, at):
            return ModSeq(at)
    return EVERYTHING
