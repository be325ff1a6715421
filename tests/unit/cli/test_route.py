import orjson
import pytest
from click.testing import CliRunner

from gateway.accounts.control.setup import Configured
from gateway.accounts.model import DomainEntry
from gateway.cli.root import main
from gateway.mail.address import parse_address
from gateway.mail.domain import parse_domain
from tests.contract.accounts_support import Place, Uses, control

CONFIG = """\
hostname: a.example
trusted_networks: [127.0.0.0/8]
listeners: [{name: mx, protocol: smtp, bind: "*:25"}]
domains: [{name: home.example}]
relays: {legacy: {hosts: ["b.example:26", {host: c.example, priority: 5}], tls: verify}}
aliases: {ops@home.example: [al@legacy.example, x@nowhere.invalid], loop@home.example: loop2@home.example,
          loop2@home.example: loop@home.example}
ascii_aliases: {jörg@bücher.example: joerg@buecher.example}
rewrite: [{when: {client: 127.0.0.0/8}, sender_domain: home.example},
          {when: {recipient_domain: old.example}, recipient_domain: legacy.example}]
routes:
  - {name: big, when: {size: {over: 1MB}}, deliver: hold}
  - {name: legacy, when: {recipient_domain: legacy.example}, deliver: {relay: legacy}, bcc: archive@home.example}
  - {name: secret, when: {header: {Subject: geheim}}, deliver: {reject: {code: 554, status: 5.7.1, text: never}}}
  - {name: local, when: {local: yes}, deliver: mailbox}
  - {name: internet, when: {not: {recipient_domain: "*.invalid"}}, deliver: mx}
"""


HOSTS = "c.example:25 (priority 5, weight 1), b.example:26 (priority 10, weight 1)"


@pytest.fixture
def explain(tmp_path):
    config = tmp_path / "gateway.yaml"
    config.write_text(CONFIG)

    def run(*arguments: str, message: bytes | None = None) -> str:
        command = ["route", "explain", "--config", str(config), *arguments, *(["-"] if message else [])]
        result = CliRunner().invoke(main, command, input=message)
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def test_each_rule_tried_is_told_with_its_reason(explain):
    text = explain("--rcpt-to", "a@legacy.example", "--client", "192.0.2.1")
    assert text.splitlines()[:11] == [
        "a@legacy.example, from any sender by a client that is not trusted",
        "  refused at RCPT: 550 5.7.1 relaying denied: send from a trusted network, or to a domain that is ours",
        "  a@legacy.example",
        "    route big: undecided: size not known yet, wanted over 1000000",
        "    route legacy: matches: recipient_domain legacy.example, wanted legacy.example",
        "    what is undecided shows when the message itself is known: give its file",
        "    relay to relay:legacy",
        f"    next hop relay:legacy: {HOSTS}; TLS verify",
        "    policy smtputf8 auto, eightbit convert, signed fail, raw_headers refuse; accepts from trusted",
        "    retries after 5m, each wait 2 times the last, at most 4h; given up after 5d",
        "    copies to archive@home.example",
    ]


def test_aliases_and_rewriting_are_told(explain):
    text = explain("--rcpt-to", "OPS@home.example", "--mail-from", "x@intern.example", "--client", "127.0.0.1")
    assert "OPS@home.example, from x@home.example by a trusted client" in text
    assert "alias OPS@home.example: al@legacy.example, x@nowhere.invalid" in text
    assert "no route: refused with 550 5.4.4" in text
    assert "rewritten to b@legacy.example" in explain("--rcpt-to", "b@old.example")
    assert "the aliases go in a circle" in explain("--rcpt-to", "loop@home.example")


def test_a_message_decides_what_its_content_decides(explain):
    text = explain("--rcpt-to", "a@b.example", message=b"Subject: =?utf-8?q?geheim?=\n\nx\n")
    assert "route secret: matches: header Subject" in text
    assert "refuse: 554 5.7.1 never" in text
    assert "undecided" not in text


