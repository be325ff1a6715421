"""The index is what the mail is, whatever came in between."""

import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from gateway.store.embedded.index.follow import Added, add, plan
from gateway.store.embedded.index.texts import text_of
from gateway.store.errors import StoreUnavailable
from gateway.store.protocol.search import Field
from tests.unit.store.embedded.index.mail_box import MailBox, extract


@pytest.fixture
def box(tmp_path: Path) -> MailBox:
    return MailBox(tmp_path / "1")


def test_what_arrives_is_found_and_no_longer_missing(box: MailBox) -> None:
    one, two = box.put("first\napple", "second\npear")
    assert box.find("apple") == []
    assert box.missing(one, two) == [one, two]
    assert box.follow() == Added(2)
    assert box.find("appl") == [one]
    assert box.find("SECOND", fields=frozenset({Field.SUBJECT})) == [two]
    assert box.find("second", fields=frozenset({Field.BODY})) == []
    assert box.missing(one, two) == []


def test_nothing_is_done_twice(box: MailBox) -> None:
    box.put("a\nb")
    box.follow()
    assert plan(box.folder).idle
    assert box.follow() == Added()


def test_a_large_body_is_read_from_its_file(box: MailBox) -> None:
    (one,) = box.put("a\n" + "wide " * 30_000 + "needle", large=True)
    box.follow()
    assert box.find("needle") == [one]


def test_a_body_that_cannot_be_read_stays_missing(box: MailBox) -> None:
    lost, kept = box.put("a\nlost", "a\nkept", large=True)
    name = box.mail.execute("SELECT file FROM email WHERE id = ?", (lost,)).fetchone()[0]
    (box.folder.bodies / name).unlink()
    added = box.follow()
    assert (added.messages, added.unreadable) == (1, 1)
    assert "No such file" in added.why
    assert box.missing(lost, kept) == [lost]


@pytest.mark.parametrize("purge", [False, True])
def test_what_is_expunged_leaves_the_index(box: MailBox, purge: bool) -> None:
    one, two = box.put("a\nsame", "b\nsame")
    box.follow()
    box.expunge(one, purge=purge)
    box.follow()
    assert box.find("same") == [two]
    assert box.missing(one) == [one]


def test_what_is_expunged_leaves_the_file_in_time(box: MailBox) -> None:
    emails = box.put(*(f"a\nsecret{number}word" for number in range(10)))
    box.follow()
    box.expunge(*emails[:5])
    box.follow()
    with sqlite3.connect(box.folder.index) as index:
        terms = b"".join(row[0] for row in index.execute("SELECT terms FROM field"))
    assert b"SECRET3WORD" not in terms
    assert b"SECRET7WORD" in terms
    assert box.find("secret") == emails[5:]


def test_history_that_is_lost_is_made_up_for_by_comparing(box: MailBox) -> None:
    one, two = box.put("a\nb", "a\nc")
    box.follow()
    box.expunge(one, purge=True)
    (three,) = box.put("a\nd")
    box.mail.execute("DELETE FROM change")
    box.mail.execute("UPDATE account SET since = seq")
    box.follow()
    assert box.find("a") == [two, three]


def test_a_crash_before_the_progress_is_recorded_repeats_nothing(box: MailBox) -> None:
    box.put("zero\na")
    box.follow()
    one, two = box.put("a\nb", "a\nc")
    made = plan(box.folder)
    add(box.folder, made.missing[:1], extract)
    assert list(plan(box.folder).missing) == [two]
    assert box.missing(one, two) == [two]
    assert box.follow() == Added(1)


def test_many_small_segments_become_few(box: MailBox) -> None:
    emails = []
    for number in range(70):
        emails += box.put(f"subject\nbody {number}")
        box.follow()
    assert box.segments() < 20
    assert box.find("body") == emails
    assert box.find("body 69") == [emails[69]]


