"""Whose files become the gateway's user's."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.app.privileges import NoSuchUser, drop_privileges, hand_over, hand_over_below

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


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")
@pytest.mark.parametrize("planted", ["mail", "mail/001", "mail/001/1"])
def test_what_a_command_gives_away_lies_in_the_data_folder(tmp_path: Path, planted: str) -> None:
    """Its owner can put a link in the place of any folder in it."""
    data, etc = tmp_path / "data", tmp_path / "etc"
    inside = Path("mail/001/1").relative_to(planted)
    (etc / inside).mkdir(parents=True)
    (etc / inside / "shadow").write_bytes(b"secret")
    (data / planted).parent.mkdir(parents=True)
    (data / planted).symlink_to(etc)
    os.chown(data, OTHER, OTHER)
    with suppress(OSError):
        hand_over_below(data, data / "mail/001/1")
    assert {owner(path) for path in (etc, etc / inside, etc / inside / "shadow")} == {0}


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away: needs root")
def test_what_a_command_makes_belongs_to_the_owner_of_the_data(tmp_path: Path) -> None:
    made = tmp_path / "mail" / "001" / "1" / "bodies"
    made.mkdir(parents=True)
    (made / "x.eml").write_bytes(b"x")
    other = tmp_path / "other"
    other.mkdir()
    os.chown(tmp_path, OTHER, OTHER)
    hand_over_below(tmp_path, made.parent)
    assert {owner(path) for path in (tmp_path / "mail").rglob("*")} == {OTHER}
    assert owner(other) == 0
