"""Links that the gateway's own user puts into its data folder, for root to follow."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.gateway_process import REPOSITORY, Gateway

ROUTES = [{"name": "all", "deliver": "hold"}]

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root: only root follows somebody else's links")


@pytest.mark.parametrize("name", ["gateway.lock", "control.lock", "activity.lock"])
def test_root_makes_no_file_behind_a_link(name: str, tmp_path: Path) -> None:
    """An empty file can be much in /etc: nobody logs in where there is a nologin."""
    victim = tmp_path / "nologin"
    server = Gateway(tmp_path, {"domains": [{"name": "home.example"}], "routes": ROUTES, "user": "nobody"})
    server.data.mkdir(mode=0o700)
    (server.data / name).symlink_to(victim)
    for command in (["account", "add", "al@home.example"], ["account", "logins"], ["serve"]):
        full = [sys.executable, "-m", "gateway", *command, "--config", str(server.file)]
        with subprocess.Popen(full, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=REPOSITORY) as running:
            try:
                _, said = running.communicate(timeout=4)
            except subprocess.TimeoutExpired:
                running.terminate()
                _, said = running.communicate(timeout=20)
        assert b"Traceback" not in said, said.decode()
        assert not victim.exists()


def test_root_changes_no_database_behind_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "other.db"
    with closing(sqlite3.connect(victim)) as database:
        database.execute("CREATE TABLE t (a)")
        database.commit()
    before = victim.read_bytes()
    server = Gateway(tmp_path, {"domains": [{"name": "home.example"}], "routes": ROUTES})
    server.data.mkdir(mode=0o700)
    (server.data / "control.lock").touch()
    (server.data / "control.db").symlink_to(victim)
    assert "control.db" in server.cli("account", "add", "al@home.example", ok=False)
    assert victim.read_bytes() == before
