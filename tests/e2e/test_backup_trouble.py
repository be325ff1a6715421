"""Backups in trouble, and removal of an account's mail, with real processes."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.auth.authenticator import AccountId
from gateway.store.embedded.paths import folder_of
from tests.support.commands import Commands
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.unit.app.test_backup import gateway as filled
from tests.unit.app.test_backup import opened, put

__all__ = ["filled"]

_ON_SMALL_DISK = """
mount -t tmpfs -o size=3m,mode=700 tmpfs "$1" || exit 9
"$2" -m gateway backup "$1" && "$2" -m gateway verify "$1" || exit 8
head -c 4000000 /dev/urandom > "$3/large"
"$2" -m gateway backup "$1" && exit 7
"$2" -m gateway verify "$1" || exit 6
rm "$3/large"
"$2" -m gateway backup "$1"
"""


@pytest.mark.peer("unshare")
def test_a_disk_that_is_full_leaves_the_old_backup(filled: Commands, tmp_path: Path) -> None:
    target = tmp_path / "b"
    target.mkdir()
    done = subprocess.run(
        [installed("unshare"), "-rm", "sh", "-c", _ON_SMALL_DISK, "sh", target, sys.executable, filled.data],
        env=os.environ | {"GATEWAY_CONFIG": str(filled.file)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no backup was taken" in done.stderr
    assert "No space left on device" in done.stderr


async def _put(data: Path, account: AccountId) -> None:
    store = opened(data)
    await put(store, account, b"Subject: x\r\n\r\nx")
    await store.close()


def test_the_mail_of_a_removed_account_goes_while_the_gateway_runs(
    gateway: Callable[..., Gateway], tmp_path: Path
) -> None:
    running = gateway(domains=[{"name": "home.example"}], routes=[])
    running.cli("account", "add", "bo@home.example")
    account = AccountId(2)
    asyncio.run(_put(running.data, account))
    folder = folder_of(running.data, account)
    assert folder.database.exists()
    assert running.cli("verify") == ""
    running.cli("backup", str(tmp_path / "b"))
    assert running.cli("verify", str(tmp_path / "b")) == ""
    assert "a gateway runs on" in running.cli("restore", str(tmp_path / "b"), ok=False)
    assert "a gateway runs on" in running.cli("verify", "--repair", ok=False)
    running.cli("account", "remove", "bo@home.example", "--yes")
    wait_for(lambda: folder.removed.exists() and not folder.path.exists(), within=40, what="its mail to go")
