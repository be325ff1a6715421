"""How much may be submitted: asked at MAIL, at RCPT and at the end, counted once before it is made durable."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.accounts.activity.meter import SharedMeter
from gateway.accounts.config import Quota, SubmissionConfig
from gateway.mail.address import NULL_PATH, parse_address
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.origin import Origin
from gateway.relay.acceptance import Draft
from gateway.relay.quotas import Quotas
from tests.support.relay_world import START, STRANGER, TRUSTED
from tests.unit.relay.inhabited import Inhabited, inhabited

AGAIN = "450 4.7.1"
OCTETS = b"From: al@home.example\r\n\r\nhello\r\n"
ROUTES = "routes: [{name: all, deliver: hold, accept_from: anyone}]\n"


def limited(of: Inhabited, config: SubmissionConfig) -> None:
    """The relay with these quotas."""
    of.relay.intake.setup = replace(of.relay.intake.setup, quotas=Quotas(SharedMeter(), config))


async def submitted(of: Inhabited, origin: Origin, *recipients: str) -> list[str]:
    """What is answered, to MAIL, to each RCPT and at the end, as far as it goes."""
    draft = of.relay.intake.begin(origin, parse_address("al@home.example"), MailOptions())
    if not isinstance(draft, Draft):
        return [str(draft)]
    answers = [await of.relay.intake.recipient(draft, Recipient(parse_address(each))) for each in recipients]
    if draft.recipients:
        answers += await of.relay.intake.finish(draft, OCTETS)
    return [str(answer)[:9] for answer in answers]


async def test_messages_of_an_account(tmp_path: Path) -> None:
    async with inhabited(tmp_path, ROUTES) as of:
        limited(of, SubmissionConfig(account=Quota(messages_per_hour=2)))
        for _ in range(2):
            assert (await submitted(of, of.al, "x@far.example"))[-1].startswith("250")
        [answer] = await submitted(of, of.al, "x@far.example")
        assert answer.startswith(AGAIN)
        assert "try again after 2027-01-15T" in answer
        assert answer.endswith("Z")
        report = of.relay.intake.begin(of.al, NULL_PATH, MailOptions())
        assert str(report).startswith(AGAIN), "reports count too"
        other = of.logged_in("jörg@home.example")
        assert isinstance(of.relay.intake.begin(other, NULL_PATH, MailOptions()), Draft)
        assert isinstance(of.relay.intake.begin(TRUSTED, NULL_PATH, MailOptions()), Draft)


async def test_the_time_that_is_told_is_right(tmp_path: Path) -> None:
    async with inhabited(tmp_path, ROUTES) as of:
        limited(of, SubmissionConfig(account=Quota(messages_per_hour=1)))
        await submitted(of, of.al, "x@far.example")
        of.relay.now = type(START)(START + 4000)
        assert (await submitted(of, of.al, "x@far.example"))[-1].startswith("250")


async def test_recipients_of_an_account(tmp_path: Path) -> None:
    async with inhabited(tmp_path, ROUTES) as of:
        limited(of, SubmissionConfig(account=Quota(recipients_per_day=3)))
        many = [f"x{n}@far.example" for n in range(4)]
        assert [answer[:3] for answer in await submitted(of, of.al, *many)] == ["250", "250", "250", "450", "250"]
        assert await submitted(of, of.al, "y@far.example") == [AGAIN]
        assert len(of.relay.entries()) == 3


async def test_what_is_refused_does_not_count(tmp_path: Path) -> None:
    async with inhabited(tmp_path, ROUTES) as of:
        limited(of, SubmissionConfig(account=Quota(messages_per_hour=1)))
        [refused] = await of.relay.offer(
            "x@far.example", octets=b"From: ceo@bank.example\r\n\r\n", sender=None, origin=of.al
        )
        assert str(refused).startswith("550 5.7.1")
        assert (await submitted(of, of.al, "x@far.example"))[-1].startswith("250")


async def test_transactions_side_by_side_share_one_quota(tmp_path: Path) -> None:
    async with inhabited(tmp_path, ROUTES) as of:
        limited(of, SubmissionConfig(account=Quota(messages_per_hour=1)))
        drafts = [of.relay.intake.begin(of.al, NULL_PATH, MailOptions()) for _ in range(3)]
        answers: list[int] = []
        for draft in drafts:
            assert isinstance(draft, Draft)
            await of.relay.intake.recipient(draft, Recipient(parse_address("x@far.example")))
            if draft.recipients:
                answers += [answer.code for answer in await of.relay.intake.finish(draft, OCTETS)]
        assert answers == [250]


@pytest.mark.parametrize(("origin", "limits"), [(TRUSTED, True), (STRANGER, False)])
async def test_programs_on_trusted_networks(tmp_path: Path, origin: Origin, limits: bool) -> None:
    async with inhabited(tmp_path, ROUTES) as of:
        limited(of, SubmissionConfig(client=Quota(messages_per_hour=1)))
        assert (await submitted(of, origin, "x@far.example"))[-1].startswith("250")
        assert (await submitted(of, origin, "x@far.example"))[-1].startswith("450" if limits else "250")
        assert (await submitted(of, replace(origin, ip="127.0.0.9"), "x@far.example"))[-1].startswith("250")
        assert (await submitted(of, of.al, "x@far.example"))[-1].startswith("250")


async def test_what_could_not_be_committed_is_given_back() -> None:
    quotas = Quotas(SharedMeter(), SubmissionConfig(client=Quota(messages_per_hour=1, recipients_per_day=3)))
    assert quotas.take(TRUSTED, 3, START) is None
    assert quotas.take(TRUSTED, 1, START) is not None
    quotas.give_back(TRUSTED, 3, START)
    assert quotas.take(TRUSTED, 3, START) is None
