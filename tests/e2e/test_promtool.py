"""What Prometheus and Grafana are given, checked by promtool and against the metrics that there are."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.telemetry.board import Board
from gateway.telemetry.definition import Definition, Kind
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.page import page

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "alerts.yaml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboard.json"
OPERATIONS = ROOT / "docs" / "operations.md"
NAME = re.compile(r"\bgateway_\w+")


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    return Metrics(Board(tmp_path / "metrics", "0"))


def promtool(*arguments: str, stdin: bytes = b"") -> None:
    done = subprocess.run(["promtool", *arguments], input=stdin, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def samples(definitions: tuple[Definition, ...]) -> set[str]:
    """The names that a query may use."""
    names = set()
    for definition in definitions:
        ends = ("_bucket", "_sum", "_count") if definition.kind is Kind.HISTOGRAM else ("",)
        names |= {definition.sample + end for end in ends}
    return names


def strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from strings(inner)
        case list():
            for inner in value:
                yield from strings(inner)
        case _:
            return


@pytest.mark.peer("promtool")
def test_the_rules_are_valid() -> None:
    promtool("check", "rules", str(RULES))


@pytest.mark.peer("promtool")
def test_the_alerts_fire_when_they_should() -> None:
    promtool("test", "rules", str(RULES.with_name("alerts_test.yaml")))


@pytest.mark.peer("promtool")
def test_the_page_follows_the_conventions(metrics: Metrics, tmp_path: Path) -> None:
    fill(metrics)
    promtool("check", "metrics", stdin=page(tmp_path / "metrics"))


def test_every_metric_reaches_the_page(metrics: Metrics, tmp_path: Path) -> None:
    fill(metrics)
    on_page = set(NAME.findall(page(tmp_path / "metrics").decode()))
    assert samples(metrics.board.definitions) <= on_page


def test_rules_use_metrics_that_exist(metrics: Metrics) -> None:
    used = set(NAME.findall(RULES.read_text()))
    assert used
    assert used <= samples(metrics.board.definitions)


def test_the_dashboard_uses_metrics_that_exist_and_leaves_none_out(metrics: Metrics) -> None:
    used = set(NAME.findall("\n".join(strings(json.loads(DASHBOARD.read_text())))))
    assert used <= samples(metrics.board.definitions)
    unseen = {d.name for d in metrics.board.definitions if not any(name.startswith(d.name) for name in used)}
    assert unseen == set()


def test_panels_of_the_dashboard_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in panels):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert all(x < 24 for x, _ in cells)
        taken |= cells


def test_operations_say_what_to_do_about_each_alert() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    explained = set(re.findall(r"^\| `(Gateway\w+)` \|", OPERATIONS.read_text(), re.MULTILINE))
    assert explained == alerts


def fill(metrics: Metrics) -> None:
    """Give every metric a value, under a made-up label set."""
    for family in metrics.board.families:
        family.at(*("x" for _ in family.definition.labels))
    metrics.board.flush()
