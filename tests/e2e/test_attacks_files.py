"""What others on the machine may look at in the data folder."""

from collections.abc import Callable

from tests.support.background import Background
from tests.support.gateway_process import Gateway
from tests.support.sinks import start_sink
from tests.support.submission import ACCOUNT, submissions


def test_nobody_else_reads_anything_even_in_a_folder_that_is_open(
    gateway: Callable[..., Gateway], background: Background
) -> None:
    server = submissions(gateway, start_sink(background))
    with server.gateway.smtp() as client:
        client.plain(ACCOUNT, "no password")
    server.gateway.wait_log("worker ready")
    found = {str(path): path.stat().st_mode & 0o077 for path in server.gateway.data.rglob("*")}
    assert len(found) > 10
    assert {name: oct(mode) for name, mode in found.items() if mode} == {}
