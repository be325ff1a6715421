"""An index with any octets changed gives an answer or says that it cannot: it never breaks who asks."""

import asyncio
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.store.embedded.index import damage
from gateway.store.embedded.index.follow import plan
from gateway.store.errors import StoreUnavailable
from gateway.store.protocol.search import Closeness, Field, Wanted
from tests.unit.store.embedded.index.mail_box import MailBox

changes = st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=40)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> MailBox:
    box = MailBox(tmp_path_factory.mktemp("damage") / "1")
    box.put(*(f"subject {number}\nbody of {number} 障害 café" for number in range(200)))
    box.follow()
    with sqlite3.connect(box.folder.index) as index:
        index.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    index.close()
    shutil.copy(box.folder.index, sound(box))
    return box


def sound(box: MailBox) -> Path:
    return box.folder.path / "sound.db"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(changes, st.sampled_from(("body", "障", "cafe", "of 7", "")), st.sampled_from(Closeness))
def test_whatever_is_damaged(box: MailBox, where: list[tuple[int, bytes]], text: str, closeness: Closeness) -> None:
    octets = bytearray(sound(box).read_bytes())
    for place, change in where:
        at = place % len(octets)
        octets[at : at + len(change)] = change
    for suffix in ("-wal", "-shm"):
        Path(f"{box.folder.index}{suffix}").unlink(missing_ok=True)
    box.folder.index.write_bytes(octets)
    damage.forget(box.folder)
    with suppress(StoreUnavailable):
        asyncio.run(box.index.missing([]))
        asyncio.run(box.index.find(Wanted(text, frozenset(Field), closeness)))
    with suppress(sqlite3.Error):
        plan(box.folder)
