"""Where a worker's main thread spends its processor time, by package: a sampling profile of the real process."""

from collections import Counter
from pathlib import Path

from benchmarks.relays import GatewayRelay, gateway_config
from benchmarks.throughput import Scenario, carry
from tests.support.gateway_process import Gateway
from tests.support.postfix_tools import SmtpSink

_HOOK = Path(__file__).parent / "profiling"


def shares(folder: Path, scenario: Scenario, messages: int) -> list[tuple[str, float]]:
    """(package, share of the samples), largest first."""
    samples = folder / "samples"
    samples.mkdir(parents=True)
    environment = {"PYTHONPATH": str(_HOOK), "GATEWAY_PROFILE": str(samples)}
    with SmtpSink() as sink:
        gateway = Gateway(folder, gateway_config(sink.port), environment=environment)
        with gateway:
            carry(GatewayRelay(gateway, sink), scenario, messages)
            workers = gateway.workers
    counts: Counter[str] = Counter()
    for path in (samples / str(pid) for pid in workers):
        for line in path.read_text().splitlines() if path.exists() else ():
            count, _, name = line.partition(" ")
            counts[name] += int(count)
    total = max(1, counts.total())
    return [(name, count / total) for name, count in counts.most_common()]
