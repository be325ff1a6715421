"""`gateway domain dns`: against a real DNS server on loopback."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.cli.domain_records import permits
from gateway.mail.domain import parse_domain
from tests.support.commands import Commands
from tests.support.dns_server import SERVFAIL, DnsThread, Zone

HOST = "mail.home.example"
HOME: Zone = {
    ("home.example", "MX"): ["20 backup.example.", "5 Mail.home.example."],
    ("home.example", "TXT"): ['"something else"', '"v=spf1 ip4:192.0.2.0/24 " "-all"'],
    ("_dmarc.home.example", "TXT"): ['"v=DMARC1; p = reject; rua=mailto:a@home.example"'],
    ("_submissions._tcp.home.example", "SRV"): ["5 5 2465 mail.home.example."],
    ("_submission._tcp.home.example", "SRV"): ["0 1 2587 mail.home.example."],
    (HOST, "A"): ["192.0.2.7"],
    ("backup.example", "A"): ["192.0.2.8"],
}
LISTENERS = [
    {"name": "mx", "protocol": "smtp", "bind": "127.0.0.1:2525"},
    {"name": "submission", "protocol": "submission", "bind": "127.0.0.1:2587"},
    {"name": "submissions", "protocol": "submission", "bind": "127.0.0.1:2465", "tls": "implicit"},
]


def asked(folder: Path, zone: Zone, *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    with DnsThread(zone) as server:
        gateway = Commands(folder, dns={"servers": [server.address]}, listeners=LISTENERS)
        done = gateway.run("domain", "dns", *arguments)
    return done.exit_code, done.stdout, done.stderr


def states(folder: Path, zone: Zone, name: str = "home.example") -> Mapping[str, tuple[str, list[str]]]:
    """By type and first label: state, and what was found."""
    _, printed, _ = asked(folder, zone, name, "--json")
    rows = json.loads(printed)["records"]
    return {f"{row['type']} {row['name'].split('.')[0]}": (row["state"], row["found"]) for row in rows}


def test_all_is_well_also_in_other_words(tmp_path: Path) -> None:
    status, printed, errors = asked(tmp_path, HOME, "home.example")
    assert (status, errors) == (0, "")
    lines = printed.splitlines()
    assert lines[0] == "home.example"
    assert [line.split()[0] for line in lines[2:]] == ["ok"] * 5


def test_nothing_is_published(tmp_path: Path) -> None:
    status, printed, errors = asked(tmp_path, {(HOST, "A"): ["192.0.2.7"]}, "home.example")
    assert status == 1
    assert [line.split()[0] for line in printed.splitlines()[2:]] == ["missing"] * 5
    assert errors == "gateway: home.example: 5 of 5 records are missing or different: publish them\n"


@pytest.mark.parametrize(
    ("key", "records", "found"),
    [
        (("home.example", "MX"), ["10 mx.elsewhere.example."], ["10 mx.elsewhere.example."]),
        (("home.example", "MX"), ["0 ."], ["0 ."]),
        (("home.example", "TXT"), ['"v=spf1 -all"'], ['"v=spf1 -all"']),
        (("home.example", "TXT"), ['"v=spf1 -mx ip4:198.51.100.0/24 -all"'], ['"v=spf1 -mx ip4:198.51.100.0/24 -all"']),
        (("home.example", "TXT"), ['"v=spf1 mx -all"', '"V=SPF1 mx"'], ['"V=SPF1 mx"', '"v=spf1 mx -all"']),
        (("_dmarc.home.example", "TXT"), ['"v=DMARC1; sp=none"'], ['"v=DMARC1; sp=none"']),
        (("_submission._tcp.home.example", "SRV"), ["0 1 587 mail.home.example."], ["0 1 587 mail.home.example."]),
        (("_submission._tcp.home.example", "SRV"), ["0 0 0 ."], ["0 0 0 ."]),
    ],
)
def test_something_else_is_published(
    tmp_path: Path, key: tuple[str, str], records: list[str], found: list[str]
) -> None:
    name = f"{key[1]} {key[0].split('.')[0]}"
    told = states(tmp_path, {**HOME, key: records})
    assert told[name][0] == "different"
    assert sorted(told[name][1]) == found
    assert {state for other, (state, _) in told.items() if other != name} == {"ok"}


def test_texts_of_other_kinds_are_not_looked_at(tmp_path: Path) -> None:
    zone = {**HOME, ("home.example", "TXT"): ['"v=spf10 mx"', '""', '"google-site-verification=x"']}
    assert states(tmp_path, zone)["TXT home"] == ("missing", [])


def test_hostile_texts_are_made_safe(tmp_path: Path) -> None:
    zone = {**HOME, ("home.example", "TXT"): ['"v=spf1 \\027[2J \\226\\128\\174 -all"']}
    for arguments in (["home.example"], ["home.example", "--json"]):
        status, printed, _ = asked(tmp_path, zone, *arguments)
        assert status == 1
        assert all(c.isprintable() or c == "\n" for c in printed)
        assert "\\u001b" not in printed


def test_no_answer(tmp_path: Path) -> None:
    zone = dict.fromkeys(HOME, SERVFAIL)
    status, printed, errors = asked(tmp_path, zone, "home.example")
    assert status == 1
    assert [line.split()[0] for line in printed.splitlines()[2:]] == ["unknown"] * 5
    assert errors.startswith("gateway: home.example: the DNS gives no answer")


def test_what_is_published_are_a_labels(tmp_path: Path) -> None:
    status, printed, _ = asked(tmp_path, HOME, "bücher.example")
    assert status == 1
    assert printed.splitlines()[0] == "bücher.example (xn--bcher-kva.example)"
    assert printed.count("bücher") == 1
    assert printed.count("xn--bcher-kva.example. IN ") == 5


def test_lines_for_a_zone_file(tmp_path: Path) -> None:
    printed = Commands(tmp_path, listeners=LISTENERS).ok("domain", "dns", "--no-check", "home.example")
    assert printed.splitlines() == [
        "home.example. IN MX 10 mail.home.example.",
        'home.example. IN TXT "v=spf1 mx -all"',
        '_dmarc.home.example. IN TXT "v=DMARC1; p=none"',
        "_submissions._tcp.home.example. IN SRV 0 1 2465 mail.home.example.",
        "_submission._tcp.home.example. IN SRV 10 1 2587 mail.home.example.",
    ]


def test_only_what_listens_is_published(tmp_path: Path) -> None:
    gateway = Commands(tmp_path, listeners=LISTENERS[:1])
    assert [row["type"] for row in gateway.json("domain", "dns", "--no-check", "home.example")["records"]] == [
        "MX",
        "TXT",
        "TXT",
    ]


@pytest.mark.parametrize(
    ("spf", "good"),
    [
        ("v=spf1 mx -all", True),
        ("v=spf1 +MX ~all", True),
        ("v=spf1 a:mail.home.example -all", True),
        ("v=spf1 ip4:192.0.2.7 ip6:2001:db8::/32 -all", True),
        ("v=spf1 ip4:192.0.2.7 -all", False),
        ("v=spf1 ip4:192.0.2.300 ip6:x ip4: -all", False),
        ("v=spf1 -mx -all", False),
        ("v=spf1 include:elsewhere.example -all", False),
        ("v=spf1", False),
    ],
)
def test_who_may_send(spf: str, *, good: bool) -> None:
    assert permits(spf, parse_domain(HOST), ("2001:db8::7", "192.0.2.7")) is good


def test_nobody_may_where_our_addresses_are_not_known() -> None:
    assert not permits("v=spf1 ip4:192.0.2.7 -all", parse_domain(HOST), ())
