"""Hosts that misbehave: nothing is lost, nothing is blamed on the message, nothing hangs."""

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from gateway.certificates.config import TlsConfig
from gateway.certificates.self_signed import CERTIFICATE
from gateway.certificates.shelf import Shelf
from gateway.certificates.stock import Place
from gateway.cli.sink.server import CONNECT, END_OF_DATA, PLAIN, Behaviour, SinkServer
from gateway.deliver.config import DeliverConfig
from gateway.mail.codes import EnhancedCode
from gateway.mail.envelope import Body
from gateway.mail.nexthop import HopLimits, LmtpHop, Login, Manner, TlsPolicy
from gateway.mail.octets import MemoryOctets
from gateway.mail.outcome import Deferred, Delivered, Failed
from gateway.mail.units import Seconds
from tests.contract.transport_support import (
    OCTETS,
    PLAIN_MANNER,
    QUICK,
    deliver,
    mail,
    relay,
    session,
    transport,
    utf8,
)
from tests.support.loops import on_both_loops
from tests.support.ports import free_port

IMPATIENT = DeliverConfig(QUICK)
_SHORT = Seconds(0.4)
HURRIED = DeliverConfig(replace(QUICK, greeting=_SHORT, command=_SHORT, data=_SHORT, block=_SHORT, final=_SHORT))
"""For hosts that say nothing: each test waits so long."""
LARGE = b"Subject: large\r\n\r\n" + b"a line of a large message\r\n" * 20_000


async def opened(behaviour: Behaviour, manner: Manner = PLAIN_MANNER, config: DeliverConfig = IMPATIENT) -> object:
    """What opening a session with such a host gives."""
    async with SinkServer(behaviour) as sink, transport(config) as carrier:
        hop = relay(sink, manner=manner)
        found = await carrier.endpoints(hop)
        assert not isinstance(found, Deferred | Failed)
        result = await carrier.open(hop, found[0])
        if not isinstance(result, Deferred | Failed):
            result.release()
        else:
            assert carrier.connections == 0
        return result


@on_both_loops
async def test_nobody_listens() -> None:
    async with transport(IMPATIENT) as carrier:
        hop = relay(free_port())
        found = await carrier.endpoints(hop)
        assert not isinstance(found, Deferred | Failed)
        result = await carrier.open(hop, found[0])
        assert isinstance(result, Deferred)
        assert (result.status, result.hop_trouble) == (EnhancedCode(4, 4, 1), True)
        assert "refused" in result.why


@pytest.mark.parametrize("moment", [CONNECT, "EHLO"])
@pytest.mark.parametrize("way", ["hang_after", "drop_after"])
@on_both_loops
async def test_a_host_that_does_not_greet(moment: str, way: str) -> None:
    behaviour = replace(PLAIN, hang_after=moment) if way == "hang_after" else replace(PLAIN, drop_after=moment)
    result = await opened(behaviour, config=HURRIED)
    assert isinstance(result, Deferred)
    assert result.hop_trouble


@pytest.mark.parametrize(
    ("reply", "kind"),
    [("554 5.3.2 go away", Deferred), ("421 4.3.2 busy", Deferred), ("521 no mail here", Failed), ("what?", Deferred)],
)
@on_both_loops
async def test_a_greeting_that_is_a_refusal(reply: str, kind: type) -> None:
    result = await opened(replace(PLAIN, replies={CONNECT: reply}))
    assert isinstance(result, kind)


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA", END_OF_DATA])
@pytest.mark.parametrize("way", ["hang_after", "drop_after"])
@on_both_loops
async def test_a_host_that_falls_silent(moment: str, way: str) -> None:
    behaviour = replace(PLAIN, hang_after=moment) if way == "hang_after" else replace(PLAIN, drop_after=moment)
    async with SinkServer(behaviour) as sink, transport(HURRIED) as carrier:
        outcomes = await deliver(carrier, relay(sink), mail("b@d.example", "c@d.example"))
        assert len(outcomes) == 2
        for outcome in outcomes:
            assert isinstance(outcome, Deferred)
            assert outcome.hop_trouble
            assert outcome.status == EnhancedCode(4, 4, 2)


