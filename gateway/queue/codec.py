"""Values to the octets that are stored, and back, without loss: JSON arrays in a fixed order.

Addresses are stored in the parts they were parsed into, so that reading them needs no parser: what was accepted once
stays readable, whatever a later version's grammar says.
"""

import json
from collections.abc import Sequence
from typing import TypeAlias, assert_never

import orjson

from gateway.mail.address import NULL_PATH, Address, LocalPart, NullPath, ReversePath
from gateway.mail.codes import SYSTEM_TROUBLE, EnhancedCode
from gateway.mail.domain import Domain
from gateway.mail.envelope import (
    Body,
    ByMode,
    DeliverBy,
    Hold,
    HoldFor,
    HoldUntil,
    MailOptions,
    Notify,
    OriginalRecipient,
    Recipient,
    Ret,
)
from gateway.mail.message import Message, QueueId
from gateway.mail.origin import Origin, Tls
from gateway.mail.outcome import Deferred, Delivered, Failed, Outcome
from gateway.mail.reply import Reply
from gateway.mail.units import Timestamp
from gateway.queue.protocol import NewDelivery, Settlement

AddressParts: TypeAlias = list[str]
"""Localpart, domain in A-labels, and the domain as given where that differs."""

StatusParts: TypeAlias = tuple[int, int, int]
ReplyParts: TypeAlias = tuple[int, StatusParts | None, tuple[str, ...]]
OptionParts: TypeAlias = tuple[
    str | None,
    bool,
    bool,
    int | None,
    str | None,
    str | None,
    "HoldParts | None",
    "ByParts | None",
    int | None,
]
"""The last three, of FUTURERELEASE, DELIVERBY and MT-PRIORITY, are left out together where all are absent."""

HoldParts: TypeAlias = tuple[int, float | None]
"""The seconds of HOLDFOR, or the moment of HOLDUNTIL."""

ByParts: TypeAlias = tuple[int, str, bool]
OriginParts: TypeAlias = tuple[str, str, str, str, bool, bool, tuple[str, str] | None, str | None, bool, int | None]

OutcomeParts: TypeAlias = tuple[str, ReplyParts | None, StatusParts | None, str, bool | None, tuple[str, ...] | None]
"""Host, reply, status, why, hop trouble (null but for Deferred), changes (null but for Delivered)."""

MAX_REPLY = 500
"""Characters of a reply kept in the delivery's row; the attempt has it whole."""


def _dumps(fields: Sequence[object]) -> bytes:
    """JSON. A lone surrogate, which no parser of ours lets through, becomes a question mark: no mail is lost to it."""
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError:
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")


def encode_message(message: Message) -> bytes:
    """All of a message but its id."""
    options, origin = message.options, message.origin
    tls = origin.tls
    fields = [
        message.received,
        _path_parts(message.sender),
        _option_parts(options),
        [
            origin.listener,
            origin.ip,
            origin.helo,
            origin.name,
            origin.extended,
            origin.lmtp,
            [tls.version, tls.cipher] if tls else None,
            origin.authenticated,
            origin.trusted,
            origin.account,
        ],
        message.size,
        message.message_id,
        message.subject_to_report,
    ]
    return _dumps(fields)


def decode_message(identifier: QueueId, data: bytes) -> Message:
    """The message that was stored."""
    received, sender, options, origin, size, message_id, subject_to_report = orjson.loads(data)
    return Message(
        identifier,
        Timestamp(received),
        _path(sender),
        _options(options),
        _origin(origin),
        size,
        message_id,
        subject_to_report,
    )


def _option_parts(options: MailOptions) -> Sequence[object]:
    usual = [options.body, options.smtputf8, options.requiretls, options.size, options.ret, options.envid]
    hold, by = options.hold, options.deliver_by
    if hold is None and by is None and options.priority is None:
        return usual
    return [*usual, _hold_parts(hold), None if by is None else (by.seconds, by.mode, by.trace), options.priority]


def _hold_parts(hold: Hold | None) -> HoldParts | None:
    match hold:
        case None:
            return None
        case HoldFor(seconds=seconds):
            return seconds, None
        case HoldUntil(moment=moment):
            return 0, moment


def _options(parts: OptionParts) -> MailOptions:
    # What version 0.1 stored ends with the sixth.
    body, smtputf8, requiretls, size, ret, envid, hold, by, priority = (*parts, None, None, None)[:9]
    return MailOptions(
        None if body is None else Body(body),
        smtputf8,
        requiretls,
        size,
        None if ret is None else Ret(ret),
        envid,
        None if hold is None else _hold(hold),
        None if by is None else DeliverBy(by[0], ByMode(by[1]), by[2]),
        priority,
    )


