from pathlib import Path

import pytest

from gateway.cli.common import config_path, load_config
from gateway.cli.root import Failure

VALID = "hostname: a.example\nlisteners: [{name: a, protocol: smtp, bind: '*:25'}]\nroutes: []\n"


def test_the_option_goes_before_the_environment_and_that_before_the_usual_places(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/gateway.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert config_path(Path("a"), {"GATEWAY_CONFIG": "b"}) == Path("a")
    assert config_path(None, {"GATEWAY_CONFIG": "b"}) == Path("b")
    assert config_path(None, {}) == Path("config/gateway.yaml")


def test_no_configuration_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gateway.cli.common.PLACES", (Path("config/gateway.yaml"),))
    with pytest.raises(Failure) as caught:
        config_path(None, {})
    assert caught.value.message == (
        "gateway: no configuration: give --config FILE, set GATEWAY_CONFIG, or write config/gateway.yaml"
    )


def test_a_configuration_is_loaded_or_all_its_problems_told(tmp_path):
    path = tmp_path / "gateway.yaml"
    path.write_text(VALID)
    assert load_config(path).hostname.ascii == "a.example"
    path.write_text(VALID + "worker: 1\ndata:\n")
    with pytest.raises(Failure) as caught:
        load_config(path)
    assert caught.value.message.splitlines() == [
        f'{path}:4:1: worker: no such key; did you mean "workers"?',
        f"{path}:5:6: data: has no value",
    ]
