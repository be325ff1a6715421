"""Putting right what `verify_data` finds, on a data folder on which no gateway runs."""

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from gateway.accounts.control.files import DATABASE as CONTROL_DB
from gateway.app.verification.data import verify_data
from gateway.auth.authenticator import AccountId
from gateway.mail.units import Seconds, Timestamp
from gateway.storage.connection import connect, open_lock
from gateway.store.embedded.paths import MAIL, AccountFolder
from gateway.store.embedded.verify.fault import Fault, Repair
from gateway.store.embedded.verify.repair import repair_account

_PATIENCE: Final = Seconds(30)
_OF_FILES: Final = frozenset({Repair.MODES, Repair.ORPHANS})


class Running(OSError):
    """A gateway runs on the folder."""


def mend(data: Path, faults: Collection[Fault], now: Timestamp) -> frozenset[Fault]:
    """Returns those that are found no more. Raises OSError, sqlite3.Error."""
    with _alone(data):
        for fault in faults:
            if fault.repair in _OF_FILES:
                _mend_file(Path(fault.where), fault.repair)
        for folder, wanted in _by_account(data, faults).items():
            repair_account(AccountFolder(folder), wanted, now)
        numbers = [fault for fault in faults if fault.repair is Repair.NUMBERS and Path(fault.where).name.isdecimal()]
        if numbers:
            _raise_numbers(data, max(AccountId(int(Path(fault.where).name)) for fault in numbers))
        return frozenset(faults).difference(verify_data(data, now))


def _by_account(data: Path, faults: Collection[Fault]) -> dict[Path, frozenset[Repair]]:
    found: dict[Path, frozenset[Repair]] = {}
    for fault in faults:
        path = Path(fault.where)
        folder = path.parent.parent if path.parent.name == "bodies" else path.parent
        if fault.repair in (_OF_FILES | {Repair.NONE}) or not folder.is_relative_to(data / MAIL):
            continue
        if AccountFolder(folder).database.exists():
            found[folder] = found.get(folder, frozenset()) | {fault.repair}
    return found


def _mend_file(path: Path, repair: Repair) -> None:
    """What is not ours stays a fault."""
    with suppress(FileNotFoundError, PermissionError):
        if repair is Repair.ORPHANS and path.parent.name == "bodies":
            path.unlink()
        elif repair is Repair.MODES and not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)


def _raise_numbers(data: Path, last: AccountId) -> None:
    """No account gets a number that has mail."""
    with closing(connect(data / CONTROL_DB, lock_timeout=_PATIENCE)) as connection:
        connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'account'", (last,))


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    lock = open_lock(data / "gateway.lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Running(f"a gateway runs on {data}: stop it first") from None
    finally:
        os.close(lock)
