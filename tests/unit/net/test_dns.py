"""The resolver against a real DNS server on loopback."""

import asyncio

import pytest

from gateway.mail.units import Seconds
from gateway.net.answers import (
    Addresses,
    ImplicitMx,
    MailExchanger,
    MxList,
    NoSuchDomain,
    NullMx,
    ServiceHost,
    ServiceHosts,
    TemporaryTrouble,
    Texts,
)
from gateway.net.config import DnsConfig
from gateway.net.dns import Resolver, ip_address
from tests.support.dns_server import SERVFAIL, SILENCE, DnsServer, Zone

ZONE: Zone = {
    ("d.example", "MX"): ["20 Backup.d.example.", "10 mx.d.example."],
    ("null.example", "MX"): ["0 ."],
    ("plain.example", "A"): ["192.0.2.1"],
    ("both.example", "A"): ["192.0.2.1", "192.0.2.2"],
    ("both.example", "AAAA"): ["2001:db8::1"],
    ("broken.example", "MX"): SERVFAIL,
    ("broken.example", "A"): SERVFAIL,
    ("half.example", "AAAA"): SERVFAIL,
    ("half.example", "A"): ["192.0.2.3"],
    ("silent.example", "MX"): SILENCE,
    ("d.example", "TXT"): ['"v=spf1 mx" " -all"', '"\\252 other"'],
    ("_submission._tcp.d.example", "SRV"): ["10 5 587 Backup.d.example.", "0 1 2587 mx.d.example."],
    ("_imap._tcp.d.example", "SRV"): ["0 0 0 ."],
    ("broken.example", "TXT"): SERVFAIL,
    ("broken.example", "SRV"): SERVFAIL,
}


def resolver(server: DnsServer, *, validating: bool = False, lifetime: float = 30.0) -> Resolver:
    """Patient, since the machine may be busy; where no answer is to come, `lifetime` is what the test takes."""
    config = DnsConfig((server.address,), validating, timeout=Seconds(lifetime), lifetime=Seconds(lifetime))
    return Resolver(config, hosts={"printer": ("192.0.2.9",)})


async def test_mx_by_preference() -> None:
    async with DnsServer(ZONE) as server:
        assert await resolver(server).mx("d.example") == MxList(
            (MailExchanger(10, "mx.d.example"), MailExchanger(20, "backup.d.example"))
        )


async def test_texts() -> None:
    async with DnsServer(ZONE) as server:
        asked = resolver(server)
        found = await asked.texts("d.example")
        assert isinstance(found, Texts)
        assert sorted(found.texts) == ["v=spf1 mx -all", "\ufffd other"]
        assert await asked.texts("plain.example") == Texts(())
        assert await asked.texts("nowhere.example") == NoSuchDomain()
        assert isinstance(await asked.texts("broken.example"), TemporaryTrouble)


async def test_services_by_priority() -> None:
    async with DnsServer(ZONE) as server:
        asked = resolver(server)
        assert await asked.services("_submission._tcp.d.example") == ServiceHosts(
            (ServiceHost(0, 1, 2587, "mx.d.example"), ServiceHost(10, 5, 587, "backup.d.example"))
        )
        assert await asked.services("_imap._tcp.d.example") == ServiceHosts((ServiceHost(0, 0, 0, ""),))
        assert await asked.services("plain.example") == ServiceHosts(())
        assert await asked.services("_imaps._tcp.d.example") == NoSuchDomain()
        assert isinstance(await asked.services("broken.example"), TemporaryTrouble)


async def test_null_mx() -> None:
    async with DnsServer(ZONE) as server:
        assert await resolver(server).mx("null.example") == NullMx()


async def test_implicit_mx() -> None:
    async with DnsServer(ZONE) as server:
        assert await resolver(server).mx("plain.example") == ImplicitMx()


async def test_no_such_domain() -> None:
    async with DnsServer(ZONE) as server:
        assert await resolver(server).mx("nowhere.example") == NoSuchDomain()
        assert await resolver(server).addresses("nowhere.example") == NoSuchDomain()


@pytest.mark.parametrize("name", ["a..example", "x" * 64 + ".example"])
async def test_what_is_no_name_does_not_exist(name: str) -> None:
    async with DnsServer(ZONE) as server:
        assert await resolver(server).mx(name) == NoSuchDomain()
        assert server.questions == []


@pytest.mark.parametrize("name", ["broken.example", "silent.example"])
async def test_trouble_is_temporary(name: str) -> None:
    async with DnsServer(ZONE) as server:
        answer = await resolver(server, lifetime=0.2).mx(name)
        assert isinstance(answer, TemporaryTrouble)
        assert name in answer.why


async def test_no_server_listens() -> None:
    async with DnsServer(ZONE) as server:
        silent = resolver(server, lifetime=0.2)
    assert isinstance(await silent.mx("d.example"), TemporaryTrouble)


async def test_addresses_alternate_between_families() -> None:
    async with DnsServer(ZONE) as server:
        answer = await resolver(server).addresses("both.example")
        assert isinstance(answer, Addresses)
        assert answer.addresses[0] == "2001:db8::1"
        assert set(answer.addresses[1:]) == {"192.0.2.1", "192.0.2.2"}


async def test_trouble_with_one_family_leaves_the_other() -> None:
    async with DnsServer(ZONE) as server:
        assert await resolver(server, lifetime=1.0).addresses("half.example") == Addresses(("192.0.2.3",))
        assert isinstance(await resolver(server, lifetime=0.2).addresses("broken.example"), TemporaryTrouble)


async def test_host_without_addresses() -> None:
    async with DnsServer(ZONE) as server:
        assert await resolver(server).addresses("d.example") == Addresses(())


async def test_addresses_that_need_no_question() -> None:
    async with DnsServer(ZONE) as server:
        names = resolver(server)
        assert await names.addresses("192.0.2.7") == Addresses(("192.0.2.7",))
        assert await names.addresses("[2001:DB8::7]") == Addresses(("2001:db8::7",))
        assert await names.addresses("Printer") == Addresses(("192.0.2.9",))
        assert server.questions == []


async def test_ad_counts_from_a_validating_server_alone() -> None:
    async with DnsServer(ZONE, authentic=True) as server:
        trusting, doubting = resolver(server, validating=True), resolver(server)
        assert await trusting.mx("plain.example") == ImplicitMx(authentic=True)
        assert await doubting.mx("plain.example") == ImplicitMx(authentic=False)


async def test_answers_are_kept() -> None:
    async with DnsServer(ZONE) as server:
        names = resolver(server)
        for name in ("d.example", "D.Example", "nowhere.example", "nowhere.example", "broken.example"):
            await names.mx(name)
        before = len(server.questions)
        for name in ("d.example", "nowhere.example", "broken.example"):
            await names.mx(name)
        assert len(server.questions) == before
        assert server.questions.count(("d.example", "MX")) == 1


async def test_questions_at_the_same_time_are_asked_once() -> None:
    async with DnsServer(ZONE) as server:
        names = resolver(server)
        answers = await asyncio.gather(*(names.mx("d.example") for _ in range(20)))
        assert len(set(answers)) == 1
        assert server.questions == [("d.example", "MX")]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("192.0.2.1", "192.0.2.1"), ("[2001:DB8::0]", "2001:db8::"), ("mx.example", None), ("", None), ("1.2.3", None)],
)
def test_ip_address(text: str, canonical: str | None) -> None:
    assert ip_address(text) == canonical
