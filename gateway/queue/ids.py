"""Queue ids and delivery ids as integers, which are the keys of the embedded engine's tables.

A message's key has 47 bits: hundredths of a second since 2024-01-01T00:00:00Z (39 bits, until the year 2198) and a
counter. A queue id is that key and the shard (16 bits), as 14 characters that sort like the number. A delivery id is
the message's key and the number of the recipient (16 bits, from 1).
"""

from gateway.mail.message import DeliveryId, QueueId
from gateway.mail.units import Timestamp

LENGTH = 14
MAX_RECIPIENTS = 0xFFFF
MAX_SHARD = 0xFFFF

_EPOCH = 1_704_067_200
_TICKS = 100
_COUNTER_BITS = 8
_KEY_BITS = 47
_DIGITS = "0123456789abcdefghijklmn"
_BASE = len(_DIGITS)
_PAIRS = tuple(a + b for a in _DIGITS for b in _DIGITS)


class BadQueueId(ValueError):
    """The text names no message."""


def first_key(now: Timestamp) -> int:
    """The lowest message key of this moment."""
    return max(int((now - _EPOCH) * _TICKS), 0) << _COUNTER_BITS


def moment(key: int) -> Timestamp:
    """When a message key was made, to the hundredth of a second."""
    return Timestamp((key >> _COUNTER_BITS) / _TICKS + _EPOCH)


def queue_id(key: int, shard: int) -> QueueId:
    """The name of a message."""
    number = key << 16 | shard
    pairs = []
    for _ in range(LENGTH // 2):
        number, pair = divmod(number, _BASE * _BASE)
        pairs.append(_PAIRS[pair])
    pairs.reverse()
    return QueueId("".join(pairs))


def message_key(identifier: QueueId) -> int:
    """The key of a message in its shard. Raises BadQueueId."""
    return _number(identifier) >> 16


def shard_of(identifier: QueueId) -> int:
    """The shard that a message lives in. Raises BadQueueId."""
    return _number(identifier) & MAX_SHARD


def _number(identifier: QueueId) -> int:
    if len(identifier) != LENGTH or not identifier.isascii() or not identifier.isalnum():
        raise BadQueueId(f"{identifier!r} is no queue id: those have {LENGTH} digits and letters")
    try:
        number = int(identifier, _BASE)
    except ValueError:
        raise BadQueueId(f"{identifier!r} is no queue id: its letters go from a to {_DIGITS[-1]}") from None
    if number >> (_KEY_BITS + 16):
        raise BadQueueId(f"{identifier!r} is no queue id: it is too large")
    return number


def delivery_id(key: int, number: int) -> DeliveryId:
    """The id of a message's recipient by its number, which counts from 1."""
    return DeliveryId(key << 16 | number)


def message_of(delivery: DeliveryId) -> int:
    """The key of the message that a delivery belongs to."""
    return delivery >> 16


def number_of(delivery: DeliveryId) -> int:
    """The number of the recipient within its message."""
    return delivery & MAX_RECIPIENTS


class KeyMaker:
    """Hands out message keys that only ever grow, also where the clock goes back."""

    __slots__ = ("_last",)

    def __init__(self, last: int) -> None:
        self._last = last

    def next(self, now: Timestamp) -> int:
        """A fresh key, of this moment or just after the last one."""
        self._last = max(self._last + 1, first_key(now))
        return self._last
