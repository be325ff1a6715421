"""Folders and files of the running processes, in `DATA/run`.

What root's commands make there belongs to the owner of DATA, who can put anything there: links are not followed.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

RUN: Final = "run"

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_run_folder(data: Path, name: str) -> int:
    """A descriptor of `DATA/run/NAME`, made where it is missing, for us alone. Raises OSError."""
    root = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        run = _folder_in(root, RUN)
    finally:
        os.close(root)
    try:
        return _folder_in(run, name)
    finally:
        os.close(run)


def new_file(folder: int, name: str) -> int:
    """A descriptor of a file that was not there before. Raises OSError."""
    file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    give_to_owner(file, folder)
    return file


def give_to_owner(descriptor: int, folder: int) -> None:
    """What root made belongs to whom the folder around it belongs. Raises OSError."""
    owner = os.fstat(folder)
    if os.geteuid() == 0 and owner.st_uid != 0 and os.fstat(descriptor).st_uid == 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def names_in(folder: int, suffix: str) -> list[str]:
    """Of what is in a folder. Raises OSError."""
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.name.endswith(suffix)]


def _folder_in(folder: int, name: str) -> int:
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=folder)
    made = os.open(name, _FOLDER, dir_fd=folder)
    give_to_owner(made, folder)
    if stat.S_IMODE(os.fstat(made).st_mode) != 0o700 and os.fstat(made).st_uid == os.geteuid():
        os.fchmod(made, 0o700)
    return made
