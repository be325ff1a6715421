"""Messages out as files of their own, octet for octet, with dates and flags beside them: into a folder, zip or tgz."""

import os
import tarfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Final, Protocol

from typing_extensions import override

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mail.units import Timestamp
from gateway.mailbox.transfer import manifest, sidecar
from gateway.mailbox.transfer.eml import SUFFIX
from gateway.mailbox.transfer.file_names import FileNames
from gateway.mailbox.transfer.model import Wish
from gateway.mailbox.transfer.outgoing import Outgoing, Writer
from gateway.store.model import Mailbox

_IN_MEMORY: Final = 1024 * 1024
_OLDEST: Final = 315532800
_NEWEST: Final = 4354819199


class Packing(Protocol):
    """Where files go. Raises OSError."""

    def put(self, name: str, octets: OctetSource, modified: Timestamp) -> None:
        """A file; `name` with `/` between folders."""
        ...

    def close(self) -> None:
        """That was all."""
        ...


@dataclass(frozen=True, slots=True)
class Folder(Packing):
    """Files in a folder."""

    path: Path

    @override
    def put(self, name: str, octets: OctetSource, modified: Timestamp) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as out:
            out.writelines(octets.chunks(0, len(octets)))
        moment = int(min(max(modified, -_NEWEST), _NEWEST))
        os.utime(file, (moment, moment))

    @override
    def close(self) -> None:
        self.path.mkdir(exist_ok=True)


class Zip(Packing):
    """A zip archive: its times have two seconds and no zone, so what counts is beside the messages."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED)

    @override
    def put(self, name: str, octets: OctetSource, modified: Timestamp) -> None:
        moment = time.gmtime(min(max(modified, _OLDEST), _NEWEST))
        info = zipfile.ZipInfo(name, moment[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o100600 << 16
        with self._archive.open(info, "w", force_zip64=len(octets) > 1 << 31) as out:
            for chunk in octets.chunks(0, len(octets)):
                out.write(chunk)

    @override
    def close(self) -> None:
        self._archive.close()


class Tgz(Packing):
    """A compressed tar archive."""

    def __init__(self, path: Path) -> None:
        self._archive = tarfile.open(path, "x:gz", format=tarfile.PAX_FORMAT)  # noqa: SIM115 (closed by `close`)

    @override
    def put(self, name: str, octets: OctetSource, modified: Timestamp) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = len(octets), int(modified), 0o600
        with SpooledTemporaryFile(_IN_MEMORY) as file:
            file.writelines(octets.chunks(0, len(octets)))
            file.seek(0)
            self._archive.addfile(info, file)

    @override
    def close(self) -> None:
        self._archive.close()


@dataclass(slots=True)
class EmlTree(Writer):
    """A folder for each mailbox."""

    packing: Packing
    _names: FileNames = field(default_factory=lambda: FileNames(below="", avoid=(SUFFIX,)))
    _listed: list[manifest.Listed] = field(default_factory=list)
    _folder: str = ""
    _notes: list[str] = field(default_factory=list)

    @override
    def begin(self, mailbox: Mailbox, keywords: Sequence[str]) -> None:
        self._write_notes()
        self._folder = self._names.path(mailbox.name)
        self._listed.append(manifest.Listed(mailbox.name, self._folder, Wish(mailbox.special_use, mailbox.subscribed)))

    @override
    def add(self, message: Outgoing) -> None:
        name = f"{message.uid:010d}{SUFFIX}"
        self.packing.put(f"{self._folder}/{name}", message.octets, message.received)
        self._notes.append(sidecar.written(sidecar.Note(name, message.received, message.flags)))

    @override
    def finish(self) -> None:
        self._write_notes()
        self._text(manifest.NAME, manifest.written(self._listed))
        self.packing.close()

    def _write_notes(self) -> None:
        if self._notes:
            self._text(f"{self._folder}/{sidecar.NAME}", "".join(self._notes).encode())
            self._notes.clear()

    def _text(self, name: str, content: bytes) -> None:
        self.packing.put(name, MemoryOctets(content), Timestamp(_OLDEST))
