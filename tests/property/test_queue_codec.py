"""Whatever is stored comes back as it was."""

import string

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.address import NULL_PATH, Address, BadAddress, LocalPart, parse_address
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import Domain, parse_domain
from gateway.mail.envelope import (
    Body,
    ByMode,
    DeliverBy,
    HoldFor,
    HoldUntil,
    MailOptions,
    Notify,
    OriginalRecipient,
    Recipient,
    Ret,
)
from gateway.mail.message import DeliveryId, Message, QueueId, State
from gateway.mail.origin import Origin, Tls
from gateway.mail.outcome import Deferred, Delivered, Failed
from gateway.mail.reply import Reply
from gateway.mail.units import Timestamp
from gateway.queue.codec import (
    decode_message,
    decode_recipient,
    decode_result,
    encode_message,
    encode_recipient,
    encode_result,
)
from gateway.queue.ids import (
    BadQueueId,
    KeyMaker,
    delivery_id,
    first_key,
    message_key,
    message_of,
    moment,
    number_of,
    queue_id,
    shard_of,
)
from gateway.queue.protocol import NewDelivery, Settlement

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
local_parts = st.one_of(
    text.map(lambda value: LocalPart('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')),
    text.map(LocalPart),
    st.sampled_from(["jörg", "障害", '"a@b c"', "o'brien", "a+b"]).map(LocalPart),
)
domains = st.one_of(
    st.sampled_from(["example.org", "Bücher.Example", "xn--bcher-kva.example", "[192.0.2.1]"]).map(parse_domain),
    st.builds(Domain, text, text),
)
addresses = st.builds(Address, local_parts, domains)
paths = st.one_of(st.just(NULL_PATH), addresses)
codes = st.builds(EnhancedCode, st.sampled_from([2, 4, 5]), st.integers(0, 999), st.integers(0, 999))
replies = st.builds(Reply, st.integers(200, 599), st.none() | codes, st.lists(text, max_size=3).map(tuple))
origins = st.builds(
    Origin,
    text,
    text,
    text,
    text,
    st.booleans(),
    st.booleans(),
    st.none() | st.builds(Tls, text, text),
    st.none() | text,
    st.booleans(),
)
options = st.builds(
    MailOptions,
    st.none() | st.sampled_from(Body),
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(0, 2**63 - 1),
    st.none() | st.sampled_from(Ret),
    st.none() | text,
    st.none()
    | st.builds(HoldFor, st.integers(1, 999_999_999))
    | st.builds(HoldUntil, st.floats(0, 4e9).map(Timestamp)),
    st.none() | st.builds(DeliverBy, st.integers(-(10**9), 10**9), st.sampled_from(ByMode), st.booleans()),
    st.none() | st.integers(-9, 9),
)
recipients = st.builds(
    Recipient,
    addresses,
    st.none() | st.frozensets(st.sampled_from(Notify)),
    st.none() | st.builds(OriginalRecipient, text, text),
)
moments = st.floats(0, 4e9).map(Timestamp)
outcomes = st.one_of(
    st.builds(Delivered, text, replies, st.lists(text, max_size=3).map(tuple)),
    st.builds(Deferred, codes, text, text, st.none() | replies, st.booleans()),
    st.builds(Failed, codes, text, text, st.none() | replies),
)
needs = st.lists(st.sampled_from(["SMTPUTF8", "8BITMIME"]), max_size=2).map(tuple)


@given(
    st.builds(
        Message,
        st.just(QueueId("x")),
        moments,
        paths,
        options,
        origins,
        st.integers(0, 2**40),
        text,
        st.booleans(),
    )
)
def test_a_message_comes_back(message: Message) -> None:
    again = decode_message(message.id, encode_message(message))
    assert again == message
    if isinstance(message.sender, Address) and isinstance(again.sender, Address):
        assert again.sender.domain.given == message.sender.domain.given


def test_what_version_0_1_stored_is_read() -> None:
    stored = b'[1.5,["a","b.example"],["8BITMIME",true,false,9,"HDRS","id"],["mx","192.0.2.1","h","",true,false,null,'
    message = decode_message(QueueId("x"), stored + b'null,true],12,"<1@b.example>",true]')
    assert message.options == MailOptions(Body.EIGHTBITMIME, True, False, 9, Ret.HDRS, "id")
    assert (message.origin.account, message.origin.trusted) == (None, True)


def test_usual_options_are_stored_as_before() -> None:
    usual = Message(QueueId("x"), Timestamp(0), NULL_PATH, MailOptions(), Origin("mx", ""), 0)
    assert b"[null,false,false,null,null,null]" in encode_message(usual)


@given(recipients, st.booleans(), text)
def test_a_recipient_comes_back(recipient, copy, alias_of) -> None:
    new = NewDelivery(recipient, "hop", "route", Timestamp(0), copy=copy, alias_of=alias_of)
    again = decode_recipient(encode_recipient(new))
    assert again == (recipient, copy, alias_of)
    assert again[0].address.domain.given == recipient.address.domain.given


@given(outcomes, text, text, needs)
def test_an_attempt_comes_back(outcome, hop, route, needed) -> None:
    settlement = Settlement(
        QueueId("x"), DeliveryId(1), outcome, Timestamp(0), State.DEFERRED, Timestamp(0), hop, route, needed
    )
    assert decode_result(encode_result(settlement)) == (outcome, hop, route, needed)


@given(st.text(max_size=60))
def test_every_address_that_can_be_read_comes_back(given_text: str) -> None:
    try:
        address = parse_address(f"{given_text}@bücher.example")
    except BadAddress:
        return
    new = NewDelivery(Recipient(address), "hop", "route", Timestamp(0))
    assert str(decode_recipient(encode_recipient(new))[0].address) == str(address)


@given(st.integers(0, 2**47 - 1), st.integers(0, 2**16 - 1), st.integers(1, 2**16 - 1))
def test_ids_come_back(key: int, shard: int, number: int) -> None:
    identifier = queue_id(key, shard)
    assert len(identifier) == 14
    assert (message_key(identifier), shard_of(identifier)) == (key, shard)
    assert shard_of(QueueId(identifier.upper())) == shard
    delivery = delivery_id(key, number)
    assert (message_of(delivery), number_of(delivery)) == (key, number)
    assert delivery < 2**63


@given(st.tuples(st.integers(0, 2**47 - 1), st.integers(0, 9)), st.tuples(st.integers(0, 2**47 - 1), st.integers(0, 9)))
def test_ids_sort_like_their_keys(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (queue_id(*one) < queue_id(*other)) == (one < other)


@given(st.text(max_size=20) | st.text(string.ascii_letters + string.digits + "_+ ", min_size=14, max_size=14))
def test_any_text_is_an_id_or_refused(identifier: str) -> None:
    try:
        key, shard = message_key(QueueId(identifier)), shard_of(QueueId(identifier))
    except BadQueueId:
        return
    assert queue_id(key, shard) == identifier.lower()


@given(st.lists(st.floats(1.71e9, 5e9).map(Timestamp), max_size=30))
def test_keys_only_grow(times: list[Timestamp]) -> None:
    keys = KeyMaker(0)
    made = [keys.next(now) for now in times]
    assert made == sorted(set(made))
    assert all(key >= first_key(now) for key, now in zip(made, times, strict=True))


@given(st.floats(1.71e9, 5e9).map(Timestamp))
def test_a_key_tells_its_moment(now: Timestamp) -> None:
    assert abs(moment(first_key(now)) - now) <= 0.01
