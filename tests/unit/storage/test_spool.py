"""Spools: files that belong to this process until a row names them."""

from pathlib import Path

import pytest

from gateway.storage.spool import Spools


class NoDisk(Exception):
    """What the owner raises."""


async def test_candidates_are_nobodys(tmp_path: Path) -> None:
    spools = Spools(tmp_path, NoDisk)
    (tmp_path / "orphan").touch()
    spool = spools.new()
    await spool.write(b"x")
    body = await spool.finish()
    assert spools.candidates() == {"orphan"}
    spools.hand_over(body.name)
    assert spools.candidates() == {"orphan", body.name}
    body.discard()
    assert body.path.exists(), "a row may name it"
    spools.take_back(body.name)
    body.discard()
    assert not body.path.exists()


async def test_trouble_is_the_owners_exception(tmp_path: Path) -> None:
    spool = Spools(tmp_path / "missing", NoDisk).new()
    with pytest.raises(NoDisk, match="cannot be written"):
        await spool.finish()
    spool.discard()
    spool.discard()


async def test_what_cannot_be_removed_is_left(tmp_path: Path) -> None:
    spools = Spools(tmp_path, NoDisk)
    spool = spools.new()
    await spool.write(b"x")
    body = await spool.finish()
    body.path.unlink()
    body.path.mkdir()
    body.discard()
    assert spools.candidates() == {body.name}
