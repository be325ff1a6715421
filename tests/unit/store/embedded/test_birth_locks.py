"""An account that is made twice at the same moment: whoever comes second takes no lock away from the first."""

import os
from pathlib import Path

from gateway.app import clock
from gateway.auth.authenticator import AccountId
from gateway.store.config import MailboxConfig
from gateway.store.embedded import birth
from gateway.store.embedded.database.account_file import AccountFile
from gateway.store.embedded.paths import folder_of


def _locks(path: Path) -> int:
    """Those that this process has on the file (proc_locks(5))."""
    number = f":{path.stat().st_ino} "
    lines = Path("/proc/locks").read_text().splitlines()
    return sum(f" {os.getpid()} " in line and number in line for line in lines)


def test_making_an_account_that_is_there_keeps_its_locks(tmp_path: Path) -> None:
    """Without its lock on the database, another process that closes its own last connection removes the WAL."""
    folder, config = folder_of(tmp_path, AccountId(1)), MailboxConfig()
    file = AccountFile(folder, config)
    with file.reading(clock.now()):
        held = _locks(folder.database)
        assert held
        birth.prepare(folder, config, clock.now())
        assert _locks(folder.database) == held
    file.close()
    assert not (folder.path / "mail.db.new").exists()
