"""Messages per second and processor time per message, as ratios to Postfix, interleaved in one run."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.relays import Relay
from tests.support.patience import wait_for
from tests.support.postfix_tools import Load


@dataclass(frozen=True, slots=True)
class Scenario:
    """One load. `target`: the multiple of Postfix's rate that the gateway is to reach."""

    name: str
    size: int
    reuse: bool
    messages: int
    target: float


SCENARIOS = (
    Scenario("2 KB, connections reused", 2048, reuse=True, messages=6000, target=4.0),
    Scenario("2 KB, one message a connection", 2048, reuse=False, messages=4000, target=2.5),
    Scenario("50 KB, connections reused", 51_200, reuse=True, messages=2500, target=2.5),
    Scenario("50 KB, one message a connection", 51_200, reuse=False, messages=2000, target=2.0),
)


@dataclass(slots=True)
class Measured:
    """Rounds of one relay in one scenario."""

    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Messages per second that arrived: the median of the rounds."""
        return statistics.median(self.rates)

    @property
    def microseconds(self) -> float:
        """Processor time per message: the median of the rounds."""
        return statistics.median(self.processor) * 1e6


def carry(relay: Relay, scenario: Scenario, messages: int) -> tuple[float, float]:
    """One round: (messages per second until the last has arrived, processor seconds per message).

    Raises when smtp-source was refused, or when not every message arrived.
    """
    before, used = relay.sink.count, relay.processor_seconds()
    start = time.monotonic()
    Load(messages, scenario.size, reuse=scenario.reuse).send(relay.port)
    wait_for(lambda: relay.sink.count >= before + messages, within=300, what=f"all messages through {relay.name}")
    seconds = time.monotonic() - start
    if relay.sink.count != before + messages:
        raise AssertionError(f"{relay.name} delivered {relay.sink.count - before} messages of {messages}")
    return messages / seconds, (relay.processor_seconds() - used) / messages


def compare(relays: Sequence[Relay], scenario: Scenario, *, rounds: int, messages: int) -> dict[str, Measured]:
    """Rounds of all relays in turn; by the relay's name. A first short round warms each of them up."""
    measured = {relay.name: Measured() for relay in relays}
    for relay in relays:
        carry(relay, scenario, max(40, messages // 20))
    for _ in range(rounds):
        for relay in relays:
            rate, processor = carry(relay, scenario, messages)
            measured[relay.name].rates.append(rate)
            measured[relay.name].processor.append(processor)
    return measured
