"""Threads (RFC 8621 3): a Message-ID in common, and the base subject."""

from dataclasses import replace
from pathlib import Path

from gateway.mail.octets import MemoryOctets
from gateway.store.actions import Append, Expunge, Which
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.model import EmailId, NewEmail, SortText, ThreadId
from gateway.store.uids import UidSet
from gateway.summary.model import Links, SortKeys, Summary
from tests.unit.store.embedded.engine_support import AL, NOW, append, inbox, opened


def summary(own: int, *references: int, subject: str = "s") -> Summary:
    keys = SortKeys(subject.encode(), b"", b"", b"", b"", b"")
    return Summary(b"()", b"()", "", None, keys, Links(own, references, bool(references)), attached=False)


def new(summary_: Summary | None) -> NewEmail:
    return NewEmail(MemoryOctets(b"x"), NOW, summary=summary_)


async def threads(mail: EmbeddedMail, *summaries: Summary | None) -> list[int]:
    """Of messages that arrive one after the other."""
    found: list[int] = []
    for each in summaries:
        (email,) = await mail.emails.read((await append(mail, new(each))).emails)
        assert email is not None
        found.append(email.thread)
    return found


async def test_answers_join(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, answer, later = await threads(store.mail(AL), summary(1), summary(2, 1), summary(3, 1, 2))
        assert first == answer == later
        assert (await store.mail(AL).emails.threads([ThreadId(first)])) == [(1, 2, 3)]


async def test_an_answer_that_comes_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        answer, first = await threads(store.mail(AL), summary(2, 1), summary(1))
        assert answer == first


async def test_another_subject_is_another_conversation(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, other = await threads(store.mail(AL), summary(1), summary(2, 1, subject="t"))
        assert first != other


async def test_nothing_in_common(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        found = await threads(store.mail(AL), summary(1), summary(2), None, None)
        assert len(set(found)) == 4


async def test_one_that_would_join_two_goes_to_the_older(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first, second, both = await threads(store.mail(AL), summary(1), summary(2), summary(3, 2, 1))
        assert first != second
        assert both == first


async def test_together_as_one_after_the_other(tmp_path: Path) -> None:
    summaries = [summary(1), summary(2, 1), summary(4, 3), summary(3), summary(5), None, summary(6, 5, 1, subject="t")]
    async with opened(tmp_path) as store:
        alone = await threads(store.mail(AL), *summaries)
    async with opened(tmp_path / "other") as store:
        mail = store.mail(AL)
        (arrived,) = await mail.emails.carry_out([Append(await inbox(mail), tuple(map(new, summaries)))], NOW)
        emails = await mail.emails.read(list(map(EmailId, range(1, 8))))
        assert [email and email.thread for email in emails] == alone
        assert arrived.at


async def test_a_summary_that_comes_later_is_found_by_answers(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        (first,) = await threads(mail, None)
        before = await mail.feed.at()
        await mail.emails.keep({EmailId(1): summary(1), EmailId(99): summary(99)})
        assert await mail.feed.at() == before, "no change is told of"
        (email,) = await mail.emails.read([EmailId(1)])
        assert email is not None
        assert email.summary == summary(1)
        assert await threads(mail, summary(2, 1)) == [first]


async def test_columns_of_sort_keys_and_links(tmp_path: Path) -> None:
    odd = 'Ü"\\\0\x1f\u2028'
    keys = SortKeys(odd.encode(), *(f"{number}".encode() for number in range(5)))
    third = replace(summary(3, 1, 2**63 - 1), keys=keys)
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        await threads(mail, summary(1), None, third)
        asked = [EmailId(3), EmailId(2), EmailId(98), EmailId(1)]
        found = await mail.emails.links(asked)
        assert (found.own, found.answers) == ([3, None, None, 1], [1, None, None, 0])
        assert (found.counts, found.references.tolist()) == ([2, None, None, 0], [1, 2**63 - 1])
        first = summary(1).keys
        for at, which in enumerate(SortText):
            texts = [odd, *map(str, range(5))][at], None, None, getattr(first, which.value).decode()
            assert tuple(await mail.emails.sort_texts(asked, which)) == texts
        assert (await mail.emails.links([])).own == []
        assert await mail.emails.sort_texts([], SortText.CC) == []


async def test_what_is_expunged_is_not_shown(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        (thread, _) = await threads(mail, summary(1), summary(2, 1))
        uids = (await append(mail, new(summary(3, 2)))).uids
        await mail.emails.carry_out([Expunge(await inbox(mail), None, Which.MARKED)], NOW)
        assert await mail.emails.threads([ThreadId(thread), ThreadId(77)]) == [(1, 2, 3), ()]
        expunge = Expunge(await inbox(mail), UidSet.of(uids), Which.ALL)
        await mail.emails.carry_out([expunge], NOW)
        assert await mail.emails.threads([ThreadId(thread)]) == [(1, 2)]
