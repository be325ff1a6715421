"""What the receiving side may rely on, of the relay and of the fake that stands for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.mail.address import NULL_PATH, Address, LocalPart, parse_address
from gateway.mail.envelope import MailOptions, Notify, OriginalRecipient, Recipient, Ret
from gateway.mail.origin import Origin
from gateway.queue.protocol import INLINE_LIMIT
from gateway.relay.acceptance import Draft, Unqualified
from tests.support.acceptors import ACCEPTORS, Remembering

HERE = Origin("mx", "127.0.0.1", trusted=True)
LMTP = Origin("mx", "127.0.0.1", trusted=True, lmtp=True)
A = parse_address("a@b.example")
OCTETS = b"Subject: x\r\n\r\nhello\r\n"


@pytest.fixture(params=ACCEPTORS)
async def acceptor(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Remembering]:
    async with ACCEPTORS[request.param](tmp_path) as made:
        yield made


def begun(acceptor: Remembering, origin: Origin = HERE, options: MailOptions | None = None) -> Draft:
    draft = acceptor.begin(origin, A, options or MailOptions())
    assert isinstance(draft, Draft)
    return draft


async def named(acceptor: Remembering, draft: Draft, *recipients: str) -> list[int]:
    return [(await acceptor.recipient(draft, Recipient(parse_address(each)))).code for each in recipients]


async def test_who_is_refused_is_not_in_the_draft(acceptor: Remembering) -> None:
    draft = begun(acceptor)
    assert await named(acceptor, draft, "c@d.example", "refused@d.example", "e@d.example") == [250, 550, 250]
    assert [str(each.address) for each in draft.recipients] == ["c@d.example", "e@d.example"]


async def test_one_reply_ends_a_message(acceptor: Remembering) -> None:
    draft = begun(acceptor)
    await named(acceptor, draft, "c@d.example", "e@d.example")
    [answer] = await acceptor.finish(draft, OCTETS)
    assert (answer.code, str(answer.status)) == (250, "2.6.0")
    [taken] = acceptor.taken
    assert (taken.sender, taken.content, taken.spooled) == (A, OCTETS, False)
    assert [str(each.address) for each in taken.recipients] == ["c@d.example", "e@d.example"]


async def test_over_lmtp_each_recipient_has_a_reply_of_its_own(acceptor: Remembering) -> None:
    draft = begun(acceptor, LMTP)
    await named(acceptor, draft, "failing@d.example", "c@d.example")
    answers = await acceptor.finish(draft, OCTETS)
    assert [answer.code for answer in answers] == [451, 250]
    [taken] = acceptor.taken
    assert [str(each.address) for each in taken.recipients] == ["c@d.example"]


async def test_what_fails_for_all_is_refused(acceptor: Remembering) -> None:
    draft = begun(acceptor)
    await named(acceptor, draft, "failing@d.example")
    assert [answer.code for answer in await acceptor.finish(draft, OCTETS)] == [451]
    assert list(acceptor.taken) == []


async def test_what_fails_for_some_is_taken_over_smtp(acceptor: Remembering) -> None:
    draft = begun(acceptor)
    await named(acceptor, draft, "failing@d.example", "c@d.example")
    assert [answer.code for answer in await acceptor.finish(draft, OCTETS)] == [250]
    [taken] = acceptor.taken
    assert len(taken.recipients) == 2


async def test_a_large_body_comes_by_a_file(acceptor: Remembering) -> None:
    draft = begun(acceptor)
    await named(acceptor, draft, "c@d.example")
    spool = acceptor.spool(draft)
    first, second = OCTETS + b"x" * INLINE_LIMIT, b"y" * 1000
    await spool.write(first)
    await spool.write(second)
    [answer] = await acceptor.finish(draft, await spool.finish())
    assert answer.positive
    [taken] = acceptor.taken
    assert (taken.content, taken.spooled) == (first + second, True)


async def test_a_file_can_be_given_up_at_any_time(acceptor: Remembering) -> None:
    spool = acceptor.spool(begun(acceptor))
    await spool.write(OCTETS)
    spool.discard()
    spool.discard()
    assert list(acceptor.taken) == []


async def test_names_without_a_domain_get_ours(acceptor: Remembering) -> None:
    draft = acceptor.begin(HERE, Unqualified(LocalPart("root")), MailOptions())
    assert isinstance(draft, Draft)
    answer = await acceptor.recipient(draft, Unqualified(LocalPart("al"), frozenset({Notify.NEVER})))
    assert answer.positive
    await acceptor.finish(draft, OCTETS)
    [taken] = acceptor.taken
    assert str(taken.sender) == "root@mail.home.example"
    assert [str(each.address) for each in taken.recipients] == ["al@mail.home.example"]
    assert taken.recipients[0].notify == frozenset({Notify.NEVER})


async def test_parameters_are_kept(acceptor: Remembering) -> None:
    options = MailOptions(smtputf8=True, ret=Ret.HDRS, envid="a+b")
    wanted = Recipient(
        Address(LocalPart("jörg"), parse_address("x@d.example").domain),
        frozenset({Notify.SUCCESS, Notify.FAILURE}),
        OriginalRecipient("utf-8", "jörg@d.example"),
    )
    draft = acceptor.begin(HERE, NULL_PATH, options)
    assert isinstance(draft, Draft)
    assert (await acceptor.recipient(draft, wanted)).positive
    await acceptor.finish(draft, OCTETS)
    [taken] = acceptor.taken
    assert (taken.sender, taken.options, taken.recipients) == (NULL_PATH, options, (wanted,))


async def test_drafts_know_nothing_of_each_other(acceptor: Remembering) -> None:
    one, two = begun(acceptor), begun(acceptor)
    await named(acceptor, one, "c@d.example")
    await named(acceptor, two, "e@d.example")
    await acceptor.finish(two, OCTETS)
    await acceptor.finish(one, OCTETS)
    assert sorted(str(taken.recipients[0].address) for taken in acceptor.taken) == ["c@d.example", "e@d.example"]