def _hold(parts: HoldParts) -> Hold:
    seconds, moment = parts
    return HoldFor(seconds) if moment is None else HoldUntil(Timestamp(moment))


def _origin(parts: OriginParts) -> Origin:
    # What version 0.1 stored has no account.
    listener, ip, helo, name, extended, lmtp, tls, authenticated, trusted, account = (*parts, None)[:10]
    secured = Tls(*tls) if tls else None
    return Origin(listener, ip, helo, name, extended, lmtp, secured, authenticated, trusted, account)


def _path_parts(path: ReversePath) -> AddressParts | None:
    return None if isinstance(path, NullPath) else _address_parts(path)


def _path(parts: AddressParts | None) -> ReversePath:
    return NULL_PATH if parts is None else _address(parts)


def _address_parts(address: Address) -> AddressParts:
    domain = address.domain
    if domain.ascii == domain.given:
        return [address.local.text, domain.ascii]
    return [address.local.text, domain.ascii, domain.given]


def _address(parts: AddressParts) -> Address:
    return Address(LocalPart(parts[0]), Domain(parts[1], parts[-1]))


def encode_recipient(delivery: NewDelivery) -> bytes:
    """What never changes about a delivery: its recipient, and how it came to be one."""
    recipient = delivery.recipient
    original = recipient.original
    return _dumps(
        [
            _address_parts(recipient.address),
            None if recipient.notify is None else sorted(recipient.notify),
            [original.kind, original.address] if original else None,
            delivery.copy,
            delivery.alias_of,
        ]
    )


def decode_recipient(data: bytes) -> tuple[Recipient, bool, str]:
    """The recipient, whether it is a copy of ours, and what it is an alias of."""
    address, notify, original, copy, alias_of = orjson.loads(data)
    recipient = Recipient(
        _address(address),
        None if notify is None else frozenset(Notify(each) for each in notify),
        OriginalRecipient(*original) if original else None,
    )
    return recipient, copy, alias_of


def _status_parts(status: EnhancedCode | None) -> StatusParts | None:
    return None if status is None else (status.klass, status.subject, status.detail)


def _reply_parts(reply: Reply | None) -> ReplyParts | None:
    return None if reply is None else (reply.code, _status_parts(reply.status), reply.lines)


def _reply(parts: ReplyParts) -> Reply:
    code, status, lines = parts
    return Reply(code, None if status is None else EnhancedCode(*status), tuple(lines))


def encode_result(settlement: Settlement) -> bytes:
    """An attempt: its outcome, and the hop, the route and the needs of that time."""
    return _dumps(
        [_outcome_parts(settlement.outcome), settlement.hop_key, settlement.route, settlement.needs],
    )


def _outcome_parts(outcome: Outcome) -> OutcomeParts:
    match outcome:
        case Delivered(host, reply, changed):
            return (host, _reply_parts(reply), None, "", False, changed)
        case Deferred(status, why, host, deferred_by, hop_trouble):
            return (host, _reply_parts(deferred_by), _status_parts(status), why, hop_trouble, None)
        case Failed(status, why, host, failed_by):
            return (host, _reply_parts(failed_by), _status_parts(status), why, None, None)
        case _:
            assert_never(outcome)


def decode_result(data: bytes) -> tuple[Outcome, str, str, tuple[str, ...]]:
    """The outcome, the hop key, the route and the needs."""
    parts, hop_key, route, needs = orjson.loads(data)
    return _outcome(parts), hop_key, route, tuple(needs)


def _outcome(parts: OutcomeParts) -> Outcome:
    host, reply, status, why, hop_trouble, changed = parts
    said = None if reply is None else _reply(reply)
    if changed is not None and said is not None:
        return Delivered(host, said, tuple(changed))
    code = EnhancedCode(*status) if status is not None else SYSTEM_TROUBLE
    return Failed(code, why, host, said) if hop_trouble is None else Deferred(code, why, host, said, hop_trouble)


def summary(outcome: Outcome) -> str:
    """One line for a table: what the host said, else why."""
    reply = outcome.reply
    if reply is not None:
        return str(reply)[:MAX_REPLY]
    return "" if isinstance(outcome, Delivered) else f"{outcome.status} {outcome.why}"[:MAX_REPLY]


def sender_of(message: Message) -> str:
    """Who a message counts for in the fairness between senders: the account that logged in, else the sender."""
    return message.origin.authenticated or (
        "" if isinstance(message.sender, NullPath) else message.sender.local.text + message.sender.domain.ascii
    )
