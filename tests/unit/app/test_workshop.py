"""What workers start with, and how long they have to end."""

from pathlib import Path

from gateway.app.worker import DRAIN
from gateway.app.workshop import GatewayWorkshop
from gateway.mail.units import Timestamp
from gateway.settings.load import load
from gateway.telemetry.config import LogConfig
from gateway.telemetry.logs import configure

WRITTEN = """\
hostname: gw.example
limits: {shutdown: 90s}
listeners: [{name: mx, protocol: smtp, bind: "127.0.0.1:2525"}]
routes: [{name: held, deliver: hold}]
"""


def workshop(folder: Path) -> GatewayWorkshop:
    """One whose configuration says `WRITTEN`."""
    file = folder / "gateway.yaml"
    file.write_text(WRITTEN)
    config = load(file, {}).config
    (config.data / "run" / "metrics").mkdir(parents=True)
    return GatewayWorkshop(file, config, (), configure(LogConfig(), lambda: Timestamp(0.0), lambda _: None))


def test_workers_are_not_killed_before_their_own_limits(tmp_path: Path) -> None:
    assert workshop(tmp_path).grace > 90 + DRAIN


def test_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    shop = workshop(tmp_path)
    (tmp_path / "gateway.yaml").write_text("hostnam: gw.example\n")
    shop.reloading()
    assert shop.grace > 90 + DRAIN


def test_what_is_reloaded_counts_from_then_on(tmp_path: Path) -> None:
    shop = workshop(tmp_path)
    (tmp_path / "gateway.yaml").write_text(WRITTEN.replace("90", "900"))
    before = shop.grace
    shop.reloading()
    assert shop.grace == before + 810