@pytest.mark.parametrize("body", [Body.SEVENBIT, Body.BINARYMIME])
@on_both_loops
async def test_a_host_that_drops_in_the_middle_of_the_message(body: Body) -> None:
    behaviour = replace(PLAIN, drop_after_octets=100_000)
    async with SinkServer(behaviour) as sink, transport(IMPATIENT) as carrier:
        [outcome] = await deliver(carrier, relay(sink), replace(mail(octets=LARGE), body=body))
        assert isinstance(outcome, Deferred)
        assert outcome.hop_trouble
        assert sink.messages == []


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA", END_OF_DATA])
@on_both_loops
async def test_421_blames_the_host(moment: str) -> None:
    async with SinkServer(replace(PLAIN, replies={moment: "421 4.3.2 too busy"})) as sink, transport() as carrier:
        outcomes = await deliver(carrier, relay(sink), mail("b@d.example", "c@d.example"))
        for outcome in outcomes:
            assert isinstance(outcome, Deferred)
            assert outcome.hop_trouble
            assert outcome.reply is not None
            assert outcome.reply.code == 421


@on_both_loops
async def test_421_after_each_message() -> None:
    async with SinkServer(replace(PLAIN, close_after_message=True)) as sink, transport() as carrier:
        hop = relay(sink)
        for _ in range(3):
            assert isinstance((await deliver(carrier, hop))[0], Delivered)
        assert sink.connections == 3
        assert len(sink.messages) == 3


@on_both_loops
async def test_a_kept_connection_that_died_is_nobodys_fault() -> None:
    async with SinkServer() as sink, transport() as carrier:
        hop = relay(sink)
        await deliver(carrier, hop)
        again = carrier.kept(hop)
        assert again is not None
        sink.drop_connections()
        assert isinstance((await again.send(mail()))[0], Delivered)
        again.release()
        assert sink.connections == 2
        assert len(sink.messages) == 2


@on_both_loops
async def test_a_session_that_died_between_two_messages() -> None:
    async with SinkServer() as sink, transport() as carrier:
        held = await session(carrier, relay(sink))
        assert isinstance((await held.send(mail()))[0], Delivered)
        sink.drop_connections()
        await sink.wait_closed()
        assert isinstance((await held.send(mail()))[0], Delivered)
        held.release()
        assert (sink.connections, len(sink.messages), carrier.connections) == (2, 2, 1)


@on_both_loops
async def test_a_fresh_host_that_lacks_what_the_dead_one_had() -> None:
    async with transport() as carrier:
        async with SinkServer() as rich:
            hop = relay(rich)
            held = await session(carrier, hop)
            assert isinstance((await held.send(mail()))[0], Delivered)
        async with SinkServer(PLAIN.without("SMTPUTF8"), port=rich.port) as poor:
            [outcome] = await held.send(utf8(mail("ö@d.example")))
            assert isinstance(outcome, Deferred)
            assert outcome.hop_trouble
            assert poor.connections == 1
            assert poor.messages == []
            held.release()


@on_both_loops
async def test_a_cancelled_transaction_ends_the_connection() -> None:
    async with SinkServer(replace(PLAIN, hang_after=END_OF_DATA)) as sink, transport() as carrier:
        held = await session(carrier, relay(sink))
        sending = asyncio.create_task(held.send(mail()))
        await asyncio.wait([sending], timeout=0.05)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        held.release()
        await sink.wait_closed()
        assert carrier.idle == 0


@on_both_loops
async def test_connections_are_reused_up_to_their_limit() -> None:
    manner = replace(PLAIN_MANNER, limits=HopLimits(messages_per_connection=3))
    async with SinkServer() as sink, transport() as carrier:
        hop = relay(sink, manner=manner)
        for _ in range(7):
            await deliver(carrier, hop)
        assert [message.connection for message in sink.messages] == [1, 1, 1, 2, 2, 2, 3]


@on_both_loops
async def test_no_more_connections_than_allowed() -> None:
    manner = replace(PLAIN_MANNER, limits=HopLimits(connections=2))
    async with SinkServer() as sink, transport() as carrier:
        hop = relay(sink, manner=manner)
        outcomes = await asyncio.gather(*(deliver(carrier, hop) for _ in range(20)))
        assert all(isinstance(each, Delivered) for [each] in outcomes)
        assert sink.connections == 2
        assert carrier.connections == 2


