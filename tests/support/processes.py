"""What the kernel says about a process: children, memory, processor time (proc(5))."""

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Its living children, oldest first; none for a process that has gone."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(each) for each in task.read_text().split()]
        except OSError:
            continue
    return sorted(found)


def descendants(pid: int) -> list[int]:
    """All below it, itself first."""
    return [pid, *(each for child in children(pid) for each in descendants(child))]


def command_line(pid: int) -> list[str]:
    """Its arguments; none for a zombie or a process that has gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except OSError:
        return []


def name(pid: int) -> str:
    """As ps(1) shows it; empty for a process that has gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def resident(pid: int) -> int:
    """Octets of memory that it holds now."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> int:
    """Octets of memory that it held at most since it started or since `reset_peak`."""
    return _status(pid, "VmHWM")


def reset_peak(pid: int) -> None:
    """Let the peak be counted from now on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def processor_seconds(pid: int) -> float:
    """Processor time of the process and of those of its children that it has reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(each) for each in fields[11:15]) / TICK


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    return 0
