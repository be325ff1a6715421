"""IMAP beside Debian's Dovecot, on the same mailbox of 100,000 messages of 2 KB, by the same client.

Dovecot is as Debian ships it: mdbox, its fastest format, `mail_fsync = optimized`, no full-text search (there is none
in the packages that needs no other server). Both have what they need in the system's cache, and every command is given
once before it is measured, but for those that change much. Servers take turns; what is reported is the median of the
rounds. The number of responses is verified, and that both find the same.
"""

import asyncio
import ssl
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.archive import messages
from benchmarks.imap_client import Answered, MeasuringClient
from benchmarks.views import fill as fill_store
from gateway.auth.authenticator import AccountId
from tests.support import processes
from tests.support.dovecot_imap import DovecotImap
from tests.support.gateway_process import Gateway
from tests.support.mailboxes import Mailboxes, opened
from tests.support.patience import wait_for
from tests.support.peers import missing

USER: Final = "box@home.example"
BATCH: Final = 1000
IDLE: Final = {"gateway": 1000, "Dovecot": 90}
"""Connections under TLS; Debian's Dovecot takes no more than 100."""
IDLE_LIMIT: Final = 60 * 1024
"""Octets per idle connection that are not to be exceeded."""
PROBE_LIMIT: Final = 0.020
"""Seconds that another's command may be delayed."""
MANY: Final = 10
"""Times as many messages are in the largest mailbox."""
SELECT_LIMIT: Final = 100.0
"""Milliseconds, of a mailbox that the worker has open already."""
WITHIN_DOVECOT: Final = 2.0
AHEAD: Final = 1.0


@dataclass(frozen=True, slots=True)
class Server:
    """What is measured."""

    name: str
    port: int
    tls_port: int
    password: str
    pids: Callable[[], list[int]]
    """Of all its processes."""
    settle: Callable[[], None]
    """Return when it has nothing more to do for itself."""

    def client(self, mailbox: str = "") -> MeasuringClient:
        """Logged in."""
        client = MeasuringClient(self.port)
        client.log_in(USER, self.password)
        if mailbox:
            client.command(f"SELECT {mailbox}".encode())
        return client

    @property
    def memory(self) -> int:
        """Octets, what processes share counted once."""
        return sum(map(proportional, self.pids()))


def proportional(pid: int) -> int:
    """Octets of a process, its part of what it shares with others among them (proc(5), Pss)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


@contextmanager
def gateway_server(folder: Path, workers: int = 1) -> Iterator[Server]:
    """The gateway with one worker, as Dovecot has one process for each connection."""
    folder.mkdir(parents=True)
    config = {
        "workers": workers,
        "domains": [{"name": "home.example"}],
        "limits": {"connections_per_client": 20_000, "connections": 20_000},
        "routes": [{"name": "local", "when": {"local": True}, "deliver": "mailbox"}],
    }
    with Gateway(folder, config) as gateway:
        password = gateway.account(USER)

        def indexed() -> None:
            time.sleep(1)
            wait_for(lambda: gateway.metric("gateway_index_waiting_messages") == 0, within=600, what="the index")

        yield Server("gateway", gateway.imap_port, gateway.imaps_port, password, lambda: gateway.workers, indexed)


@contextmanager
def dovecot_server(folder: Path) -> Iterator[Server]:
    """Debian's Dovecot."""
    with DovecotImap.prepared(folder, mail_format="mdbox") as dovecot:
        master, ports = dovecot.master, (dovecot.port, dovecot.tls_port)
        yield Server("Dovecot", *ports, dovecot.password, lambda: processes.descendants(master), lambda: None)


# What is measured


@dataclass(frozen=True, slots=True)
class Load:
    """One line of the table."""

    name: str
    work: Callable[[MeasuringClient], float]
    """Seconds. Raises AssertionError where the server did not do it."""
    target: float = WITHIN_DOVECOT
    """Of Dovecot's time, at most."""
    warm: bool = True
    """Done once before it is measured."""


Measured = dict[str, dict[str, list[float]]]
"""Seconds by load and server, a figure for each round."""