@on_both_loops
async def test_an_idle_connection_makes_room_for_another_host() -> None:
    manner = replace(PLAIN_MANNER, limits=HopLimits(connections=1))
    async with SinkServer() as first, SinkServer() as second, transport() as carrier:
        hop = relay(first, second, manner=manner)
        await deliver(carrier, hop)
        found = await carrier.endpoints(hop)
        assert not isinstance(found, Deferred | Failed)
        other = await carrier.open(hop, found[1])
        assert not isinstance(other, Deferred | Failed)
        other.release()
        assert (first.connections, second.connections, carrier.connections) == (1, 1, 1)


@on_both_loops
async def test_only_the_preferred_host_is_kept() -> None:
    async with SinkServer() as first, SinkServer() as second, transport() as carrier:
        hop = relay(first, second)
        used = await session(carrier, hop, index=1)
        await used.send(mail())
        used.release()
        assert carrier.idle == 1
        assert carrier.kept(hop) is None


@on_both_loops
async def test_idle_connections_end_with_quit() -> None:
    async with SinkServer() as sink, transport(DeliverConfig(idle=Seconds(0))) as carrier:
        await deliver(carrier, relay(sink))
        await sink.wait_closed()
        [message] = sink.messages
        assert message.octets == OCTETS
        assert carrier.idle == 0


