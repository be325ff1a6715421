"""Folders that processes of other users have to reach."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def let_others_in(folder: Path) -> None:
    """pytest makes its folders for their owner alone."""
    top = Path(tempfile.gettempdir()).resolve()
    for path in (folder, *folder.resolve().parents):
        if path.is_relative_to(top) and path != top and path.stat().st_uid == os.geteuid():
            path.chmod(path.stat().st_mode | 0o055)


def socket_folder() -> Path:
    """A new one with a short path: that of a Unix socket has 107 octets at most. It goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix="s"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    return folder
