"""`gateway serve`: everything that happens before the first worker starts, in the order in which it can fail."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.accounts.protocol import AccountsUnavailable, NotPossible
from gateway.app import clock, schemas
from gateway.app.accounts import Clash, refuse_clashes
from gateway.app.backup.restore import CannotRestore, refuse_half
from gateway.app.first_start import make_admin
from gateway.app.privileges import NoSuchUser, drop_privileges, raise_open_files
from gateway.app.sockets import CannotBind, bind_all, is_taken
from gateway.app.supervisor import Supervisor
from gateway.app.workshop import GatewayWorkshop, worker_count
from gateway.certificates.pair import BadCertificate
from gateway.certificates.shelf import Shelf
from gateway.certificates.sources import read_early
from gateway.certificates.stock import Place
from gateway.listen.config import ListenerProtocol, ListenerTls
from gateway.queue.protocol import QueueUnavailable
from gateway.queue.schema import SchemaTooNew
from gateway.queue.upgrade import refuse_newer
from gateway.settings.config import Config
from gateway.settings.load import Loaded
from gateway.telemetry.logs import Log, configure

_OBSTACLES = (
    AccountsUnavailable,
    BadCertificate,
    CannotBind,
    CannotRestore,
    Clash,
    NoSuchUser,
    NotPossible,
    QueueUnavailable,
    SchemaTooNew,
)
_FLAGS = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
"""The folder may belong to the user that we are going to be: root follows no links of theirs."""
_WEB = (ListenerProtocol.HTTP, ListenerProtocol.METRICS)


class CannotStart(Exception):
    """The gateway cannot start; the message says why and what to do."""


def run(path: Path, loaded: Loaded) -> int:
    """Run the gateway in the foreground; returns the exit status. Raises CannotStart."""
    config = loaded.config
    # SQLite gives its files whatever mode it may: what lies in a folder that others can enter is closed to them.
    os.umask(0o077)
    workers = worker_count(config)
    with _data_folder(config.data):
        _refuse_taken(config)
        raise_open_files()
        try:
            bound = bind_all(config.listeners, workers)
            kept = read_early(config.tls) if os.geteuid() == 0 and config.user is not None else {}
            if os.geteuid() == 0 and config.user is not None:
                drop_privileges(config.user, config.data)
            refuse_half(config.data)
            refuse_newer(config.data)
            schemas.refuse_newer(config.data)
            Shelf(config.tls, Place(config.data, config.hostname.ascii), kept=kept)
            refuse_clashes(config)
        except _OBSTACLES as error:
            raise CannotStart(str(error)) from error
        log, sink = configure(config.log, clock.now)
        for warning in loaded.warnings:
            log.warning("configuration", problem=str(warning))
        _banner(log, config, workers)
        _first_account(log, config)
        metrics = config.data / "run" / "metrics"
        metrics.mkdir(parents=True, exist_ok=True)
        shop = GatewayWorkshop(path, config, bound, (log, sink), kept)
        sink.flush()
        status = Supervisor(workers + 1, shop, log).run()
        log.info("stopped", status=status)
        sink.flush()
        return status


@contextmanager
def _data_folder(data: Path) -> Iterator[None]:
    """Made if it is missing, and ours alone while we run."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data / "gateway.lock", _FLAGS, 0o600)
    except OSError as error:
        raise CannotStart(f"data: {data} cannot be used: {error.strerror}; name another folder") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(f"another gateway runs on the data folder {data}; stop it, or set another `data`") from error
    try:
        yield
    finally:
        os.close(descriptor)


def _refuse_taken(config: Config) -> None:
    for listener in config.listeners:
        if is_taken(listener):
            raise CannotStart(f"listener {listener.name}: another program listens on {listener.bind} already")


def _first_account(log: Log, config: Config) -> None:
    try:
        made = make_admin(config)
    except _OBSTACLES as error:
        raise CannotStart(str(error)) from error
    if made is not None:
        log.info("first account made", account=str(made.address), password_shown_in=made.shown)


def _banner(log: Log, config: Config, workers: int) -> None:
    for listener in config.listeners:
        tls = ListenerTls.NONE if listener.protocol in _WEB else listener.tls
        log.info("listening", listener=listener.name, protocol=listener.protocol, bind=listener.bind, tls=tls)
    if os.geteuid() == 0:
        log.warning("running as root: set `user` to the account that the gateway shall run as")
    log.info("gateway started", hostname=str(config.hostname), workers=workers, data=str(config.data))
