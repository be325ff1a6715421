"""`gateway serve`: everything that happens before the first worker starts, in the order in which it can fail."""

import fcntl
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from platform import python_version

import uvloop

from gateway.app import clock
from gateway.app.sockets import Bound, CannotBind, bind_all, is_taken
from gateway.app.supervisor import Supervisor
from gateway.app.worker import Post, Worker
from gateway.net.tls import server_context
from gateway.receive.config import ListenerProtocol, ListenerTls
from gateway.settings.config import Auto, Config
from gateway.settings.load import Loaded
from gateway.telemetry.board import Board
from gateway.telemetry.keeper import write_out
from gateway.telemetry.logs import Log, configure
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.page import forget_gauges
from gateway.telemetry.sink import LineSink


class CannotStart(Exception):
    """The gateway cannot start; the message says why and what to do."""


def worker_count(config: Config) -> int:
    """`auto` is one per core that we may use."""
    return len(os.sched_getaffinity(0)) if config.workers is Auto.AUTO else config.workers


def run(path: Path, loaded: Loaded) -> int:
    """Run the gateway in the foreground; returns the exit status. Raises CannotStart."""
    config = loaded.config
    workers = worker_count(config)
    with _data_folder(config.data):
        for listener in config.listeners:
            if is_taken(listener):
                raise CannotStart(f"listener {listener.name}: another program listens on {listener.bind} already")
        try:
            bound = bind_all(config.listeners, workers)
        except CannotBind as error:
            raise CannotStart(str(error)) from error
        _drop_privileges(config)
        server_context(config.tls, config.data, config.hostname.ascii)
        log, sink = configure(config.log, clock.now)
        for warning in loaded.warnings:
            log.warning("configuration", problem=str(warning))
        _banner(log, config, workers)
        metrics = config.data / "run" / "metrics"
        metrics.mkdir(parents=True, exist_ok=True)
        status = _supervise(path, config, bound, (log, sink))
        log.info("stopped", status=status)
        sink.flush()
        return status


def _supervise(path: Path, config: Config, bound: tuple[Bound, ...], logs: tuple[Log, LineSink]) -> int:
    log, sink = logs
    workers = worker_count(config)
    directory = config.data / "run" / "metrics"

    def work(index: int, lifeline: int) -> None:
        forget_gauges(directory, str(index))
        metrics = Metrics(Board(directory, str(index)))
        metrics.running.build.at(version("mail-gateway"), python_version()).set(1.0)
        metrics.running.workers.at().set(1.0)
        post = Post(index, workers, path, config, bound, lifeline, directory)

        async def main() -> None:
            await Worker(post, log, metrics).run()

        try:
            uvloop.run(main())
        finally:
            sink.flush()

    own = Metrics(Board(directory, "supervisor"))

    def restarted() -> None:
        own.running.restarts.at().add()
        write_out(own)
        sink.flush()

    sink.flush()
    return Supervisor(workers, work, log, restarted).run()


@contextmanager
def _data_folder(data: Path) -> Iterator[None]:
    """Made if it is missing, and ours alone while we run."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data / "gateway.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
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


def _drop_privileges(config: Config) -> None:
    """Root is for the ports alone."""
    if os.geteuid() != 0 or config.user is None:
        return
    try:
        account = pwd.getpwnam(config.user)
    except KeyError as error:
        raise CannotStart(f"user: there is no user {config.user}; make one (useradd --system {config.user})") from error
    for folder, _, files in os.walk(config.data):
        os.chown(folder, account.pw_uid, account.pw_gid)
        for name in files:
            os.chown(Path(folder, name), account.pw_uid, account.pw_gid)
    os.initgroups(config.user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def _banner(log: Log, config: Config, workers: int) -> None:
    for listener in config.listeners:
        tls = ListenerTls.NONE if listener.protocol is ListenerProtocol.METRICS else listener.tls
        log.info("listening", listener=listener.name, protocol=listener.protocol, bind=listener.bind, tls=tls)
    if os.geteuid() == 0:
        log.warning("running as root: set `user` to the account that the gateway shall run as")
    log.info("gateway started", hostname=str(config.hostname), workers=workers, data=str(config.data))
