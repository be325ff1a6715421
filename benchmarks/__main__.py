"""`python -m benchmarks`: the gateway beside Debian's Postfix, and the cost of single parts.

`--quick`: a tenth of the messages and one round, to see that everything runs; its figures mean little.
"""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import deliveries, imap, imports, views
from benchmarks.idle import LIMIT, octets_per_connection
from benchmarks.latency import accept_latencies, percentile
from benchmarks.parts import indexing, inspecting, queueing, summarising
from benchmarks.profile_by_package import shares
from benchmarks.relays import Relay, gateway_relay, postfix_relay, why_no_postfix
from benchmarks.submissions import TARGET
from benchmarks.submissions import compare as compare_submissions
from benchmarks.throughput import SCENARIOS, Measured, Scenario, compare
from tests.support.peers import missing

SECTIONS = ("throughput", "latency", "submissions", "deliveries", "imap", "import", "idle", "profile", "views", "parts")
ALONE = {"idle", "imap", "import", "views", "parts"}
"""They need no other program, but for comparisons."""
console = Console(width=120)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen sections; 0 when all ran and every message arrived."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few messages, one round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each scenario (default: 3)")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; default: all")
    options = parser.parse_args(arguments)
    chosen = options.sections or SECTIONS
    why = missing("smtp-source")
    if why and set(chosen) - ALONE:
        console.print(f"only {', '.join(sorted(ALONE))} can run: the rest {why}")
        chosen = [each for each in chosen if each in ALONE]
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        run(Path(folder), chosen, rounds=1 if options.quick else options.rounds, part=10 if options.quick else 1)
    return 0


