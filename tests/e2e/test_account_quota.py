"""`gateway account quota` as a process of its own, beside a gateway that runs and one that was stopped."""

import json
from collections.abc import Callable

import pytest

from tests.support.gateway_process import Gateway

AL = "al@home.example"


@pytest.mark.parametrize("running", [True, False])
def test_a_quota(gateway: Callable[..., Gateway], running: bool) -> None:
    home = gateway(domains=[{"name": "home.example"}], routes=[])
    home.cli("account", "add", AL)
    if not running:
        home.stop()
    assert "5 GB" in home.cli("account", "quota", AL, "--storage", "5GB", "--messages", "10")
    found = json.loads(home.cli("account", "quota", AL, "--json"))
    assert found["storage"] == {"used": 0, "limit": 5_000_000_000, "own": True}
    assert found["messages"] == {"used": 0, "limit": 10, "own": True}
    assert json.loads(home.cli("account", "quota", AL, "--default", "--json"))["storage"]["own"] is False
