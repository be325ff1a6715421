"""Who gets mail in the local domains."""

from pathlib import Path

import pytest
from typing_extensions import override

from gateway.accounts.model import Disabled, WhileDisabled
from gateway.accounts.protocol import AccountsUnavailable, Resolution
from gateway.mail.address import Address, parse_address
from gateway.mail.domain import Domain, parse_domain
from gateway.relay.no_accounts import NoAccounts
from gateway.relay.placing import place_report
from gateway.relay.seen import facts_of
from tests.support.relay_world import ASCII, START, STRANGER, TRUSTED, world
from tests.unit.relay.inhabited import HEADER, ROUTES, Inhabited, inhabited

MAILBOXES = "routes: [{name: local, when: {local: yes}, deliver: mailbox}]\n"


async def answer(of: Inhabited, recipient: str, *, octets: bytes = ASCII, trusted: bool = False) -> str:
    origin = TRUSTED if trusted else STRANGER
    [reply] = await of.relay.offer(recipient, octets=octets, sender="x@far.example", origin=origin)
    return str(reply)


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        ("al@home.example", "250 2.6.0"),
        ("AL+lists@home.example", "250 2.6.0"),
        ("jörg@home.example", "250 2.6.0"),
        ("tickets@home.example", "250 2.6.0"),
        ("bo@home.example", "550 5.1.1"),
        ("anybody@empty.example", "250 2.6.0"),
    ],
)
async def test_who_is_known_where_there_are_accounts(tmp_path: Path, recipient: str, code: str) -> None:
    async with inhabited(tmp_path) as of:
        assert (await answer(of, recipient)).startswith(code)
        assert (await answer(of, recipient, trusted=True)).startswith(code)


async def test_the_address_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        of.accounts.registrar.add_domain(parse_domain("new.example"))
        of.accounts.registrar.set_catch_all(parse_domain("new.example"), parse_address("al@home.example"))
        of.noticed()
        await of.relay.offer("AL+lists@home.example", "any@new.example", octets=ASCII)
        found = of.relay.open()
        assert set(found) == {"AL+lists@home.example", "any@new.example"}
        assert all(entry.delivery.recipient.original is None for entry in found.values())


