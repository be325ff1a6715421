"""Peers that a machine may lack, and the fixtures that more than one folder of tests uses."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.background import Background
from tests.support.dovecot_imap import DovecotImap
from tests.support.gateway_process import Gateway
from tests.support.mail_server import MailServer, gateway_server
from tests.support.peers import missing, required
from tests.support.ports import free_port
from tests.support.soundness import assert_sound


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip by name what needs a peer that is not installed; in CI that is a failure."""
    for mark in item.iter_markers("peer"):
        for name in mark.args:
            why = missing(name)
            if why and required():
                pytest.fail(why, pytrace=False)
            if why:
                pytest.skip(why)


@pytest.fixture(scope="module")
def background() -> Iterator[Background]:
    """A thread with an event loop, for asynchronous peers of plain tests."""
    with Background() as running:
        yield running


@pytest.fixture
def free() -> int:
    """A port that nobody listens on."""
    return free_port()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Callable[..., Gateway]]:
    """Starts gateways with the configuration given by keywords; each has to stop cleanly at the end of the test, and
    to leave mailboxes in which `gateway verify` finds nothing wrong.

    What they logged is shown where the test fails.
    """
    with ExitStack() as stack:

        def start(**config: Any) -> Gateway:
            folder = tmp_path / f"gateway{len(list(tmp_path.glob('gateway*')))}"
            folder.mkdir()
            made = Gateway(folder, config)
            stack.callback(lambda: sys.stdout.write(f"{folder.name}:\n{made.tail()}\n"))
            stack.callback(_assert_sound, made)
            return stack.enter_context(made)

        yield start


@pytest.fixture
def mail_server(gateway: Callable[..., Gateway], tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """A mailbox server with an account: the gateway, or what IMAP_SERVER names instead."""
    if os.environ.get("IMAP_SERVER") == "dovecot":
        with DovecotImap.prepared(tmp_path_factory.mktemp("d") / "d") as server:
            yield server
    else:
        yield gateway_server(gateway)


def _assert_sound(gateway: Gateway) -> None:
    if gateway.sound:
        assert_sound(gateway.data)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted (`record_property`), also from the processes of pytest-xdist."""
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    figures = [(report.nodeid, name, value) for report in reports for name, value in report.user_properties]
    if figures:
        terminalreporter.section("figures")
    for node, name, value in figures:
        terminalreporter.write_line(f"{node}: {name}: {value}")