@pytest.mark.parametrize(
    ("hop", "said"),
    [
        ("SMTPUTF8,8BITMIME", "offers SMTPUTF8 8BITMIME: send: declaring SMTPUTF8"),
        ("8BITMIME", "offers 8BITMIME: rewrite and send: "),
        ("", "offers nothing: rewrite and send: "),
    ],
)
def test_what_would_be_sent_to_a_hop(explain, hop, said):
    message = "From: al@home.example\nSubject: Grüße\n\ntext\n".encode()
    assert said in explain("--rcpt-to", "a@legacy.example", "--hop-capabilities", hop, message=message)


def test_addresses_are_told_by_their_ascii_alias_or_fail(explain):
    text = explain("--rcpt-to", "jörg@bücher.example", "--hop-capabilities", "8BITMIME")
    assert "rewrite and send: joerg@buecher.example instead of jörg@bücher.example; declaring nothing" in text
    text = explain("--rcpt-to", "jürg@bücher.example", "--hop-capabilities", "8BITMIME")
    assert "fail: 5.6.7 jürg@bücher.example has no ASCII alias" in text
    text = explain("--rcpt-to", "jörg@bücher.example", "--hop-capabilities", "8BITMIME", "--client", "192.0.2.1")
    assert "localpart is not ASCII; no next hop offers SMTPUTF8, and the route allows no rewriting" in text


def test_json_holds_the_same(explain):
    stories = orjson.loads(explain("--json", "--rcpt-to", "a@legacy.example", "--rcpt-to", "b@home.example"))
    assert [story["recipient"] for story in stories] == ["a@legacy.example", "b@home.example"]
    leg = stories[0]["legs"][0]
    assert leg["way"]["name"] == "legacy"
    assert leg["way"]["policy"]["smtputf8"] == "downgrade"
    assert [tried["verdict"] for tried in leg["tried"]] == [None, True]
    assert [outcome["verdict"] for outcome in leg["outcomes"]] == ["send"] * 3
    assert stories[1]["legs"][0]["way"]["action"] == "refuse: 550 5.1.1 no mailbox b@home.example here"


def test_a_bad_address_is_wrong_usage():
    result = CliRunner().invoke(main, ["route", "explain", "--rcpt-to", "a@@b"])
    assert result.exit_code == 2
    assert "'a@@b': 'a@' is no localpart" in result.stderr


def test_what_rcpt_would_refuse_is_said(explain):
    stranger = ("--client", "192.0.2.1")
    assert "refused at RCPT: 550 5.7.1" in explain("--rcpt-to", "x%legacy.example@nowhere.example", *stranger)
    assert "refused at RCPT: 550 5.4.6" in explain("--rcpt-to", "loop@home.example", *stranger)
    assert "refused at RCPT" not in explain("--rcpt-to", "postmaster@home.example", *stranger)
    assert "refused at RCPT" not in explain("--rcpt-to", "a@legacy.example")


def test_accounts_have_their_say_in_the_words_of_the_replies(tmp_path, explain):
    decided = [line for line in CONFIG.splitlines() if "name: big" not in line and "name: secret" not in line]
    (tmp_path / "gateway.yaml").write_text("\n".join([*decided, "data: accounts", ""]))
    home = DomainEntry(parse_domain("home.example"), configured=True)
    accounts = control(Place(tmp_path / "accounts", Uses(), Configured((home,))))
    accounts.registrar.add_account(parse_address("al@home.example"))
    accounts.registrar.add_domain(parse_domain("new.example"))
    accounts.registrar.set_alias(parse_address("team@new.example"), [parse_address("al@legacy.example")])
    accounts.close()
    assert "refused at RCPT: 550 5.1.1 no mailbox bo@home.example here" in explain("--rcpt-to", "bo@home.example")
    known = explain("--rcpt-to", "al@home.example")
    assert "refused" not in known
    assert "mailbox of al@home.example, INBOX" in known
    assert "mailbox of al@home.example, INBOX" in explain("--rcpt-to", "AL+lists@home.example")
    stranger = explain("--rcpt-to", "team@new.example", "--client", "192.0.2.1")
    assert "al@legacy.example" in stranger
    assert "refused" not in stranger
