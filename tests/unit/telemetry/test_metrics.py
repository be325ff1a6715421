"""The metrics themselves, and the page about them in docs."""

import asyncio
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.telemetry.board import Board
from gateway.telemetry.definition import Definition, Kind
from gateway.telemetry.keeper import keep, write_out
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.page import page

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(gateway_\w+)` \| (\w+) \| ([^|]*) \| ([^|]+) \|$", re.MULTILINE)


def definitions(tmp_path: Path) -> tuple[Definition, ...]:
    return Metrics(Board(tmp_path, "0")).board.definitions


def test_names_are_unique(tmp_path: Path) -> None:
    names = [definition.name for definition in definitions(tmp_path)]
    assert len(names) == len(set(names))


def test_docs_list_every_metric_with_its_labels_and_help(tmp_path: Path) -> None:
    documented = {
        (name, kind, labels.replace("`", ""), text) for name, kind, labels, text in ROW.findall(DOCS.read_text())
    }
    assert documented == {(d.sample, str(d.kind), ", ".join(d.labels) or "-", d.help) for d in definitions(tmp_path)}


def test_metrics_without_labels_are_on_the_page_from_the_start(tmp_path: Path) -> None:
    metrics = Metrics(Board(tmp_path, "0"))
    assert write_out(metrics)
    on_page = {family.name for family in text_string_to_metric_families(page(tmp_path).decode())}
    assert {"gateway_queue_wait_seconds", "gateway_queue_unavailable", "gateway_worker_restarts"} <= on_page


def test_bounds_of_histograms_ascend(tmp_path: Path) -> None:
    for definition in definitions(tmp_path):
        assert list(definition.bounds) == sorted(set(definition.bounds))
        assert bool(definition.bounds) == (definition.kind is Kind.HISTOGRAM)


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("in the way")
    assert not write_out(Metrics(Board(tmp_path / "metrics", "0")))


async def test_the_keeper_measures_and_writes_out(tmp_path: Path) -> None:
    metrics = Metrics(Board(tmp_path, "0"))
    task = asyncio.create_task(keep(metrics, 0.001))
    for _ in range(1000):
        if (tmp_path / "histogram_0.db").exists():
            break
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    on_page = {family.name: family.samples for family in text_string_to_metric_families(page(tmp_path).decode())}
    assert on_page["gateway_resident_memory_bytes"][0].value > 1_000_000
    assert on_page["gateway_cpu_seconds"][0].value > 0
    assert sum(metrics.running.loop_lag.at().buckets) >= 4
