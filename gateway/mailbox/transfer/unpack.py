"""Unpacking zip and tar archives that somebody else made: regular files only, below one folder, within bounds."""

import io
import lzma
import os
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Final

from gateway.mailbox.transfer.files import open_regular
from gateway.mailbox.transfer.model import Skipped, Unreadable

_CHUNK: Final = 256 * 1024
_ALWAYS: Final = 1024**3
_RATIO: Final = 100
_FILES: Final = 5_000_000
_SKIPPED: Final = 100_000
_LOOK: Final = 1000
"""Files after which it is looked how full the disk is."""
_KEEP_FREE: Final = 256 * 1024 * 1024
_LONGEST: Final = 1000
_LONGEST_LEVEL: Final = 255
_LATEST: Final = 2.0**31 - 1
_DAMAGE: Final = (
    zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, NotImplementedError, struct.error,
)  # fmt: skip
_MOST_ABOUT: Final = 1024 * 1024
"""Octets of what a tar archive says about one member: Python holds all of it."""


class _Member(tarfile.TarInfo):
    """What says of itself that it has gigabytes of name, or holes without number, is not read."""

    _ABOUT = (
        tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
    )  # fmt: skip

    def _proc_member(self, tarfile_: tarfile.TarFile) -> tarfile.TarInfo:
        """Of the standard library, which documents that it may be overridden."""
        if self.type in self._ABOUT and not 0 <= self.size <= _MOST_ABOUT:
            raise tarfile.ReadError(f"a member has {self.size} octets of names")
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError("a file with holes: make the archive without --sparse")
        return super()._proc_member(tarfile_)  # type: ignore[misc,no-any-return]

    def _proc_gnusparse_10(self, *_: object) -> None:
        raise tarfile.ReadError("a file with holes: make the archive without --sparse")


@dataclass(slots=True)
class Unpacking:
    """One archive."""

    archive: Path
    into: Path
    skipped: list[Skipped] = field(default_factory=list)
    _files: int = 0
    _octets: int = 0
    _most: int = 0

    def run(self, kind: str) -> list[Skipped]:
        """What was left out. Raises Unreadable, OSError."""
        with os.fdopen(open_regular(self.archive, named=True), "rb") as file:
            self._most = max(_ALWAYS, os.fstat(file.fileno()).st_size * _RATIO)
            try:
                if kind == "zip":
                    self._zip(file)
                else:
                    self._tar(file)
            except _DAMAGE as error:
                raise Unreadable(f"{self.archive}: a damaged archive: {error}") from error
            except (RuntimeError, ValueError, ArithmeticError) as error:
                raise Unreadable(f"{self.archive}: cannot be unpacked: {error}") from error
        return self.skipped

    def _zip(self, file: IO[bytes]) -> None:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                mode = member.external_attr >> 16
                if member.is_dir():
                    continue
                if mode and mode & 0o170000 not in (0, 0o100000):
                    self._skip(member.filename, "a link or a device")
                elif path := self._path(member.filename):
                    with archive.open(member) as content:
                        self._write(path, content, time.mktime((*member.date_time, 0, 0, -1)))

    def _tar(self, file: IO[bytes]) -> None:
        with tarfile.open(fileobj=file, mode="r|*", errorlevel=1, tarinfo=_Member) as archive:
            for member in archive:
                archive.members.clear()  # type: ignore[attr-defined]  # It would keep them all.
                if member.isdir():
                    self._count()
                elif not member.isreg():
                    self._skip(member.name, "a link or a device")
                elif path := self._path(member.name):
                    content = archive.extractfile(member)
                    self._write(path, content or io.BytesIO(), float(member.mtime))

    def _path(self, name: str) -> Path | None:
        path = PurePosixPath(name.replace("\\", "/") if "/" not in name else name)
        parts = path.parts
        octets = os.fsencode(name)
        unfit = len(octets) > _LONGEST or max(map(len, octets.split(b"/"))) > _LONGEST_LEVEL
        if path.is_absolute() or ".." in parts or not parts or "\0" in name or unfit:
            self._skip(name, "its name leads out of the archive, or is none")
            return None
        return self.into.joinpath(*parts)

    def _skip(self, name: str, why: str) -> None:
        self._count()
        self.skipped.append(Skipped(f"{self.archive}: {name}", None, why))

    def _count(self) -> None:
        self._files += 1
        if self._files > _FILES or len(self.skipped) > _SKIPPED:
            raise Unreadable(f"{self.archive}: more than {_FILES} files, or {_SKIPPED} that are none")
        if self._files % _LOOK == 0:
            self._check_space()

    def _write(self, path: Path, content: IO[bytes], modified: float) -> None:
        self._count()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            self.skipped.append(Skipped(f"{self.archive}: {path.relative_to(self.into)}", None, "is there twice"))
            return
        with os.fdopen(descriptor, "wb") as file:
            for chunk in self._bounded(content):
                file.write(chunk)
        moment = min(max(modified, -_LATEST), _LATEST)
        os.utime(path, (moment, moment))

    def _bounded(self, content: IO[bytes]) -> Iterator[bytes]:
        while chunk := content.read(_CHUNK):
            self._octets += len(chunk)
            if self._octets > self._most:
                raise Unreadable(f"{self.archive}: unpacks to more than {_RATIO} times its size: not taken")
            if self._octets // _CHUNK % 64 == 0:
                self._check_space()
            yield chunk

    def _check_space(self) -> None:
        found = os.statvfs(self.into)
        if found.f_bavail * found.f_frsize < _KEEP_FREE or (found.f_files > 0 and found.f_favail < _LOOK):
            raise Unreadable(f"{self.archive}: the disk of {self.into} has no room to unpack it")
