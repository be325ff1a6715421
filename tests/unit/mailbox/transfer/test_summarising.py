"""Summaries on their way between the processes of an import."""

import marshal

import pytest

from gateway.mail.octets import MemoryOctets
from gateway.mailbox.transfer.summarising import Summarisers, packed, unpacked
from gateway.summary.work import summarize

LETTER = (
    b"From: J\xc3\xb6rg <al@home.example>\r\nTo: Bo <bo@home.example>\r\nCc: c@home.example\r\n"
    b"Subject: Re: one\r\nDate: Sun, 22 Nov 2026 08:00:00 -0930\r\nMessage-ID: <2@home.example>\r\n"
    b"References: <1@home.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"
)


@pytest.mark.parametrize("letter", [LETTER, b"", b"Date: x\r\n\r\n"])
def test_all_of_a_summary_gets_there(letter: bytes) -> None:
    summary = summarize(MemoryOctets(letter))
    assert unpacked(marshal.loads(marshal.dumps(packed(summary)))) == summary


def test_the_sample_has_a_value_for_everything() -> None:
    summary = summarize(MemoryOctets(LETTER))
    assert summary.zone == -570
    assert summary.attached
    assert summary.links.answers
    assert summary.preview == "hello"


async def test_processes_say_what_the_import_itself_would_say() -> None:
    letters = [MemoryOctets(LETTER.replace(b"one", b"%d" % number)) for number in range(150)]
    async with Summarisers(1 << 30, processes=2) as processes:
        assert await processes.summaries(letters) == [summarize(one) for one in letters]
