"""How domains and their DNS records look: rows for people, objects for programs."""

from collections.abc import Iterable

from rich.table import Table

from gateway.accounts.model import DomainEntry
from gateway.cli.domain_records import Record, Verdict
from gateway.cli.shown import Json, plain, rows


def domain_object(entry: DomainEntry) -> dict[str, Json]:
    """A local domain for programs."""
    return {
        "name": str(entry.name),
        "ascii": entry.name.ascii,
        "catch_all": str(entry.catch_all) if entry.catch_all else None,
        "separators": entry.separators,
        "configured": entry.configured,
    }


def domain_table(entries: Iterable[DomainEntry], usual: str) -> Table:
    """Local domains, one a line. `usual`: the separators of those that have none of their own."""
    return rows(
        ("Domain", "A-labels", "Catch-all", "Separators", "From"),
        (
            (
                str(each.name),
                each.name.ascii if str(each.name) != each.name.ascii else "-",
                str(each.catch_all or "-"),
                (usual if each.separators is None else each.separators) or "none",
                "the configuration" if each.configured else "gateway domain add",
            )
            for each in entries
        ),
    )


def record_object(record: Record) -> dict[str, Json]:
    """A record to publish, for programs."""
    return {"name": record.name, "type": record.type, "value": record.value, "purpose": record.purpose}


def verdict_object(verdict: Verdict) -> dict[str, Json]:
    """The same, with what was found in its place."""
    found = [plain(each) for each in verdict.found]
    return {**record_object(verdict.record), "state": verdict.state.value, "found": found}


def verdict_table(verdicts: Iterable[Verdict]) -> Table:
    """Records with what was found in their place, one a line."""
    return rows(
        ("State", "Record", "Found", "So that"),
        ((each.state.value, each.record.line, ", ".join(each.found) or "-", each.record.purpose) for each in verdicts),
    )
