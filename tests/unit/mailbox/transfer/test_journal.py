from pathlib import Path

import pytest

from gateway.mailbox.transfer.journal import Intent, Journal
from gateway.mailbox.transfer.model import Unreadable

FIRST = Intent("k", "t1", 2, 0, 100, "f1")
SECOND = Intent("k", "t2", 3, 100, 250, "f2")
NAMED = Intent("m", "t3", 2, names=("a", "b"))


def test_what_was_begun_and_what_was_done(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        salt = journal.salt
        journal.begin(FIRST)
        journal.done(FIRST)
        journal.begin(SECOND)
        journal.begin(NAMED)
    with Journal(tmp_path / "j") as journal:
        assert journal.salt == salt
        course = journal.course("k")
        assert (course.offset, course.fingerprint, course.count, list(course.open.values())) == (250, "f2", 2, [SECOND])
        assert (journal.course("m").names, journal.course("m").open) == ({"a", "b"}, {"t3": NAMED})


def test_any_end_of_the_file_is_a_state_before(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        for intent in (FIRST, SECOND):
            journal.begin(intent)
            journal.done(intent)
    whole = (tmp_path / "j").read_bytes()
    offsets = []
    for length in range(len(whole)):
        (tmp_path / "cut").write_bytes(whole[:length])
        with Journal(tmp_path / "cut") as journal:
            course = journal.course("k")
            offsets.append(course.offset)
            journal.begin(NAMED)
        with Journal(tmp_path / "cut") as journal:
            assert journal.course("k").offset == course.offset
            assert journal.course("m").open == {"t3": NAMED}
    assert offsets == sorted(offsets)
    assert set(offsets) == {0, 100, 250}


def test_only_one_process_has_it(tmp_path: Path) -> None:
    with Journal(tmp_path / "j"), pytest.raises(Unreadable, match="running already"), Journal(tmp_path / "j"):
        pass


def test_anew(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.begin(FIRST)
        salt = journal.salt
    with Journal(tmp_path / "j", anew=True) as journal:
        assert journal.course("k").offset == 0
        assert journal.salt != salt
