"""A real Alertmanager: it says SMTPUTF8 for every message; legacy servers get its alerts all the same."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.cli.sink.server import PLAIN, Received
from tests.support.background import Background
from tests.support.configs import to_sinks
from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.ports import free_port
from tests.support.reader import parse
from tests.support.sinks import LEGACY, one, start_sink
from tests.support.smtp_client import Client

pytestmark = pytest.mark.peer("prometheus-alertmanager", "amtool")

JAPANESE_SUBJECT = "障害: 東京サーバのディスク容量不足"
BEHAVIOURS = {"legacy": LEGACY, "utf8": PLAIN}


@contextmanager
def alertmanager(folder: Path, smarthost: int, to: str, subject: str | None = None) -> Iterator[str]:
    """Runs it; yields its URL."""
    headers = {"headers": {"subject": subject}} if subject else {}
    config = {
        "global": {
            "smtp_smarthost": f"127.0.0.1:{smarthost}",
            "smtp_from": "am@home.example",
            "smtp_require_tls": False,
        },
        "route": {"receiver": "mail", "group_wait": "0s"},
        "receivers": [{"name": "mail", "email_configs": [{"to": to} | headers]}],
    }
    (folder / "am.yml").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    command = [installed("prometheus-alertmanager"), f"--config.file={folder}/am.yml", f"--storage.path={folder}/am"]
    command += [f"--web.listen-address={address}", "--cluster.listen-address="]
    with (folder / "am.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_for(lambda: _answers(address), what="Alertmanager to listen")
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(20)


def _answers(address: str) -> bool:
    try:
        Client(int(address.rpartition(":")[2])).close()
    except OSError:
        return False
    return True


def fire(url: str, *labels: str) -> None:
    command = [installed("amtool"), f"--alertmanager.url={url}", "alert", "add", *labels]
    subprocess.run(command, check=True, capture_output=True, timeout=30)


@pytest.mark.parametrize("hop", sorted(BEHAVIOURS))
def test_an_ascii_alert_arrives_without_smtputf8(
    hop: str, gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    sink = start_sink(background, BEHAVIOURS[hop])
    running = gateway(**to_sinks(**{hop: sink}))
    with alertmanager(tmp_path, running.port, f"ops@{hop}.example") as url:
        fire(url, "DiskFull", "instance=db1")
        message = one(sink)
    _carried_plainly(message)
    assert "DiskFull" in parse(message.octets).text("Subject")
    assert b"db1" in message.octets
    wait_for(lambda: running.metric("gateway_needs_requested_total", extension="SMTPUTF8") == 1, what="the count")
    assert running.metric("gateway_needs_derived_total", extension="SMTPUTF8") == 0


@pytest.mark.parametrize("hop", sorted(BEHAVIOURS))
def test_a_japanese_alert_arrives_without_smtputf8(
    hop: str, gateway: Callable[..., Gateway], background: Background, tmp_path: Path
) -> None:
    sink = start_sink(background, BEHAVIOURS[hop])
    running = gateway(**to_sinks(**{hop: sink}))
    with alertmanager(tmp_path, running.port, f"ops@{hop}.example", JAPANESE_SUBJECT) as url:
        fire(url, "alertname=ディスク", "site=東京")
        message = one(sink)
    _carried_plainly(message)
    mail = parse(message.octets)
    assert mail.text("Subject") == JAPANESE_SUBJECT
    assert "東京".encode() in b"".join(leaf.content for leaf in mail.leaves())


def _carried_plainly(message: Received) -> None:
    assert not message.smtputf8
    assert message.violations == ()
    assert message.octets.isascii()
    assert message.sender == "am@home.example"
