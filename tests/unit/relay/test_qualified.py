"""Names of one label in what our own people submit (RFC 6409 4.2)."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.mail.address import NULL_PATH, parse_address
from gateway.mail.envelope import MailOptions, Recipient
from gateway.relay.acceptance import Draft
from tests.support.relay_world import STRANGER, TRUSTED
from tests.unit.relay.inhabited import Inhabited, inhabited

AL = "al@home.example"
WHOLE = ["x@far.example", "x@[192.0.2.1]", "x@bücher.example"]


async def recipient(of: Inhabited, to: str) -> str:
    draft = of.relay.intake.begin(of.al, parse_address(AL), MailOptions(smtputf8=True))
    assert isinstance(draft, Draft)
    return str(await of.relay.intake.recipient(draft, Recipient(parse_address(to))))


async def written_to(of: Inhabited, fields: str) -> str:
    octets = f"From: {AL}\r\n{fields}\r\n\r\nhello\r\n".encode()
    [reply] = await of.relay.offer("x@far.example", octets=octets, sender=AL, origin=of.al)
    return str(reply)


@pytest.mark.parametrize("to", ["x@sales", "x@SALES", "x@bücher"])
async def test_a_recipient_in_a_domain_of_one_label_is_refused(tmp_path: Path, to: str) -> None:
    async with inhabited(tmp_path) as of:
        assert (await recipient(of, to)).startswith("554 5.1.2 ")


@pytest.mark.parametrize("to", WHOLE)
async def test_a_recipient_in_a_whole_domain_is_taken(tmp_path: Path, to: str) -> None:
    async with inhabited(tmp_path) as of:
        assert (await recipient(of, to)).startswith("250 ")


async def test_senders_of_trusted_networks_are_looked_at_where_mail_is_submitted(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        cron = parse_address("cron@web1")
        of.relay.intake.setup = replace(of.relay.intake.setup, submission=frozenset({"submission"}))
        submitted = of.relay.intake.begin(replace(TRUSTED, listener="submission"), cron, MailOptions())
        assert str(submitted).startswith("554 5.1.8 web1 is no full domain name")
        for origin in (TRUSTED, replace(STRANGER, listener="submission")):
            assert isinstance(of.relay.intake.begin(origin, cron, MailOptions()), Draft), "relayed, not submitted"
        assert isinstance(of.relay.intake.begin(of.al, NULL_PATH, MailOptions()), Draft)


@pytest.mark.parametrize(
    "fields",
    [
        "To: x@sales",
        "To: x@far.example, Bo <bo@sales>",
        "Cc: team: bo@sales, x@far.example;",
        "Reply-To: al@desk",
        "Bcc: x@sales",
        "Subject: hi\r\nTO:\r\n x@sales",
    ],
)
async def test_an_account_s_header_names_whole_domains(tmp_path: Path, fields: str) -> None:
    async with inhabited(tmp_path) as of:
        assert (await written_to(of, fields)).startswith("554 5.6.0 ")
        assert of.relay.entries() == []


@pytest.mark.parametrize(
    "fields", [*[f"To: {address}" for address in WHOLE], "To: undisclosed recipients:;", "To: x@@y", "X-To: x@sales"]
)
async def test_what_names_no_domain_of_one_label_is_taken(tmp_path: Path, fields: str) -> None:
    async with inhabited(tmp_path) as of:
        assert (await written_to(of, fields)).startswith("250 ")