def expect(answer: Answered, name: bytes, count: int) -> float:
    """The seconds, if there are so many of these."""
    found = answer.count(name)
    if found != count:
        raise AssertionError(f"{found} of {count} times {name!r}: {answer.octets[-200:]!r}")
    return answer.seconds


class Results:
    """What was found, by command: the servers have to agree."""

    def __init__(self) -> None:
        self._found: dict[bytes, bytes] = {}

    def same(self, command: bytes, answer: Answered) -> float:
        """The seconds, if the result is that of the other server."""
        lines = [
            line for line in answer.octets.split(b"\r\n") if line.startswith((b"* SEARCH", b"* SORT", b"* THREAD"))
        ]
        known = self._found.setdefault(command, lines[0])
        if known != lines[0]:
            raise AssertionError(f"{command!r}: {known[:100]!r} here, {lines[0][:100]!r} there")
        return answer.seconds


def loads(count: int, results: Results) -> list[Load]:
    """In the order in which they are given."""
    thousand, ten_thousand = min(1000, count // 10), count // 10

    def fetch(which: str, items: str, number: int) -> Callable[[MeasuringClient], float]:
        command = f"FETCH {which} ({items})".encode()
        return lambda client: expect(client.command(command), b" FETCH (", number)

    def find(command: bytes) -> Callable[[MeasuringClient], float]:
        return lambda client: results.same(command, client.command(command))

    middle = f"{count // 2}:{count // 2 + thousand - 1}"
    word, subject = words()
    return [
        Load("SELECT", selecting),
        Load("FETCH 1:* (UID FLAGS)", fetch("1:*", "UID FLAGS", count)),
        Load(f"FETCH ENVELOPE of {thousand}", fetch(middle, "ENVELOPE", thousand)),
        Load(f"FETCH BODY[] of {thousand}", fetch(middle, "BODY.PEEK[]", thousand)),
        Load("SEARCH UNSEEN", find(b"SEARCH UNSEEN"), AHEAD),
        Load("SEARCH SUBJECT", find(b"SEARCH SUBJECT " + subject), AHEAD),
        Load("SEARCH BODY", find(b"SEARCH BODY " + word), AHEAD),
        Load("SORT (DATE)", find(b"SORT (DATE) UTF-8 ALL"), AHEAD),
        Load("SORT (SUBJECT)", find(b"SORT (SUBJECT) UTF-8 ALL"), AHEAD),
        Load("THREAD REFERENCES", find(b"THREAD REFERENCES UTF-8 ALL"), AHEAD),
        Load(f"STORE of {thousand}", lambda client: storing(client, middle, thousand)),
        Load("APPEND of 50, one by one", appending),
        Load(f"COPY of {ten_thousand}", lambda client: copying(client, ten_thousand), warm=False),
        Load(f"EXPUNGE of {ten_thousand}", lambda client: expunging(client, ten_thousand), warm=False),
    ]


def words() -> tuple[bytes, bytes]:
    """One that some texts have, and one that some subjects have."""
    some = list(islice(messages(2000), 2000))
    subject = next(line for line in some[1000].split("\n") if line.startswith("Subject: "))
    return some[-1].split()[-7].strip(".").encode(), subject.split()[-1].encode()


def selecting(client: MeasuringClient) -> float:
    """The mean of ten."""
    return sum(expect(client.command(b"SELECT INBOX"), b" EXISTS", 1) for _ in range(10)) / 10


def storing(client: MeasuringClient, which: str, number: int) -> float:
    """Set, and take away again."""
    both = [client.command(f"STORE {which} {sign}FLAGS (\\Flagged)".encode()) for sign in "+-"]
    return sum(expect(each, b" FETCH (", number) for each in both) / 2


def appending(client: MeasuringClient) -> float:
    """Into another mailbox, each durable before the next."""
    octets = [text_of(each) for each in islice(messages(50), 50)]
    return sum(client.append(b"Trash", [(b"", each)]).seconds for each in octets)


def copying(client: MeasuringClient, number: int) -> float:
    """For the next one."""
    return client.command(f"COPY 1:{number} Archive".encode()).seconds


def expunging(client: MeasuringClient, number: int) -> float:
    """And back to the inbox."""
    client.command(b"SELECT Archive")
    client.command(f"STORE 1:{number} +FLAGS.SILENT (\\Deleted)".encode())
    seconds = expect(client.command(b"EXPUNGE"), b" EXPUNGE\r\n", number)
    client.command(b"SELECT INBOX")
    return seconds


def text_of(item: str) -> bytes:
    """The message of an mbox's item."""
    return item.partition("\n")[2].removesuffix("\n").replace("\n", "\r\n").encode()


def batches(count: int) -> Iterator[list[tuple[bytes, bytes]]]:
    """Messages with flags: one in twenty is unseen."""
    made = ((b"" if number % 20 == 7 else b"\\Seen", text_of(each)) for number, each in enumerate(messages(count)))
    while batch := list(islice(made, BATCH)):
        yield batch


def fill(servers: Sequence[Server], count: int) -> dict[str, list[float]]:
    """The same mailbox in all, in turns; seconds of each batch."""
    seconds: dict[str, list[float]] = {server.name: [] for server in servers}
    with ExitStack() as stack:
        clients = [(server, stack.enter_context(server.client())) for server in servers]
        for batch in batches(count):
            for server, client in clients:
                seconds[server.name].append(client.append(b"INBOX", batch).seconds)
    return seconds


def compare(servers: Sequence[Server], count: int, rounds: int) -> Measured:
    """Fill mailboxes, then give all commands in turns."""
    found: Measured = {f"MULTIAPPEND of {min(BATCH, count)}": fill(servers, count)}
    for server in servers:
        server.settle()
    with ExitStack() as stack:
        clients = [(server, stack.enter_context(server.client("INBOX"))) for server in servers]
        for load in loads(count, Results()):
            of_load = found[load.name] = {server.name: [] for server in servers}
            for number in range(rounds + load.warm):
                for server, client in clients if number % 2 else reversed(clients):
                    seconds = load.work(client)
                    if number >= load.warm:
                        of_load[server.name].append(seconds)
    return found


# Idle connections


def idle_octets(server: Server, connections: int) -> float:
    """Memory that each takes: under TLS, a mailbox selected, in IDLE."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ExitStack() as stack:
        go_idle(stack, server, context)
        before = server.memory
        for _ in range(connections):
            go_idle(stack, server, context)
        return (server.memory - before) / connections


def go_idle(stack: ExitStack, server: Server, context: ssl.SSLContext) -> None:
    """One more."""
    client = stack.enter_context(MeasuringClient(server.tls_port, tls=context))
    client.log_in(USER, server.password)
    client.command(b"SELECT Drafts")
    client.idle()


# Latency of others


@dataclass
class Probed:
    """NOOPs beside what somebody else does."""

    beside: str
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Of the latencies."""
        return sorted(self.seconds)[int((len(self.seconds) - 1) * share)]


BESIDE: Final = (
    "FETCH 1:* (UID FLAGS)",
    "FETCH 1:* (ENVELOPE)",
    "FETCH 1:* (BODY.PEEK[])",
    "SEARCH BODY qqq",
    "SORT (REVERSE SUBJECT) UTF-8 UNSEEN",
    "THREAD REFERENCES UTF-8 ALL",
    "APPEND 100000",
)


def probe(server: Server, beside: str, seconds: float) -> Probed:
    """Of one worker, with the mailbox that is filled."""
    probed = Probed(beside)
    arguments = [str(server.port), USER, server.password, "INBOX", beside]
    command = [sys.executable, "-m", "benchmarks.imap_client", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other, server.client() as client:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            probed.seconds.append(client.command(b"NOOP").seconds)
            time.sleep(0.002)
        done, _ = other.communicate(timeout=120)
    if other.returncode or not int(done):
        raise AssertionError(f"{beside} was not done")
    return probed


# A large mailbox


def selected(folder: Path, count: int) -> tuple[float, float, float]:
    """Milliseconds of the first SELECT, of later ones, and of FETCH 1:* (UID FLAGS)."""
    folder.mkdir()
    config = {"domains": [{"name": "home.example"}], "routes": [{"name": "local", "deliver": "mailbox"}], "workers": 1}
    with Gateway(folder, config) as gateway:
        password = gateway.account(USER)
        account = Mailboxes(gateway).account(USER)
        gateway.stop()
        asyncio.run(_filled(gateway.data, account, count))
        gateway.start()
        with MeasuringClient(gateway.imap_port) as client:
            client.log_in(USER, password)
            first = expect(client.command(b"SELECT INBOX"), b"* %d EXISTS" % count, 1)
            again = selecting(client)
            flags = expect(client.command(b"FETCH 1:* (UID FLAGS)"), b" FETCH (", count)
    return first * 1000, again * 1000, flags * 1000


async def _filled(data: Path, account: AccountId, count: int) -> None:
    async with opened(data) as store:
        await fill_store(store, count, account)


# What is printed


def report(folder: Path, console: Console, *, count: int, rounds: int, seconds: float) -> None:
    """Measure and print. `seconds`: of each probe of the latency."""
    why = missing("dovecot") or missing("imap")
    with ExitStack() as stack:
        servers = [stack.enter_context(gateway_server(folder / "gateway"))]
        if why:
            console.print(f"no comparison: {why}")
        else:
            servers.append(stack.enter_context(dovecot_server(folder / "dovecot")))
        for server in servers:
            number = IDLE[server.name]
            octets = idle_octets(server, number)
            limit = f" (at most {IDLE_LIMIT / 1024:.0f})" if server.name == "gateway" else ""
            console.print(f"{server.name}: {octets / 1024:,.1f} KiB for each of {number} idle connections{limit}")
        console.print(times(compare(servers, count, rounds), count))
        console.print(latencies(servers[0], seconds))
    many = count * MANY
    first, again, flags = selected(folder / "many", many)
    missed = "" if again <= SELECT_LIMIT else " missed"
    console.print(f"{many:,} messages: SELECT {first:.0f} ms at first, {again:.2f} ms again", end=" ")
    console.print(f"(at most {SELECT_LIMIT:.0f}{missed}); FETCH 1:* (UID FLAGS) {flags:.0f} ms")


def times(found: Measured, count: int) -> Table:
    """Milliseconds, and how many times those of Dovecot."""
    columns = "command", "gateway, ms", "Dovecot, ms", "ratio", "target"
    table = Table(*columns, title=f"IMAP, {count:,} messages")
    targets = {load.name: load.target for load in loads(count, Results())}
    for name, seconds in found.items():
        ours = statistics.median(seconds["gateway"])
        if "Dovecot" not in seconds:
            table.add_row(name, f"{ours * 1000:.2f}", "", "", "")
            continue
        theirs, target = statistics.median(seconds["Dovecot"]), targets.get(name, WITHIN_DOVECOT)
        missed = "" if ours <= theirs * target else " missed"
        row = f"{ours * 1000:.2f}", f"{theirs * 1000:.2f}", f"{ours / theirs:.2f} ×"
        table.add_row(name, *row, f"at most {target:g} ×{missed}")
    return table


def latencies(server: Server, seconds: float) -> Table:
    """Of NOOP, beside what is large."""
    columns = "beside", "probes", "median, ms", "p99, ms", "worst, ms", "target"
    table = Table(*columns, title="NOOP of another connection to the same worker")
    for beside in BESIDE:
        found = probe(server, beside, seconds)
        figures = [found.percentile(share) * 1000 for share in (0.5, 0.99, 1)]
        missed = "" if figures[1] <= PROBE_LIMIT * 1000 else " missed"
        row = [f"{figure:.1f}" for figure in figures]
        table.add_row(beside, str(len(found.seconds)), *row, f"p99 at most {PROBE_LIMIT * 1000:.0f}{missed}")
    return table
