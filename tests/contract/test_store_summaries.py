"""What is known of messages by their summaries: sort keys, links, dates and conversations."""

from collections.abc import Sequence

from gateway.mail.octets import MemoryOctets
from gateway.mail.units import Timestamp
from gateway.store.actions import Append, Arrived
from gateway.store.model import EmailId, NewEmail, SortText, ThreadId
from gateway.store.protocol.store import Mail
from gateway.summary.model import Odd, Summary
from gateway.summary.work import summarize
from tests.contract.store_support import NOW, act, copy, inbox, move

FIRST = b"""\
Date: Tue, 24 Nov 2026 10:00:00 +0900\r
From: =?utf-8?q?J=C3=B6rg?= <j@x.example>\r
To: Al <al@home.example>, bo@home.example\r
Cc: cy@home.example\r
Subject: Re: [list] Stra=?utf-8?q?=C3=9F?=e\r
Message-ID: <1@x.example>\r
References: <0@x.example> <z@x.example>\r
\r
hello\r
"""
ANSWER = b"Subject: Re: other\r\nMessage-ID: <2@x.example>\r\nIn-Reply-To: <3@x.example>\r\n\r\nyes\r\n"
OTHER = b"Subject: other\r\nMessage-ID: <3@x.example>\r\n\r\nwhat?\r\n"
NONE = b"no header at all"
UNKNOWN = EmailId(4711)


async def _append(mail: Mail, *emails: tuple[bytes, bool], at: float = NOW) -> Sequence[EmailId]:
    """Octets, and whether their summary is there at once."""
    made = [
        NewEmail(MemoryOctets(octets), Timestamp(at), summary=summary(octets) if known else None)
        for octets, known in emails
    ]
    arrived = await act(mail, Append((await inbox(mail)).id, tuple(made)))
    assert isinstance(arrived, Arrived)
    return arrived.emails


def summary(octets: bytes) -> Summary:
    return summarize(MemoryOctets(octets))


async def test_sort_texts(mail: Mail) -> None:
    first, none, later = await _append(mail, (FIRST, True), (NONE, True), (OTHER, False))
    for which in SortText:
        wanted = [getattr(summary(octets).keys, which).decode() for octets in (FIRST, NONE)]
        found = await mail.emails.sort_texts([later, none, UNKNOWN, first, first], which)
        assert list(found) == [None, wanted[1], None, wanted[0], wanted[0]], which


async def test_glance(mail: Mail) -> None:
    odd = b"Subject: \xc3\xb6\r\n\r\n\0"
    first, strange, later = await _append(mail, (FIRST, True), (odd, True), (OTHER, False))
    full = await mail.emails.glance([later, UNKNOWN, strange, first, first], described=True)
    short = await mail.emails.glance([later, UNKNOWN, strange, first, first], described=False)
    assert [each and each.odd for each in full] == [None, None, Odd.HEADER | Odd.NUL, 0, 0]
    known = summary(FIRST)
    (email,) = await mail.emails.read([first])
    assert email is not None
    described = (known.envelope, known.structure, known.preview)
    assert full[3] == full[4] == (first, email.thread, len(FIRST), NOW, 0, *described)
    assert [each and each[:5] for each in short] == [each and each[:5] for each in full]
    assert all(each is None or each[5:] == (b"", b"", "") for each in short)
    (read,) = await mail.emails.read([strange])
    assert read is not None
    assert read.summary is not None
    assert read.summary.odd == Odd.HEADER | Odd.NUL
    assert not read.summary.attached


async def test_links(mail: Mail) -> None:
    first, answer, later = await _append(mail, (FIRST, True), (ANSWER, True), (OTHER, False))
    one, other = summary(FIRST).links, summary(ANSWER).links
    assert (len(one.references), len(other.references)) == (2, 1)
    found = await mail.emails.links([answer, later, UNKNOWN, first, answer])
    assert list(found.own) == [other.own, None, None, one.own, other.own]
    assert list(found.answers) == [other.answers, None, None, one.answers, other.answers]
    assert list(found.counts) == [1, None, None, 2, 1]
    assert list(found.references) == [*other.references, *one.references, *other.references]


async def test_a_summary_that_is_kept_later(mail: Mail) -> None:
    [email, other] = await _append(mail, (FIRST, False), (NONE, False))
    box, at = (await inbox(mail)).id, await mail.feed.at()
    assert list((await mail.emails.measures(box)).sent) == [NOW, NOW]
    await mail.emails.keep({email: summary(FIRST), UNKNOWN: summary(OTHER)})
    await mail.emails.keep({})
    assert await mail.feed.at() == at, "no change is told of"
    known, unknown, nothing = await mail.emails.read([email, other, UNKNOWN])
    assert known is not None
    assert unknown is not None
    assert (known.summary, unknown.summary, nothing) == (summary(FIRST), None, None)
    measures = await mail.emails.measures(box)
    assert list(measures.sent) == [summary(FIRST).sent, NOW]
    assert measures.days[0] == summary(FIRST).day
    texts = await mail.emails.sort_texts([email, other], SortText.DISPLAY_FROM)
    assert list(texts) == [summary(FIRST).keys.display_from.decode(), None]
    await mail.emails.keep({email: summary(OTHER)})
    [known] = await mail.emails.read([email])
    assert known is not None
    assert known.summary == summary(OTHER)


async def test_conversations(mail: Mail) -> None:
    """By what messages name, in whatever order they come; the oldest first; each once, wherever it lies."""
    [answer] = await _append(mail, (ANSWER, True))
    [later] = await _append(mail, (FIRST, True))
    [other] = await _append(mail, (OTHER, True), at=NOW - 5)
    box = (await inbox(mail)).id
    threads = list((await mail.emails.measures(box)).threads)
    assert threads[0] == threads[2] != threads[1]
    read = await mail.emails.read([answer, later, other])
    assert [each.thread for each in read if each is not None] == threads
    wanted = [ThreadId(threads[1]), ThreadId(4711), ThreadId(threads[0])]
    assert await mail.emails.threads(wanted) == [(later,), (), (other, answer)]
    await copy(mail, box, [1, 3], (await mail.mailboxes.find("Archive")).id)
    await move(mail, box, [1], (await mail.mailboxes.find("Trash")).id)
    assert await mail.emails.threads(wanted) == [(later,), (), (other, answer)]
    archive = await mail.emails.measures((await mail.mailboxes.find("Archive")).id)
    assert list(archive.threads) == [threads[0]] * 2, "a copy is in the conversation of what it copies"


async def test_a_message_keeps_its_conversation(mail: Mail) -> None:
    [other] = await _append(mail, (OTHER, False))
    [answer] = await _append(mail, (ANSWER, True))
    await mail.emails.keep({other: summary(OTHER)})
    read = await mail.emails.read([other, answer])
    assert len({each.thread for each in read if each is not None}) == 2
