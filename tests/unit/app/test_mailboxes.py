"""Who tidies up, and what a worker is ready for."""

from pathlib import Path

import pytest

from gateway.app import clock
from gateway.app.health import Health
from gateway.app.mailboxes import Duty
from gateway.app.transports import Transports
from gateway.deliver.local.means import Means
from gateway.deliver.local.session import ENDPOINT, MailboxSession
from gateway.deliver.local.transport import MailboxTransport
from gateway.mail.nexthop import LmtpHop, MailboxHop
from gateway.relay.no_accounts import NO_ACCOUNTS
from gateway.store.config import MailboxConfig
from gateway.store.embedded.hints import HostHints
from gateway.store.embedded.store import open_store
from gateway.telemetry.board import Board
from gateway.telemetry.metrics import Metrics
from gateway.web.readiness import Readiness
from tests.contract.transport_support import transport


def test_one_tidies_and_another_after_it(tmp_path: Path) -> None:
    first, second = Duty(tmp_path), Duty(tmp_path)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.leave()
    assert second.take()
    assert not first.take()
    second.leave()
    second.leave()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "tidy.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        Duty(tmp_path).take()
    assert not (tmp_path / "elsewhere").exists()


async def _well() -> Readiness:
    return Readiness()


async def _ill() -> Readiness:
    return Readiness(("the disk is full",))


async def test_ready_is_who_has_no_trouble(tmp_path: Path) -> None:
    metrics = Metrics(Board(tmp_path, "w"))
    assert (await Health((_well, _well), metrics.running).readiness()).ready
    ill = await Health((_well, _ill), metrics.running).readiness()
    assert ill.trouble == ("the disk is full",)


async def test_mailboxes_are_no_host(tmp_path: Path) -> None:
    store = open_store(tmp_path, MailboxConfig(), clock.now, HostHints(tmp_path))
    mailboxes = MailboxTransport(Means(store, NO_ACCOUNTS, MailboxConfig(), clock.now))
    hop = LmtpHop("x", path="/nowhere")
    async with transport() as hosts:
        both = Transports(hosts, mailboxes)
        assert isinstance(both.kept(MailboxHop()), MailboxSession)
        assert isinstance(await both.open(MailboxHop(), ENDPOINT), MailboxSession)
        assert await both.endpoints(MailboxHop()) == (ENDPOINT,)
        assert both.kept(hop) is None
        assert await both.endpoints(hop) == await hosts.endpoints(hop)
    await store.close()
