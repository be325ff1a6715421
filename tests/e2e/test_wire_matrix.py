"""The wire matrix: every kind of message, with and without SMTPUTF8, to every kind of hop, under every policy.

One gateway carries all of it; then each case is held against the oracle of tests/support/matrix.py, octet by octet.
"""

from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from gateway.cli.sink.server import Received
from tests.support.background import Background
from tests.support.gateway_process import Config, Gateway
from tests.support.matrix import BEHAVIOURS, CASES, HOSTS, Arrives, Case, Hop, Policy, Undeliverable, expected
from tests.support.matrix_kinds import Content
from tests.support.patience import wait_for
from tests.support.reader import differences, parse
from tests.support.reports import read_notification
from tests.support.sinks import LEGACY, below_trace, relay_to, start_sink
from tests.support.smtp_client import Client, Submission, submit, submit_chunks


@dataclass(slots=True)
class Run:
    """What the hops and the senders received, and what the clients were told."""

    arrivals: dict[str, list[tuple[str, Received]]] = field(default_factory=lambda: defaultdict(list))
    """By address in RCPT: which host, and what."""
    reports: dict[str, list[Received]] = field(default_factory=lambda: defaultdict(list))
    """By the address that a report went to."""
    told: dict[int, Submission] = field(default_factory=dict)
    """By number of the case."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All cases, carried out once."""
    result = Run()
    with ExitStack() as stack:
        background = stack.enter_context(Background())
        hops = {name: start_sink(background, behaviour) for name, behaviour in BEHAVIOURS.items()}
        ascii_senders, utf8_senders = start_sink(background, LEGACY), start_sink(background)
        relays = {hop.value: relay_to(*(hops[name] for name in HOSTS[hop])) for hop in Hop}
        relays |= {"senders": relay_to(ascii_senders), "utf8-senders": relay_to(utf8_senders)}
        config = {"relays": relays, "routes": _routes(), "ascii_aliases": _aliases(), "workers": 2}
        gateway = stack.enter_context(Gateway(tmp_path_factory.mktemp("matrix"), config))
        _submit_all(gateway, result)
        wait_for(lambda: not gateway.queue(), within=90, what="an empty queue")
        for name, sink in hops.items():
            for message in sink.messages:
                for recipient in message.recipients:
                    result.arrivals[recipient.address].append((name, message))
        for message in [*ascii_senders.messages, *utf8_senders.messages]:
            result.reports[message.recipients[0].address].append(message)
    return result


def _routes() -> list[Config]:
    cases: list[Config] = [
        {
            "name": f"{hop}-{policy}",
            "when": {"recipient_domain": [f"{hop}-{policy}.example", f"*.{hop}-{policy}.example"]},
            "deliver": {"relay": hop.value},
            "smtputf8": policy.value,
            "retry": {"first": "1s", "factor": 2, "max": "5s", "expire": "1m"},
        }
        for hop in Hop
        for policy in Policy
    ]
    senders: Config = {
        "name": "senders",
        "when": {"recipient_domain": ["sender.example"]},
        "deliver": {"relay": "senders"},
    }
    utf8: Config = {"recipient_domain": ["utf8-sender.example"]}
    return [*cases, senders, {"name": "utf8-senders", "when": utf8, "deliver": {"relay": "utf8-senders"}}]


def _aliases() -> dict[str, str]:
    return {name: ascii_form for case in CASES for name, ascii_form in case.aliases.items()}


def _submit_all(gateway: Gateway, result: Run) -> None:
    with gateway.smtp() as client:
        for case in CASES:
            result.told[case.number] = _submit(client, case)


def _submit(client: Client, case: Case) -> Submission:
    recipients = list(case.recipients)
    if case.kind.content is Content.BINARY:
        return submit_chunks(client, case.sender, recipients, case.octets, parameters=case.parameters)
    notify = f"NOTIFY={case.kind.notify}" if case.kind.notify else ""
    return submit(client, case.sender, recipients, case.octets, parameters=case.parameters, rcpt=notify)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_hop_receives_what_the_standards_say(run: Run, case: Case) -> None:
    failed: list[str] = []
    for recipient in case.recipients:
        match expected(case, recipient):
            case Arrives() as arrival:
                _check_arrival(run, case, arrival)
            case Undeliverable(statuses=statuses):
                assert not run.arrivals[recipient], f"{recipient}: has to fail with {statuses}, but it arrived"
                failed.append(recipient)
    _check_reports(run, case, failed)


def _check_arrival(run: Run, case: Case, arrival: Arrives) -> None:
    assert run.told[case.number].taken, run.told[case.number]
    found = run.arrivals[_wire(arrival.address)]
    assert [host for host, _ in found] == [arrival.host], f"{arrival.address}: reports {_said(run, case)}"
    [(_, message)] = found
    assert message.violations == ()
    assert message.sender == arrival.sender
    assert message.smtputf8 is arrival.smtputf8, message.parameters
    below = below_trace(message.octets)
    if not arrival.rewritten:
        assert below == case.octets
        return
    assert below != case.octets, "it had to be rewritten"
    assert differences(parse(case.octets), parse(below)) == []
    limit = max(map(len, case.octets.split(b"\r\n")))
    assert max(map(len, below.split(b"\r\n"))) <= max(limit, 78) or case.kind.content is Content.BINARY


def _check_reports(run: Run, case: Case, failed: list[str]) -> None:
    """Exactly one report about all that failed; none where nothing failed, or where the sender wants none."""
    reports = run.reports[case.sender]
    wanted = bool(failed) and bool(case.sender) and case.kind.notify != "NEVER"
    assert len(reports) == wanted, f"{len(reports)} reports: {_said(run, case)}"
    if not wanted:
        return
    report = read_notification(reports[0])
    assert [action for action, _, _ in report.recipients] == ["failed"] * len(failed)
    for recipient, (_, status, final) in zip(failed, report.recipients, strict=True):
        outcome = expected(case, recipient)
        assert isinstance(outcome, Undeliverable)
        assert status in outcome.statuses
        assert final.partition(";")[0].strip() == ("rfc822" if recipient.rpartition("@")[0].isascii() else "utf-8")
    assert all(status in report.text or "recipient" in report.text for _, status, _ in report.recipients)
    assert reports[0].violations == ()
    assert reports[0].smtputf8 is not case.sender.isascii()


def _said(run: Run, case: Case) -> list[str]:
    """What the sender was told, for the failure's message."""
    return [read_notification(report).text for report in run.reports[case.sender]]


def _wire(address: str) -> str:
    """A U-label domain is told in A-labels: the localparts of those cases are ASCII (RFC 6531 3.2)."""
    return address.replace("@bücher.", "@xn--bcher-kva.")


def test_nothing_else_arrived(run: Run) -> None:
    """Neither duplicates nor mail for anybody who was not named."""
    wanted = {
        _wire(outcome.address)
        for case in CASES
        for outcome in (expected(case, recipient) for recipient in case.recipients)
        if isinstance(outcome, Arrives)
    }
    assert {address for address, found in run.arrivals.items() if found} == wanted
    assert [address for address, found in run.arrivals.items() if len(found) > 1] == []
