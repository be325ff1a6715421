"""What the relay may rely on of a Transport, on both event loops, against the sink."""

from dataclasses import replace

import pytest

from gateway.cli.sink.server import PLAIN, Behaviour, SinkServer
from gateway.mail.address import NULL_PATH, parse_address
from gateway.mail.codes import EnhancedCode
from gateway.mail.envelope import Body, Notify, OriginalRecipient, Recipient, Ret
from gateway.mail.octets import MemoryOctets
from gateway.mail.outcome import Deferred, Delivered, Failed
from gateway.relay.transport import Transaction
from tests.contract.transport_support import OCTETS, deliver, mail, relay, session, transport, utf8
from tests.support.loops import on_both_loops

SINKS = {
    "all": PLAIN,
    "no pipelining": PLAIN.without("PIPELINING"),
    "no extensions": Behaviour(extensions=frozenset()),
    "HELO only": replace(PLAIN, helo_only=True),
}


@pytest.mark.parametrize("behaviour", SINKS.values(), ids=SINKS)
@on_both_loops
async def test_a_message_arrives_octet_for_octet(behaviour: Behaviour) -> None:
    async with SinkServer(behaviour) as sink, transport() as carrier:
        [outcome] = await deliver(carrier, relay(sink))
        assert isinstance(outcome, Delivered)
        assert outcome.reply.code == 250
        assert outcome.host == "127.0.0.1"
        [message] = sink.messages
        assert message.octets == OCTETS
        assert (message.sender, [each.address for each in message.recipients]) == (
            "a@home.example",
            ["b@legacy.example"],
        )
        assert message.violations == ()
        assert message.helo == "gw.home.example"


@on_both_loops
async def test_parameters_only_where_they_are_offered() -> None:
    to = Recipient(
        parse_address("b@legacy.example"),
        frozenset({Notify.DELAY, Notify.SUCCESS}),
        OriginalRecipient("rfc822", "b+c=d@legacy.example"),
    )
    full = Transaction(
        parse_address("a@home.example"), (to,), MemoryOctets(OCTETS), Body.EIGHTBITMIME, True, False, Ret.HDRS, "Id+1"
    )
    async with SinkServer() as sink, SinkServer(PLAIN.without("DSN", "SIZE")) as poor, transport() as carrier:
        await deliver(carrier, relay(sink), full)
        await deliver(carrier, relay(poor), full)
    [rich_message], [poor_message] = sink.messages, poor.messages
    assert set(rich_message.parameters) == {
        f"SIZE={len(OCTETS)}",
        "BODY=8BITMIME",
        "SMTPUTF8",
        "RET=HDRS",
        "ENVID=Id+2B1",
    }
    assert set(rich_message.recipients[0].parameters) == {
        "NOTIFY=DELAY,SUCCESS",
        "ORCPT=rfc822;b+2Bc+3Dd@legacy.example",
    }
    assert set(poor_message.parameters) == {"BODY=8BITMIME", "SMTPUTF8"}
    assert poor_message.recipients[0].parameters == ()


@on_both_loops
async def test_utf8_addresses_and_the_null_sender() -> None:
    async with SinkServer() as sink, transport() as carrier:
        hop = relay(sink)
        assert isinstance((await deliver(carrier, hop, utf8(mail("jörg@bücher.example"))))[0], Delivered)
        assert isinstance((await deliver(carrier, hop, replace(mail(), sender=NULL_PATH)))[0], Delivered)
        assert isinstance((await deliver(carrier, hop, mail("b@bücher.example")))[0], Delivered)
    first, second, third = sink.messages
    assert first.recipients[0].address == "jörg@bücher.example"
    assert second.sender == ""
    assert third.recipients[0].address == "b@xn--bcher-kva.example"
    assert not third.smtputf8


@on_both_loops
async def test_undeclared_utf8_never_leaves() -> None:
    async with SinkServer() as sink, transport() as carrier:
        [outcome] = await deliver(carrier, relay(sink), mail("jörg@bücher.example"))
        assert isinstance(outcome, Failed)
        assert outcome.status == EnhancedCode(5, 6, 7)
        assert sink.messages == []


@pytest.mark.parametrize("behaviour", [PLAIN, PLAIN.without("PIPELINING")], ids=["pipelined", "step by step"])
@on_both_loops
async def test_outcomes_per_recipient(behaviour: Behaviour) -> None:
    answers = {
        "no@d.example": "550 5.1.1 no such person",
        "later@d.example": "450 4.2.0 later",
        "many@d.example": "552 x",
    }
    async with SinkServer(replace(behaviour, recipients=answers)) as sink, transport() as carrier:
        outcomes = await deliver(
            carrier, relay(sink), mail("yes@d.example", "no@d.example", "later@d.example", "many@d.example")
        )
    yes, no, later, many = outcomes
    assert isinstance(yes, Delivered)
    assert isinstance(no, Failed)
    assert (no.status, no.reply and no.reply.text) == (EnhancedCode(5, 1, 1), "no such person")
    assert isinstance(later, Deferred)
    assert not later.hop_trouble
    assert isinstance(many, Deferred)
    assert many.reply is not None
    assert many.reply.code == 552
    assert [each.address for each in sink.messages[0].recipients] == ["yes@d.example"]


@pytest.mark.parametrize("behaviour", [PLAIN, PLAIN.without("PIPELINING")], ids=["pipelined", "step by step"])
@on_both_loops
async def test_no_recipient_accepted_then_the_next_message(behaviour: Behaviour) -> None:
    answers = {"no@d.example": "550 5.1.1 no such person"}
    async with SinkServer(replace(behaviour, recipients=answers)) as sink, transport() as carrier:
        opened = await session(carrier, relay(sink))
        assert isinstance((await opened.send(mail("no@d.example")))[0], Failed)
        assert isinstance((await opened.send(mail("yes@d.example")))[0], Delivered)
        opened.release()
        assert sink.connections == 1


