"""What only root can do, and giving that up: the data folder's owner, then our own."""

import contextlib
import os
import pwd
import resource
import stat
from pathlib import Path

from gateway.storage.files import open_below


class NoSuchUser(Exception):
    """The account to run as does not exist; the message says what to do."""


def drop_privileges(user: str, data: Path) -> None:
    """Become `user`, who gets what root has made in `data`. Raises NoSuchUser."""
    try:
        account = pwd.getpwnam(user)
    except KeyError as error:
        raise NoSuchUser(f"user: there is no user {user}; make one (useradd --system {user})") from error
    hand_over(data, account.pw_uid, account.pw_gid)
    os.initgroups(user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def hand_over(data: Path, uid: int, gid: int) -> None:
    """Give folders and files of ours to another user.

    The folder may be that user's already, who can put anything there: links to files elsewhere are never followed.
    """
    top = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _hand_over_tree(top, uid, gid)
    finally:
        os.close(top)


def hand_over_below(data: Path, folder: Path) -> None:
    """Give what root has made in a folder of `data`, and on the way to it, to the owner of `data`. Raises OSError."""
    owner = data.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        inner = open_below(data, folder)
        try:
            _hand_over_tree(inner, owner.st_uid, owner.st_gid)
        finally:
            os.close(inner)


def become_owner(data: Path) -> None:
    """Root's commands that work in `data` alone do it as its owner: who owns it can put links anywhere in it."""
    if os.geteuid() == 0 and data.exists() and (owner := data.stat()).st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _hand_over_tree(top: int, uid: int, gid: int) -> None:
    for _, _, files, folder in os.fwalk(".", follow_symlinks=False, dir_fd=top):
        if os.fstat(folder).st_uid == os.geteuid():
            os.fchown(folder, uid, gid)
        for name in files:
            _hand_over_file(name, folder, uid, gid)


def _hand_over_file(name: str, folder: int, uid: int, gid: int) -> None:
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return
    try:
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_uid == os.geteuid():
            os.fchown(file, uid, gid)
    finally:
        os.close(file)


def raise_open_files() -> None:
    """As many descriptors as we may have: clients can use up the usual 1024, and then the queue has none."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
