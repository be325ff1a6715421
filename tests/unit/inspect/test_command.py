"""`gateway inspect`, as people and programs call it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.inspect_table import outcome
from gateway.cli.message_file import IN_MEMORY, open_message
from gateway.cli.root import main
from gateway.inspect.inspector import examine
from gateway.mail.codes import NON_ASCII_ADDRESS
from gateway.mail.need import Extension, Need
from gateway.mail.octets import WINDOW, MemoryOctets
from gateway.route.decide import Decision, Fail, Rewrite, Rewriting, Send, TryNextHost, Wait
from gateway.storage.octets import FileOctets

MESSAGE = "Subject: é\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX-Ü: 1\n\nü\n"
SMTPUTF8 = Need(Extension.SMTPUTF8, ())


def run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["inspect", *arguments], input=stdin)


@pytest.fixture
def message(tmp_path: Path) -> str:
    path = tmp_path / "message.eml"
    path.write_text(MESSAGE)
    return str(path)


def test_json_is_what_scripts_rely_on(message: str) -> None:
    result = run("--json", "--mail-from", "a@home.example", "--rcpt-to", "jörg@bücher.example", message)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "smtputf8": {
            "required": True,
            "because": [{"where": "header", "field": "Subject", "part": "", "bytes": [9, 11]}],
        },
        "body": "8bit",
        "recipients": [{"address": "jörg@bücher.example", "ascii": None, "smtputf8": True}],
        "sender": {"address": "a@home.example", "ascii": "a@home.example", "smtputf8": False},
        "malformed": [
            {"where": "part-header", "part": "1", "bytes": [63, 67], "why": "a field name that is not ASCII"},
            {
                "where": "unparseable",
                "part": "",
                "bytes": [78, 78],
                "why": "a multipart without its closing delimiter",
            },
        ],
    }


def test_a_sender_is_a_reason_without_octets() -> None:
    found = json.loads(run("--json", "--mail-from", "<jörg@home.example>", "-", stdin=b"\n").stdout)
    assert found["smtputf8"] == {
        "required": True,
        "because": [{"where": "sender", "field": None, "part": "", "bytes": None}],
    }


@pytest.mark.parametrize("text", ["<>", ""])
def test_the_null_sender_is_said_either_way(text: str) -> None:
    found = json.loads(run("--json", "--mail-from", text, "-", stdin=b"\n").stdout)
    assert found["sender"] == {"address": "", "ascii": "", "smtputf8": False}


def test_a_u_label_domain_is_shown_with_its_a_label() -> None:
    found = json.loads(run("--json", "--rcpt-to", "al@bücher.example", "-", stdin=b"\n").stdout)
    assert found["recipients"] == [
        {"address": "al@bücher.example", "ascii": "al@xn--bcher-kva.example", "smtputf8": False}
    ]
    assert found["sender"] is None


def test_the_table_says_what_is_needed_and_what_would_happen(message: str) -> None:
    text = run("--rcpt-to", "jörg@bücher.example", message).stdout
    assert text.startswith("needs 8BITMIME, SMTPUTF8; 78 octets, body 8bit\n")
    for expected in (
        "UTF-8 in a header field",
        "only an ASCII alias",
        "a field name that is not ASCII",
        "fails, 5.6.0",
    ):
        assert expected in text


def test_plain_mail_is_sent_as_it_is() -> None:
    text = run("-", stdin=b"Subject: x\n\nhello\n").stdout
    assert text.startswith("needs nothing: any server can take it; 21 octets, body 7bit\n")
    assert text.count("sent as it is") == 6


def test_a_file_of_escape_sequences_reaches_no_terminal() -> None:
    text = run("-", stdin=b"X\x1b[1m: \xc3\xa9\r\nSubject: \xc3\xa9\r\n\r\n").stdout
    assert "\x1b" not in text


def test_many_findings_are_cut_for_people_not_for_programs() -> None:
    data = "".join(f"X-{n}: é\n" for n in range(60)).encode()
    assert "10 more are not shown" in run("-", stdin=data).stdout
    assert len(json.loads(run("--json", "-", stdin=data).stdout)["smtputf8"]["because"]) == 60


@pytest.mark.parametrize("arguments", [(), ("--mail-from", "a@@b", "-"), ("--rcpt-to", "<>", "-"), ("--nonsense", "-")])
def test_wrong_usage_is_status_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_file_that_is_not_there_is_status_1_in_one_line(tmp_path: Path) -> None:
    result = run(str(tmp_path / "none"))
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Send(frozenset()), "sent as it is"),
        (Send(frozenset({Extension.SMTPUTF8})), "sent as it is, with SMTPUTF8"),
        (
            Rewrite(frozenset({Rewriting.ENCODE_BODY, Rewriting.ENCODE_GLOBAL}), ()),
            "rewritten: body encoded, message/global encoded",
        ),
        (Fail(NON_ASCII_ADDRESS, "why"), "fails, 5.6.7: why"),
        (TryNextHost((SMTPUTF8,)), "waits for a host with SMTPUTF8"),
        (Wait((SMTPUTF8,)), "waits for a host with SMTPUTF8"),
    ],
)
def test_decisions_in_words(decision: Decision, words: str) -> None:
    assert outcome(decision) == words


def content(path: Path) -> bytes:
    with open_message(str(path)) as octets:
        return octets.read(0, len(octets))


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (b"a\nb\r\nc\n", b"a\r\nb\r\nc\r\n"),
        (b"a\r\nb\nc\r\n", b"a\r\nb\nc\r\n"),
        (b"\nb", b"\r\nb"),
        (b"a\nb\r", b"a\r\nb\r"),
        (b"no newline", b"no newline"),
        (b"", b""),
    ],
)
@pytest.mark.parametrize("size", [0, WINDOW - 3, WINDOW - 2, WINDOW - 1, IN_MEMORY])
def test_the_first_line_says_how_a_file_ends_its_lines(tmp_path: Path, data: bytes, read: bytes, size: int) -> None:
    path = tmp_path / "x"
    first, newline, rest = data.partition(b"\n")
    filler = b"y" * size
    path.write_bytes(first + newline + filler + rest)
    first, newline, rest = read.partition(b"\n")
    assert content(path) == first + newline + filler + rest


def test_large_standard_input_is_read_from_a_copy() -> None:
    text = run("-", stdin=b"\n" * (IN_MEMORY + 1)).stdout
    assert text.startswith(f"needs nothing: any server can take it; {2 * IN_MEMORY + 2} octets, body 7bit\n")


def test_a_large_file_is_inspected_as_a_small_one_is(tmp_path: Path) -> None:
    path = tmp_path / "large.eml"
    data = MESSAGE.replace("\n", "\r\n").encode() + b"x\r\n" * WINDOW + b"--b\r\nX-Note: \xc3\xa9\r\n\r\n--b--\r\n"
    path.write_bytes(data)
    with open_message(str(path)) as octets:
        assert isinstance(octets, FileOctets)
        assert examine(octets) == examine(MemoryOctets(data))
