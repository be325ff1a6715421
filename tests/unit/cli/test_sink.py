"""The sink: strict about what was not announced, exact about what it keeps."""

import asyncio
import json
import signal
import smtplib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.sink.received import Scrutiny
from gateway.cli.sink.server import PLAIN, Behaviour, SinkServer

MESSAGE = b"DATA\r\n", b"Subject: x\r\n\r\n..dot\r\n.\r\n"
ENVELOPE = b"EHLO me\r\n", b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<c@d.example>\r\n"


async def say(sink: SinkServer, *lines: bytes) -> list[str]:
    """The last line of the reply to each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
    answers = [await reply(reader)]
    for line in lines:
        writer.write(line)
        answers.append(await reply(reader))
    writer.close()
    await writer.wait_closed()
    return answers[1:]


async def reply(reader: asyncio.StreamReader) -> str:
    async with asyncio.timeout(5):
        while True:
            line = (await reader.readline()).decode()
            if line[3:4] != "-":
                return line.rstrip()


@pytest.mark.parametrize(
    ("behaviour", "lines", "code"),
    [
        (PLAIN, ["MAIL FROM:<ö@b.example>"], "550 5.6.7"),
        (PLAIN, ["MAIL FROM:<ö@b.example> SMTPUTF8"], "250"),
        (PLAIN, ["MAIL FROM:<a@b.example>", "RCPT TO:<ö@b.example>"], "553 5.6.7"),
        (PLAIN.without("SMTPUTF8"), ["MAIL FROM:<a@b.example> SMTPUTF8"], "555"),
        (PLAIN.without("8BITMIME"), ["MAIL FROM:<a@b.example> BODY=8BITMIME"], "555"),
        (PLAIN.without("CHUNKING"), ["MAIL FROM:<a@b.example> BODY=BINARYMIME"], "555"),
        (PLAIN.without("DSN"), ["MAIL FROM:<a@b.example> RET=FULL"], "555"),
        (PLAIN.without("DSN"), ["MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example> NOTIFY=NEVER"], "555"),
        (PLAIN, ["MAIL FROM:<a@b.example> REQUIRETLS"], "555"),
        (PLAIN, ["MAIL FROM:<a@b.example> BODY=9BIT"], "501"),
        (PLAIN, ["MAIL FROM:<a@b.example> RET=FULL RET=HDRS"], "501"),
        (replace(PLAIN, size=10), ["MAIL FROM:<a@b.example> SIZE=11"], "552"),
        (PLAIN, ["MAIL FROM:a@b.example"], "501"),
        (PLAIN, ["RCPT TO:<c@d.example>"], "503"),
        (PLAIN, ["DATA"], "503"),
        (PLAIN, ["MAIL FROM:<a@b.example> BODY=BINARYMIME", "RCPT TO:<c@d.example>", "DATA"], "503"),
        (PLAIN, ["LHLO me"], "500"),
        (PLAIN, ["STARTTLS"], "502"),
        (replace(PLAIN, login=("u", "p")), ["MAIL FROM:<a@b.example>"], "530"),
        (replace(PLAIN, login=("u", "p")), ["AUTH PLAIN AHUAcA=="], "235"),
        (replace(PLAIN, login=("u", "p")), ["AUTH LOGIN", "dQ==", "cA=="], "235"),
        (replace(PLAIN, login=("u", "p")), ["AUTH LOGIN", "dQ==", "!"], "535"),
    ],
)
async def test_strictness(behaviour: Behaviour, lines: Sequence[str], code: str) -> None:
    async with SinkServer(behaviour) as sink:
        answers = await say(sink, b"EHLO me\r\n", *(f"{line}\r\n".encode() for line in lines))
    assert answers[-1].startswith(code)


@pytest.mark.parametrize(
    ("octets", "parameters", "violations"),
    [
        (b"Subject: x\r\n\r\nbody\r\n", (), []),
        ("Subject: ü\r\n\r\nbody\r\n".encode(), (), ["8-bit header without SMTPUTF8"]),
        ("Subject: ü\r\n\r\nbody\r\n".encode(), ("SMTPUTF8",), []),
        ("Subject: x\r\n\r\nbödy\r\n".encode(), (), ["8-bit body without BODY"]),
        ("Subject: x\r\n\r\nbödy\r\n".encode(), ("BODY=8BITMIME",), []),
        (b"Subject: x\r\n\r\na\nb\r\n", (), ["bare CR or LF, or NUL"]),
        (b"Subject: x\r\n\r\na\0\n\r", ("body=binarymime",), []),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_scrutiny(octets: bytes, parameters: tuple[str, ...], violations: list[str], size: int) -> None:
    scrutiny = Scrutiny(keep=True)
    for start in range(0, len(octets), size):
        scrutiny.feed(octets[start : start + size])
    assert scrutiny.kept == octets
    assert scrutiny.violations(parameters) == violations


async def test_the_first_messages_are_put_off() -> None:
    async with SinkServer(replace(PLAIN, fail=2)) as sink:
        codes = [(await say(sink, *ENVELOPE, *MESSAGE))[-1][:3] for _ in range(3)]
    assert codes == ["451", "451", "250"]
    assert [each.octets for each in sink.messages] == [b"Subject: x\r\n\r\n.dot\r\n"]


async def test_pipelining_that_was_not_offered_is_noticed() -> None:
    async with SinkServer(PLAIN.without("PIPELINING")) as sink:
        await say(sink, ENVELOPE[0], ENVELOPE[1] + ENVELOPE[2])
        await say(sink, *ENVELOPE, *MESSAGE)
        reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
        writer.write(b"".join((*ENVELOPE, *MESSAGE)))
        await sink.wait_for(2)
        writer.close()
        await writer.wait_closed()
        del reader
    assert sink.messages[0].violations == ()
    assert "commands in a batch without PIPELINING" in sink.messages[1].violations


def test_the_command_keeps_what_arrives(tmp_path: Path) -> None:
    (tmp_path / "0007.eml").write_text("kept before")
    command = [sys.executable, "-m", "gateway", "sink", "--port", "0", "--dir", str(tmp_path), "--without", "smtputf8"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail("a@b.example", ["c@d.example"], b"Subject: x\r\n\r\n.dot\r\n")
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert line.startswith("0008 <a@b.example> size=20 to c@d.example: 20 octets, EHLO")
    assert (tmp_path / "0008.eml").read_bytes() == b"Subject: x\r\n\r\n.dot\r\n"
    facts = json.loads((tmp_path / "0008.json").read_text())
    assert facts["recipients"] == [{"address": "c@d.example", "parameters": []}]
    assert not facts["smtputf8"]
    assert (tmp_path / "0007.eml").read_text() == "kept before"