@pytest.mark.parametrize("octets", [b"", b"nonsense" * 1000])
def test_a_damaged_file_is_made_anew(box: MailBox, octets: bytes) -> None:
    emails = box.put(*(f"subject {number}\nbody" for number in range(50)))
    box.follow()
    box.folder.index.write_bytes(octets)
    for suffix in ("-wal", "-shm"):
        Path(f"{box.folder.index}{suffix}").unlink(missing_ok=True)
    assert box.missing(*emails) == emails
    assert box.find("body") == []
    assert box.follow().messages == 50
    assert box.find("body") == emails


def test_damage_that_merging_finds_is_made_good(box: MailBox) -> None:
    emails = box.put("subject\nbody")
    box.follow()
    with sqlite3.connect(box.folder.index) as index:
        index.execute("UPDATE field SET terms = x'0a410a420a'")
    index.close()
    for _ in range(6):
        emails += box.put("subject\nbody")
        box.follow()
    emails += box.put("subject\nbody")
    with pytest.raises(sqlite3.DatabaseError):
        box.follow()
    box.follow()
    assert box.find("body") == emails


def test_mail_that_is_damaged_is_no_reason_to_lose_the_index(box: MailBox) -> None:
    emails = box.put("subject\nbody")
    box.follow()
    box.put("another\nbody")
    box.mail.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    box.mail.close()
    octets = box.folder.database.read_bytes()
    box.folder.database.write_bytes(octets[:100] + b"nonsense" * (len(octets) // 8))
    for suffix in ("-wal", "-shm"):
        Path(f"{box.folder.database}{suffix}").unlink(missing_ok=True)
    with pytest.raises(OSError, match="the mail cannot be read"):
        box.follow()
    assert box.find("body") == emails


def test_damage_that_a_search_finds_is_told_to_whoever_indexes(box: MailBox) -> None:
    emails = box.put("subject\nbody")
    box.follow()
    with sqlite3.connect(box.folder.index) as index:
        index.execute("UPDATE field SET ends = x'000000'")
    index.close()
    assert box.missing(*emails) == []
    with pytest.raises(StoreUnavailable, match="search again"):
        box.find("body")
    assert box.missing(*emails) == emails
    assert box.find("body") == []
    assert plan(box.folder).damage
    box.follow()
    assert box.find("body") == emails


def test_an_index_of_mail_that_was_restored_is_made_anew(box: MailBox, tmp_path: Path) -> None:
    box.put("old\nbody")
    box.mail.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    box.follow()
    shutil.copy(box.folder.database, tmp_path / "backup")
    box.put("new\nbody", "newer\nbody")
    box.follow()
    box.mail.close()
    shutil.copy(tmp_path / "backup", box.folder.database)
    for suffix in ("-wal", "-shm"):
        Path(f"{box.folder.database}{suffix}").unlink(missing_ok=True)
    box.mail = sqlite3.connect(box.folder.database, isolation_level=None)
    (other,) = box.put("other\nbody")
    assert "restored" in plan(box.folder).damage
    box.follow()
    assert box.find("new") == []
    assert box.find("other") == [other]


def test_a_hundred_megabytes_of_one_letter_cost_what_is_searched_of_them(box: MailBox) -> None:
    (one,) = box.put("Subject: huge\r\n\r\n", large=True)
    name = box.mail.execute("SELECT file FROM email WHERE id = ?", (one,)).fetchone()[0]
    with (box.folder.bodies / name).open("ab") as file:
        for _ in range(100):
            file.write(b"a" * (1 << 20))
    made = plan(box.folder)
    began = time.process_time()
    assert add(box.folder, made.missing, text_of) == Added(1)
    assert time.process_time() - began < 10
    assert box.find("huge") == [one]
    assert box.find("a" * 60) == [one]


def test_an_index_that_cannot_be_opened_is_a_passing_trouble(box: MailBox) -> None:
    box.put("a\nb")
    box.folder.index.mkdir()
    with pytest.raises(StoreUnavailable):
        box.find("a")
    with pytest.raises(sqlite3.Error, match="unable to open"):
        plan(box.folder)
