"""What `gateway inspect` shows to people: what is needed and why, and what would happen at hops of all kinds.

The words for what would happen come from `decide`, the function that decides when mail is sent.
"""

from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from rich.console import Console
from rich.text import Text

from gateway.cli.common import console, table
from gateway.cli.inspect_json import BODY_WORDS, broken_findings
from gateway.cli.shown import safe
from gateway.inspect.needs import needs_of
from gateway.inspect.result import Inspection
from gateway.mail.address import NULL_PATH, Address, ReversePath
from gateway.mail.capabilities import Capabilities
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.need import Finding, Needs, Where
from gateway.route.content import content_of
from gateway.route.decide import Decision, Fail, Others, Rewrite, Rewriting, Send, TryNextHost, Wait, decide
from gateway.route.policy import defaults

_ALL = {"SMTPUTF8": "", "8BITMIME": "", "BINARYMIME": "", "CHUNKING": ""}
HOPS: Final = {
    "takes everything": Capabilities(_ALL),
    "no SMTPUTF8": Capabilities({keyword: "" for keyword in _ALL if keyword != "SMTPUTF8"}),
    "no SMTPUTF8, no 8BITMIME": Capabilities({}),
}
CLIENTS: Final = {"trusted client": defaults(trusted=True), "any client": defaults(trusted=False)}
MOST_FINDINGS = 50
"""Findings shown of each kind: people read no more."""

_WAYS: Final = {
    Rewriting.ENCODE_BODY: "body encoded",
    Rewriting.ENCODE_HEADERS: "headers encoded",
    Rewriting.ENCODE_GLOBAL: "message/global encoded",
    Rewriting.ALIAS_ADDRESSES: "addresses by their ASCII aliases",
    Rewriting.REPAIR_HEADERS: "header octets repaired",
}


def show(inspection: Inspection, sender: ReversePath | None, recipients: Sequence[Address]) -> None:
    """Print it all."""
    out = console()
    path = NULL_PATH if sender is None else sender
    needs = needs_of(inspection, path, (), MailOptions())
    wanted = ", ".join(sorted(needs.extensions)) or "nothing: any server can take it"
    out.print(Text(f"needs {wanted}; {inspection.size} octets, body {BODY_WORDS[inspection.body]}"))
    _show_needs(out, needs)
    _show_addresses(out, sender, recipients)
    _show_broken(out, inspection)
    _show_outcomes(out, inspection, path, recipients)


def _show_needs(out: Console, needs: Needs) -> None:
    if not needs.by_extension:
        return
    rows = table("Needs", "Where", "Part", "Field", "Octets", "Because")
    for need in needs.by_extension.values():
        for finding in need.because[:MOST_FINDINGS]:
            octets = "-" if finding.where is Where.SENDER else f"{finding.start}-{finding.stop}"
            rows.add_row(*map(safe, (need.extension, finding.where, *_place(finding), octets, finding.why)))
        _say_rest(out, len(need.because))
    _print(out, rows)


def _show_addresses(out: Console, sender: ReversePath | None, recipients: Sequence[Address]) -> None:
    rows = table("Address", "As", "SMTPUTF8", "Told to a server without it")
    named: list[tuple[str, ReversePath]] = [("recipient", address) for address in recipients]
    if sender is not None:
        named.insert(0, ("sender", sender))
    for role, path in named:
        if isinstance(path, Address):
            needed, told = ("no", path.wire) if path.is_ascii else ("needed", "only an ASCII alias")
            rows.add_row(*map(safe, (str(path), role, needed, told)))
        else:
            rows.add_row("<>", role, "no", "<>")
    if named:
        _print(out, rows)


def _show_broken(out: Console, inspection: Inspection) -> None:
    found = broken_findings(inspection)
    if not found:
        return
    rows = table("Malformed", "Part", "Field", "Octets", "Why")
    for finding in found[:MOST_FINDINGS]:
        rows.add_row(*map(safe, (finding.where, *_place(finding), f"{finding.start}-{finding.stop}", finding.why)))
    _say_rest(out, len(found))
    _print(out, rows)


def _show_outcomes(out: Console, inspection: Inspection, sender: ReversePath, recipients: Sequence[Address]) -> None:
    rows = table("Next hop", "To", *CLIENTS)
    content = content_of(inspection)
    for hop, capabilities in HOPS.items():
        for to, group in _groups(recipients):
            needs = needs_of(inspection, sender, group, MailOptions())
            decisions = (decide(needs, capabilities, policy, Others.NONE, content) for policy in CLIENTS.values())
            rows.add_row(*map(safe, (hop, to, *(outcome(decision) for decision in decisions))))
    _print(out, rows)


def _groups(recipients: Sequence[Address]) -> Iterator[tuple[str, tuple[Recipient, ...]]]:
    """Recipients that share a transaction, as their needs have it."""
    plain = tuple(Recipient(address) for address in recipients if address.is_ascii)
    other = tuple(Recipient(address) for address in recipients if not address.is_ascii)
    if plain or not other:
        yield "ASCII recipients", plain
    if other:
        yield "UTF-8 recipients", other


def outcome(decision: Decision) -> str:
    """A decision in words, where the hop has no other host."""
    match decision:
        case Send(declare):
            return f"sent as it is, with {', '.join(sorted(declare))}" if declare else "sent as it is"
        case Rewrite(ways):
            return f"rewritten: {', '.join(words for way, words in _WAYS.items() if way in ways)}"
        case Fail(status, why):
            return f"fails, {status}: {why}"
        case TryNextHost(lacking) | Wait(lacking):
            return f"waits for a host with {', '.join(need.extension for need in lacking)}"
        case _:
            assert_never(decision)


def _place(finding: Finding) -> tuple[str, str]:
    return finding.part or "-", finding.field or "-"


def _say_rest(out: Console, count: int) -> None:
    if count > MOST_FINDINGS:
        out.print(f"{count - MOST_FINDINGS} more are not shown; --json has them all")


def _print(out: Console, rows: object) -> None:
    out.print()
    out.print(rows)