@on_both_loops
async def test_a_waiting_opener_that_is_cancelled_leaves_the_way_free() -> None:
    manner = replace(PLAIN_MANNER, limits=HopLimits(connections=1))
    async with SinkServer() as sink, transport() as carrier:
        hop = relay(sink, manner=manner)
        held = await session(carrier, hop)
        waiting = [asyncio.create_task(deliver(carrier, hop)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        held.release()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert len(sink.messages) == 2


def certified(folder: Path, name: str) -> ssl.SSLContext:
    """A host's certificate, whose file a client may be told to trust."""
    return Shelf(TlsConfig(), Place(folder, name)).context()


@pytest.mark.parametrize(
    ("policy", "offered", "trusted", "encrypted"),
    [
        (TlsPolicy.NONE, True, False, False),
        (TlsPolicy.OPPORTUNISTIC, True, False, True),
        (TlsPolicy.OPPORTUNISTIC, False, False, False),
        (TlsPolicy.ENCRYPT, True, False, True),
        (TlsPolicy.ENCRYPT, False, False, None),
        (TlsPolicy.VERIFY, True, True, True),
        (TlsPolicy.VERIFY, True, False, None),
        (TlsPolicy.VERIFY, False, True, None),
    ],
)
@on_both_loops
async def test_tls_policies(
    tmp_path: Path, policy: TlsPolicy, offered: bool, trusted: bool, encrypted: bool | None
) -> None:
    context = certified(tmp_path, "127.0.0.1")
    config = replace(IMPATIENT, ca_file=tmp_path / CERTIFICATE if trusted else None)
    behaviour = replace(PLAIN, tls=context if offered else None)
    async with SinkServer(behaviour) as sink, transport(config) as carrier:
        hop = relay(sink, manner=Manner(tls=policy))
        found = await carrier.endpoints(hop)
        assert not isinstance(found, Deferred | Failed)
        result = await carrier.open(hop, found[0])
        if encrypted is None:
            assert isinstance(result, Deferred)
            assert result.hop_trouble
            assert result.status.subject == 7
            return
        assert not isinstance(result, Deferred | Failed)
        assert result.capabilities.tls == (policy is TlsPolicy.VERIFY)
        assert isinstance((await result.send(mail(octets=LARGE)))[0], Delivered)
        assert isinstance((await result.send(mail()))[0], Delivered)
        result.release()
        assert [message.tls for message in sink.messages] == [encrypted, encrypted]
        assert sink.messages[0].octets == LARGE


@on_both_loops
async def test_a_certificate_of_another_name(tmp_path: Path) -> None:
    behaviour = replace(PLAIN, tls=certified(tmp_path, "other.example"))
    config = replace(IMPATIENT, ca_file=tmp_path / CERTIFICATE)
    result = await opened(behaviour, Manner(tls=TlsPolicy.VERIFY), config)
    assert isinstance(result, Deferred)
    assert "not valid" in result.why


@on_both_loops
async def test_tls_that_fails_is_done_without_where_that_is_allowed() -> None:
    broken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    async with SinkServer(replace(PLAIN, tls=broken)) as sink, transport(IMPATIENT) as carrier:
        assert isinstance((await deliver(carrier, relay(sink, manner=Manner())))[0], Delivered)
        assert [message.tls for message in sink.messages] == [False]
    refused = await opened(replace(PLAIN, tls=broken), Manner(tls=TlsPolicy.ENCRYPT))
    assert isinstance(refused, Deferred)


@pytest.mark.parametrize("password", ["right", "wrong"])
@on_both_loops
async def test_logging_in(tmp_path: Path, password: str) -> None:
    behaviour = replace(PLAIN, tls=certified(tmp_path, "127.0.0.1"), login=("gw", "right"))
    manner = Manner(tls=TlsPolicy.ENCRYPT, login=Login("gw", password))
    async with SinkServer(behaviour) as sink, transport(IMPATIENT) as carrier:
        hop = relay(sink, manner=manner)
        found = await carrier.endpoints(hop)
        assert not isinstance(found, Deferred | Failed)
        result = await carrier.open(hop, found[0])
        if password == "wrong":
            assert isinstance(result, Deferred)
            assert "wrong" not in result.why.replace("wrong user or password", "")
            return
        assert not isinstance(result, Deferred | Failed)
        assert isinstance((await result.send(mail()))[0], Delivered)
        result.release()
        assert sink.messages[0].user == "gw"
        assert "AUTH=<>" in sink.messages[0].parameters


@on_both_loops
async def test_a_password_is_not_sent_in_the_clear() -> None:
    result = await opened(replace(PLAIN, login=("gw", "right")), Manner(login=Login("gw", "right")))
    assert isinstance(result, Deferred)
    assert "password" in result.why


@on_both_loops
async def test_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "lmtp")
    async with SinkServer(replace(PLAIN, lmtp=True), path=path) as sink, transport() as carrier:
        hop = LmtpHop("local", (), path)
        assert isinstance((await deliver(carrier, hop))[0], Delivered)
        assert isinstance((await deliver(carrier, hop))[0], Delivered)
        assert sink.connections == 1


@pytest.mark.parametrize(("recipient", "code"), [("yes@d.example", 250), ("no@d.example", 550), ("ö@d.example", 553)])
@on_both_loops
async def test_asking_about_a_recipient(recipient: str, code: int) -> None:
    behaviour = replace(PLAIN.without("SMTPUTF8"), recipients={"no@d.example": "550 5.1.1 no"})
    async with SinkServer(behaviour) as sink, transport() as carrier:
        asker = await session(carrier, relay(sink))
        transaction = mail(recipient)
        answer = await asker.verify(transaction.sender, transaction.recipients[0])
        assert answer is not None
        assert answer.code == code
        assert isinstance((await asker.send(mail()))[0], Delivered)
        asker.release()


@on_both_loops
async def test_replies_that_are_not_ascii_are_made_safe() -> None:
    text = "550 5.1.1 gibt\udce4s nicht: ü"
    async with SinkServer(replace(PLAIN, replies={"RCPT": text})) as sink, transport() as carrier:
        [outcome] = await deliver(carrier, relay(sink))
        assert isinstance(outcome, Failed)
        assert outcome.reply is not None
        assert outcome.reply.text == "gibt\ufffds nicht: ü"


class Torn(MemoryOctets):
    """A body whose file fails in the middle."""

    @override
    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        yield self.data[:1000]
        raise OSError(5, "Input/output error")


@on_both_loops
async def test_a_message_that_cannot_be_read() -> None:
    async with SinkServer() as sink, transport() as carrier:
        [outcome] = await deliver(carrier, relay(sink), replace(mail(), octets=Torn(LARGE)))
        assert isinstance(outcome, Deferred)
        assert outcome.status == EnhancedCode(4, 3, 0)
        assert sink.messages == []
