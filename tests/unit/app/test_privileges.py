"""Whose files become the gateway's user's."""

import os
from pathlib import Path

import pytest

from gateway.app.privileges import NoSuchUser, drop_privileges, hand_over

OTHER = 54321 if os.geteuid() == 0 else os.geteuid()
"""Only root can give files away."""


def owner(path: Path) -> int:
    return path.lstat().st_uid


def test_all_that_root_made_is_handed_over(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "queue").mkdir(parents=True)
    (data / "queue" / "queue.db").write_bytes(b"x")
    hand_over(data, OTHER, OTHER)
    assert {owner(data), owner(data / "queue"), owner(data / "queue" / "queue.db")} == {OTHER}


def test_links_lead_nowhere(tmp_path: Path) -> None:
    """Whoever owns the folder already could otherwise be given any file of the machine at the next start."""
    shadow, folder, data = tmp_path / "shadow", tmp_path / "etc", tmp_path / "data"
    shadow.write_bytes(b"secret")
    folder.mkdir()
    data.mkdir()
    (data / "symbolic").symlink_to(shadow)
    (data / "folder").symlink_to(folder)
    (data / "hard").hardlink_to(shadow)
    hand_over(data, OTHER, OTHER)
    assert owner(data) == OTHER
    assert owner(shadow) == owner(folder) == os.geteuid()


def test_a_pipe_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    hand_over(tmp_path, OTHER, OTHER)
    assert owner(tmp_path / "pipe") == os.geteuid()


def test_an_unknown_user_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchUser, match="no-such-user-here"):
        drop_privileges("no-such-user-here", tmp_path)