@on_both_loops
async def test_data_accepted_without_a_recipient_gets_a_lone_dot() -> None:
    answers = {"no@d.example": "550 5.1.1 no such person"}
    async with SinkServer(replace(PLAIN, recipients=answers, eager_data=True)) as sink, transport() as carrier:
        opened = await session(carrier, relay(sink))
        assert isinstance((await opened.send(mail("no@d.example")))[0], Failed)
        assert isinstance((await opened.send(mail("yes@d.example")))[0], Delivered)
        opened.release()
        assert [each.octets for each in sink.messages] == [OCTETS]


@pytest.mark.parametrize(
    ("reply", "kind", "status"),
    [
        ("550 5.7.1 not you", Failed, EnhancedCode(5, 7, 1)),
        ("451 4.3.0 not now", Deferred, EnhancedCode(4, 3, 0)),
        ("550 no", Failed, EnhancedCode(5, 0, 0)),
        ("452 4.2.1 one|4.2.1 two", Deferred, EnhancedCode(4, 2, 1)),
    ],
)
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "."])
@on_both_loops
async def test_refusals_are_kept_whole(command: str, reply: str, kind: type, status: EnhancedCode) -> None:
    async with SinkServer(replace(PLAIN, replies={command: reply})) as sink, transport() as carrier:
        outcomes = await deliver(carrier, relay(sink), mail("b@d.example", "c@d.example"))
    assert len(outcomes) == 2
    for outcome in outcomes:
        assert isinstance(outcome, kind)
        assert not isinstance(outcome, Delivered)
        assert outcome.status == status
        assert outcome.reply is not None
        assert outcome.reply.code == int(reply[:3])
        assert not (isinstance(outcome, Deferred) and outcome.hop_trouble)


@on_both_loops
async def test_a_size_that_the_host_does_not_take_is_not_tried() -> None:
    async with SinkServer(replace(PLAIN, size=10)) as sink, transport() as carrier:
        opened = await session(carrier, relay(sink))
        [outcome] = await opened.send(mail())
        assert isinstance(outcome, Failed)
        assert outcome.status == EnhancedCode(5, 3, 4)
        opened.release()
    assert sink.messages == []


@on_both_loops
async def test_binary_mail_goes_by_bdat_as_it_is() -> None:
    octets = bytes(range(256)) * 300 + b"\n.\n\r\n.\r\n"
    binary = replace(mail(octets=octets), body=Body.BINARYMIME)
    async with SinkServer() as sink, transport() as carrier:
        [outcome] = await deliver(carrier, relay(sink), binary)
        assert isinstance(outcome, Delivered)
    [message] = sink.messages
    assert message.octets == octets
    assert message.chunked
    assert message.body == "BINARYMIME"


@on_both_loops
async def test_a_last_line_without_its_end() -> None:
    octets = b"Subject: x\r\n\r\nno end"
    async with SinkServer() as sink, SinkServer(PLAIN.without("CHUNKING")) as poor, transport() as carrier:
        await deliver(carrier, relay(sink), mail(octets=octets))
        await deliver(carrier, relay(poor), mail(octets=octets))
    assert sink.messages[0].octets == octets
    assert poor.messages[0].octets == octets + b"\r\n"


@on_both_loops
async def test_a_message_that_servers_would_cut_is_not_sent_with_data() -> None:
    octets = b"Subject: x\r\n\r\na\n.\r\nMAIL FROM:<evil@x.example>\r\n"
    async with SinkServer() as sink, transport() as carrier:
        [outcome] = await deliver(carrier, relay(sink), mail(octets=octets))
        assert isinstance(outcome, Failed)
        assert outcome.status == EnhancedCode(5, 6, 0)
    assert sink.messages == []


@pytest.mark.parametrize("body", [Body.SEVENBIT, Body.BINARYMIME])
@on_both_loops
async def test_large_messages_are_streamed(body: Body) -> None:
    octets = b"Subject: large\r\n\r\n" + b".a line that begins with a dot\r\n" * 100_000
    async with SinkServer() as sink, transport() as carrier:
        [outcome] = await deliver(carrier, relay(sink), replace(mail(octets=octets), body=body))
        assert isinstance(outcome, Delivered)
    assert sink.messages[0].octets == octets


@on_both_loops
async def test_lmtp_has_an_outcome_per_recipient() -> None:
    behaviour = replace(
        PLAIN,
        lmtp=True,
        recipients={"no@d.example": "550 5.1.1 no"},
        stored={"full@d.example": "452 4.2.2 full", "never@d.example": "554 5.6.0 never"},
    )
    async with SinkServer(behaviour) as sink, transport() as carrier:
        outcomes = await deliver(
            carrier,
            relay(sink, lmtp=True),
            mail("yes@d.example", "full@d.example", "no@d.example", "never@d.example", "too@d.example"),
        )
    assert [type(each) for each in outcomes] == [Delivered, Deferred, Failed, Failed, Delivered]
    assert sink.messages[0].verb == "LHLO"


@on_both_loops
async def test_many_recipients_are_told_in_parts() -> None:
    everyone = [f"u{number}@d.example" for number in range(250)]
    async with SinkServer() as sink, transport() as carrier:
        outcomes = await deliver(carrier, relay(sink), mail(*everyone))
    assert len(outcomes) == 250
    assert [len(each.recipients) for each in sink.messages] == [100, 100, 50]
    assert [to.address for each in sink.messages for to in each.recipients] == everyone