def run(folder: Path, chosen: Sequence[str], *, rounds: int, part: int) -> None:
    """`part`: one so-many-th of the messages and connections."""
    if {"throughput", "latency"} & set(chosen):
        relaying(folder, chosen, rounds=rounds, part=part)
    if "submissions" in chosen:
        submissions(folder / "submissions", rounds=rounds, messages=2000 // part)
    if "deliveries" in chosen:
        into_mailboxes(folder / "deliveries", rounds=rounds, part=part)
    if "profile" in chosen:
        profile(folder, part=part)
    alone(folder, chosen, rounds=rounds, part=part)


def alone(folder: Path, chosen: Sequence[str], *, rounds: int, part: int) -> None:
    """What needs no other program."""
    if "import" in chosen:
        importing(folder / "import", count=100_000 // part)
    if "idle" in chosen:
        (folder / "idle").mkdir()
        octets = octets_per_connection(folder / "idle", 5000 // part)
        console.print(f"\n{5000 // part} idle connections: {octets / 1024:.1f} KiB each (at most {LIMIT / 1024:.0f})")
    if "imap" in chosen:
        imap.report(folder / "imap", console, count=100_000 // part, rounds=rounds, seconds=10 / part)
    if "views" in chosen:
        views.run(folder, 100_000 // part)
    if "parts" in chosen:
        parts()


def relaying(folder: Path, chosen: Sequence[str], *, rounds: int, part: int) -> None:
    """What is measured of relays."""
    with ExitStack() as stack:
        relays = _relays(stack, folder)
        if "throughput" in chosen:
            throughput(relays, rounds=rounds, part=part)
        if "latency" in chosen:
            latency(relays, 10_000 // part)


def _relays(stack: ExitStack, folder: Path) -> list[Relay]:
    relays: list[Relay] = [stack.enter_context(gateway_relay(folder / "gateway"))]
    why = why_no_postfix()
    if why:
        console.print(f"no comparison: {why}")
    else:
        relays.append(stack.enter_context(postfix_relay(folder / "postfix")))
    return relays


def throughput(relays: Sequence[Relay], *, rounds: int, part: int) -> None:
    """Print messages per second, processor time, and the ratios to Postfix."""
    table = Table("load", "relay", "messages/s", "CPU µs/message", "ratio", "target", title="Throughput")
    for scenario in SCENARIOS:
        measured = compare(relays, scenario, rounds=rounds, messages=scenario.messages // part)
        for name, value in measured.items():
            ratio, target = _ratio(scenario, name, measured)
            table.add_row(scenario.name, name, f"{value.rate:,.0f}", f"{value.microseconds:,.0f}", ratio, target)
    console.print(table)


def _ratio(scenario: Scenario, name: str, measured: dict[str, Measured]) -> tuple[str, str]:
    if name != "gateway" or "Postfix" not in measured:
        return "", ""
    ratio = measured["gateway"].rate / measured["Postfix"].rate
    return f"{ratio:.2f} ×", f"{scenario.target} ×{'' if ratio >= scenario.target else ' missed'}"


def latency(relays: Sequence[Relay], messages: int) -> None:
    """Print how long the 250 takes under load."""
    table = Table("relay", "probes", "median", "p99", "worst", title="Accept latency under load, ms")
    for relay in relays:
        seconds = accept_latencies(relay, messages)
        figures = (percentile(seconds, 0.5), percentile(seconds, 0.99), seconds[-1])
        table.add_row(relay.name, str(len(seconds)), *(f"{figure * 1000:.1f}" for figure in figures))
    console.print(table)


def submissions(folder: Path, *, rounds: int, messages: int) -> None:
    """Print authenticated submissions per second, and the ratio to Postfix with Dovecot's SASL."""
    why = why_no_postfix() or missing("dovecot")
    if why:
        console.print(f"no submissions: {why}")
        return
    measured = compare_submissions(folder, rounds=rounds, messages=messages)
    ratio = measured["gateway"].rate / measured["Postfix"].rate
    table = Table("server", "messages/s", "lowest, highest", "CPU µs/message", "ratio", "target", title="Submissions")
    for name, value in measured.items():
        said = (
            (f"{ratio:.2f} ×", f"{TARGET} ×{'' if ratio >= TARGET else ' missed'}") if name == "gateway" else ("", "")
        )
        extremes = f"{min(value.rates):,.0f}, {max(value.rates):,.0f}"
        table.add_row(name, f"{value.rate:,.0f}", extremes, f"{value.microseconds:,.0f}", *said)
    console.print(table)


def into_mailboxes(folder: Path, *, rounds: int, part: int) -> None:
    """Print deliveries per second into local mailboxes, and the ratio to Postfix with Dovecot's LMTP."""
    why = why_no_postfix() or missing("dovecot")
    if why:
        console.print(f"no deliveries: {why}")
        return
    table = Table("load", "server", "messages/s", "CPU µs/message", "ratio", "target", title="Into local mailboxes")
    with (
        deliveries.gateway_server(folder / "gateway") as ours,
        deliveries.postfix_server(folder / "postfix") as theirs,
    ):
        for scenario in deliveries.SCENARIOS:
            measured = deliveries.compare((ours, theirs), scenario, rounds=rounds, messages=scenario.messages // part)
            ratio = measured["gateway"].rate / measured["Postfix"].rate
            missed = "" if ratio >= deliveries.TARGET else " missed"
            for name, value in measured.items():
                said = (f"{ratio:.2f} ×", f"{deliveries.TARGET:g} ×{missed}") if name == "gateway" else ("", "")
                table.add_row(scenario.name, name, f"{value.rate:,.0f}", f"{value.microseconds:,.0f}", *said)
    console.print(table)


def importing(folder: Path, *, count: int) -> None:
    """Print what `gateway import` does in a second, and when the full-text index has followed."""
    found = imports.measure(folder, count)
    table = Table("what", "reached", "target", "CPU µs/message", title=f"Import of {count:,} messages of 2 KB")
    slow, late = ("" if reached else " missed" for reached in (found.rate >= imports.TARGET, found.in_time))
    row = f"{found.rate:,.0f}", f"{imports.TARGET:,.0f}{slow}", f"{found.command_cpu / count * 1e6:.0f}"
    table.add_row("messages/s, durable", *row)
    row = f"{found.indexed:.1f}", f"{found.most:.1f}{late}", f"{found.index_cpu / count * 1e6:.0f}"
    table.add_row("seconds until all are indexed", *row)
    console.print(table)


def profile(folder: Path, *, part: int) -> None:
    """Print where the workers' main threads spend their time."""
    table = Table("package", "share", title=f"A worker's main thread: {SCENARIOS[0].name}")
    scenario = SCENARIOS[0]
    for name, share in shares(folder / "profile", scenario, max(6000, scenario.messages * 3 // part)):
        if share >= 0.005:
            table.add_row(name, f"{share:.1%}")
    console.print(table)


def parts() -> None:
    """Print what single parts cost."""
    table = Table("part", "cost", "unit", title="Parts")
    for name, value, unit in (*inspecting(), *summarising()):
        table.add_row(name, f"{value:,.1f}", unit)
    console.print(table)
    console.print(queueing())
    console.print(indexing())


if __name__ == "__main__":
    raise SystemExit(main())