async def test_a_domain_is_local_as_soon_as_it_is_added(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        assert "relaying denied" in await answer(of, "al@new.example")
        of.accounts.registrar.add_domain(parse_domain("new.example"))
        of.noticed()
        assert (await answer(of, "al@new.example")).startswith("250")


async def test_aliases_of_the_accounts_are_followed(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        of.accounts.registrar.set_alias(parse_address("team@home.example"), [parse_address("al@home.example")])
        of.noticed()
        assert (await answer(of, "team@home.example")).startswith("250")
        [entry] = of.relay.entries()
        original = entry.delivery.recipient.original
        assert original is not None
        assert (entry.delivery.recipient.address, original.address) == (
            parse_address("al@home.example"),
            "team@home.example",
        )


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("text", [ROUTES, MAILBOXES, ROUTES + "aliases: {no@home.example: [al@home.example]}\n"])
async def test_an_address_that_takes_no_mail_takes_none_by_any_route(tmp_path: Path, text: str, trusted: bool) -> None:
    async with inhabited(tmp_path, text) as of:
        of.refuse("no@home.example")
        assert await answer(of, "no@home.example", trusted=trusted) == "550 5.1.8 gone fishing"
        later = b"Subject: later\r\n\r\n"
        assert await answer(of, "no@home.example", trusted=trusted, octets=later) == "550 5.1.8 gone fishing"


async def test_a_disabled_account_gets_mail_or_not(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        for mail, code in ((WhileDisabled.DELIVER, "250"), (WhileDisabled.REFUSE, "550 5.2.1")):
            of.accounts.registrar.disable(parse_address("al@home.example"), Disabled("", mail, START))
            of.noticed()
            assert (await answer(of, "al@home.example")).startswith(code)


async def test_mailboxes_are_for_those_who_live_here(tmp_path: Path) -> None:
    everywhere = "routes: [{name: all, deliver: mailbox}]\n"
    async with inhabited(tmp_path, everywhere) as of:
        assert (await answer(of, "al@home.example")).startswith("250")
        assert (await answer(of, "bo@home.example")).startswith("550 5.1.1")
        assert (await answer(of, "al@far.example", trusted=True)).startswith("550 5.1.1")
        [entry] = of.relay.entries()
        assert (entry.delivery.hop_key, entry.delivery.route) == ("mailbox", "all")


async def test_the_postmaster_is_the_admin_where_he_has_no_address_of_his_own(tmp_path: Path) -> None:
    async with inhabited(tmp_path, MAILBOXES) as of:
        of.accounts.registrar.add_account(parse_address("admin@home.example"))
        of.noticed()
        assert (await answer(of, "abuse@empty.example")).startswith("250")
        [entry] = of.relay.entries()
        delivery = entry.delivery
        assert (str(delivery.recipient.address), delivery.hop_key) == ("admin@home.example", "mailbox")
        assert delivery.alias_of == "abuse@empty.example"


@pytest.mark.parametrize(("more", "to"), [("reports: {postmaster: jörg@home.example}\n", "jörg"), ("", "admin")])
async def test_the_admin_comes_after_whom_the_configuration_names(tmp_path: Path, more: str, to: str) -> None:
    async with inhabited(tmp_path, MAILBOXES + more) as of:
        of.accounts.registrar.add_account(parse_address("admin@home.example"))
        of.noticed()
        assert (await answer(of, "postmaster@home.example")).startswith("250")
        assert set(of.relay.open()) == {f"{to}@home.example"}


async def test_one_target_of_an_alias_that_takes_no_mail_is_reported_with_its_own_words(tmp_path: Path) -> None:
    aliases = "aliases: {team@home.example: [no@home.example, off@home.example, tickets@home.example]}\n"
    async with inhabited(tmp_path, ROUTES + aliases) as of:
        of.refuse("no@home.example")
        of.refuse("off@home.example", "off for good")
        assert (await answer(of, "team@home.example")).startswith("250")
        await of.relay.attempt("reject")
        assert of.relay.finished() == {"no@home.example": "failed", "off@home.example": "failed"}
        [report] = of.relay.report_texts()
        assert b"gone fishing" in report
        assert b"off for good" in report


async def test_mail_that_waits_for_an_account_that_is_gone_is_returned(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        assert (await answer(of, "jörg@home.example", octets=ASCII)).startswith("250")
        of.accounts.registrar.remove_account(parse_address("jörg@home.example"))
        of.noticed()
        await of.relay.attempt()
        assert of.relay.finished() == {"jörg@home.example": "failed"}


@pytest.mark.parametrize("text", [ROUTES, MAILBOXES])
@pytest.mark.parametrize("recipient", ["postmaster@home.example", "Abuse@home.example", "abuse@empty.example"])
async def test_somebody_always_reads_what_is_sent_to_the_postmaster(tmp_path: Path, text: str, recipient: str) -> None:
    async with inhabited(tmp_path, text) as of:
        assert (await answer(of, recipient)).startswith("250")
        [entry] = of.relay.entries()
        assert entry.delivery.hop_key == ("relay:legacy" if "empty" in recipient and text is ROUTES else "hold")


async def test_an_account_that_is_the_postmaster_goes_first(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        of.accounts.registrar.add_address(parse_address("al@home.example"), parse_address("postmaster@home.example"))
        of.noticed()
        assert (await answer(of, "postmaster@home.example")).startswith("250")
        [entry] = of.relay.entries()
        assert entry.delivery.hop_key == "relay:legacy"


class Unreadable(NoAccounts):
    """A database that is broken, as far as addresses go."""

    @override
    def resolve(self, address: Address) -> Resolution:
        raise AccountsUnavailable("disk on fire")

    @override
    def is_local(self, domain: Domain) -> bool:
        return True


async def test_while_the_accounts_cannot_be_read_clients_come_back_and_reports_are_kept(tmp_path: Path) -> None:
    async with world(tmp_path, HEADER + ROUTES, Unreadable()) as relay:
        [refused] = await relay.offer("al@home.example", octets=ASCII)
        assert str(refused).startswith("451 4.3.0")
        [report] = place_report(relay.intake.setup, parse_address("al@home.example"), START)
        assert (report.hop_key, report.recipient.address) == ("reject", parse_address("al@home.example"))


async def test_mail_that_waits_goes_on_while_the_accounts_cannot_be_read(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        await answer(of, "al@home.example")
        [entry] = of.relay.entries()
        async with world(tmp_path / "other", HEADER + ROUTES, Unreadable()) as broken:
            route = broken.intake.setup.router.again(entry.delivery, facts_of(entry.message, 0))
            assert route is not None
            assert route.name == "local"


@pytest.mark.parametrize("local", ["x%victim.example", "victim.example!x", '"x@victim.example"'])
async def test_localparts_that_name_a_way_on_are_for_our_own_people(tmp_path: Path, local: str) -> None:
    async with inhabited(tmp_path) as of:
        recipient = f"{local}@empty.example"
        assert "relaying denied" in await answer(of, recipient)
        [taken] = await of.relay.offer(
            recipient, octets=b"From: al@home.example\r\n\r\n", sender="al@home.example", origin=of.al
        )
        assert taken.positive
