"""Metrics, read back through prometheus_client's own multi-process reader."""

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from threading import Event

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.telemetry.board import Board
from gateway.telemetry.definition import Merge
from gateway.telemetry.family import MOST_CELLS
from gateway.telemetry.page import forget_gauges, page


def samples(directory: Path) -> dict[str, float]:
    """The page: `name{label=value,...}` to number."""
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page(directory).decode())
        for sample in family.samples
    }


def count(directory: Path, worker: str, amount: float) -> None:
    board = Board(directory, worker)
    board.counter("mails", "Mails.", "listener").at("mx").add(amount)
    board.flush()


def test_workers_are_added_up(tmp_path: Path) -> None:
    count(tmp_path, "0", 2)
    count(tmp_path, "1", 3)
    assert samples(tmp_path) == {"gateway_mails_total listener=mx": 5}


def test_a_worker_goes_on_from_the_one_before(tmp_path: Path) -> None:
    count(tmp_path, "0", 2)
    count(tmp_path, "0", 3)
    assert samples(tmp_path) == {"gateway_mails_total listener=mx": 5}


def test_what_a_worker_no_longer_counts_stays_on_the_page(tmp_path: Path) -> None:
    count(tmp_path, "0", 2)
    board = Board(tmp_path, "0")
    board.counter("others", "Others.").at().add()
    board.flush()
    assert samples(tmp_path) == {"gateway_mails_total listener=mx": 2, "gateway_others_total": 1}


def test_flushing_twice_counts_once(tmp_path: Path) -> None:
    board = Board(tmp_path, "0")
    mails = board.counter("mails", "Mails.").at()
    mails.add()
    board.flush()
    mails.add()
    board.flush()
    assert samples(tmp_path) == {"gateway_mails_total": 2}


def test_histograms_accumulate_over_buckets_and_workers(tmp_path: Path) -> None:
    for worker in "01":
        board = Board(tmp_path, worker)
        histogram = board.histogram("wait_seconds", "Wait.", bounds=(0.1, 1.0)).at()
        for value in (0.05, 0.1, 0.5, 7.0):
            histogram.observe(value)
        board.flush()
    assert samples(tmp_path) == {
        "gateway_wait_seconds_bucket le=0.1": 4,
        "gateway_wait_seconds_bucket le=1.0": 6,
        "gateway_wait_seconds_bucket le=+Inf": 8,
        "gateway_wait_seconds_count": 8,
        "gateway_wait_seconds_sum": pytest.approx(15.3),
    }


@pytest.mark.parametrize(("merge", "expected"), [(Merge.SUM, 12), (Merge.MAX, 9), (Merge.MIN, 3)])
def test_gauges_merge(tmp_path: Path, merge: Merge, expected: float) -> None:
    for worker, value in (("0", 3), ("1", 9)):
        board = Board(tmp_path, worker)
        board.gauge("depth", "Depth.", merge=merge).at().set(value)
        board.flush()
    assert samples(tmp_path) == {"gateway_depth": expected}


def test_a_minimum_that_was_never_set_takes_no_part(tmp_path: Path) -> None:
    for worker in "01":
        board = Board(tmp_path, worker)
        ready = board.gauge("ready", "Ready.", merge=Merge.MIN)
        if worker == "1":
            ready.at().set(1)
        board.flush()
    assert samples(tmp_path) == {"gateway_ready": 1}


def test_gauges_begin_anew_and_those_of_the_dead_go(tmp_path: Path) -> None:
    for worker in ("0", "1", "10"):
        board = Board(tmp_path, worker)
        board.gauge("open", "Open.").at().add(5)
        board.counter("mails", "Mails.").at().add(1)
        board.flush()
    restarted = Board(tmp_path, "0")
    restarted.gauge("open", "Open.").at().add(1)
    restarted.flush()
    forget_gauges(tmp_path, "1")
    assert samples(tmp_path) == {"gateway_open": 6, "gateway_mails_total": 3}


def test_labels_are_bounded(tmp_path: Path) -> None:
    board = Board(tmp_path, "0")
    family = board.counter("mails", "Mails.", "who")
    for number in range(MOST_CELLS + 50):
        family.at(f"peer{number}").add()
    board.flush()
    found = samples(tmp_path)
    assert len(found) == MOST_CELLS + 1
    assert found["gateway_mails_total who=other"] == 50


def test_a_wrong_number_of_labels_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has the labels"):
        Board(tmp_path, "0").counter("mails", "Mails.", "who").at("a", "b")


@pytest.mark.parametrize("garbage", [b"", b"\0", b"\xff" * 100, b"\x64\0\0\0" + b"\0" * 200])
def test_a_broken_file_is_begun_anew(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "counter_0.db").write_bytes(garbage)
    count(tmp_path, "0", 2)
    assert samples(tmp_path) == {"gateway_mails_total listener=mx": 2}


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    place = tmp_path / "metrics"
    place.write_text("in the way")
    board = Board(place, "0")
    mails = board.counter("mails", "Mails.").at()
    mails.add()
    with pytest.raises(OSError, match="exists"):
        board.flush()
    place.unlink()
    mails.add()
    board.flush()
    assert samples(place) == {"gateway_mails_total": 2}


def test_label_values_of_all_kinds_survive(tmp_path: Path) -> None:
    board = Board(tmp_path, "0")
    family = board.counter("mails", "Mails.", "route")
    for name in ('quo"te', "back\\slash", "ünï", "a" * 300):
        family.at(name).add()
    board.flush()
    assert set(samples(tmp_path)) == {
        f"gateway_mails_total route={name}" for name in ('quo"te', "back\\slash", "ünï", "a" * 300)
    }


def test_the_page_can_be_read_at_any_moment(tmp_path: Path) -> None:
    """A worker's files appear whole: a page that is read while they are made is neither broken nor refused."""
    stop = Event()
    count(tmp_path, "3", 1)

    def make() -> None:
        for worker in cycle("012"):
            if stop.is_set():
                return
            count(tmp_path, worker, 1)

    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(make)
        try:
            pages = [page(tmp_path) for _ in range(200)]
        finally:
            stop.set()
        making.result()
    assert all(b"gateway_mails_total" in each for each in pages)


def test_a_file_that_is_cut_short_is_an_error_that_readers_know(tmp_path: Path) -> None:
    (tmp_path / "counter_0.db").write_bytes(b"")
    with pytest.raises(ValueError, match="cut short"):
        page(tmp_path)
