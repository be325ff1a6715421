"""FUTURERELEASE (RFC 4865): the HOLDFOR and HOLDUNTIL parameters of MAIL, on submission listeners only.

ABNF, as read here (the date-time as corrected by erratum 2040)::

    announcement = "FUTURERELEASE" SP max-interval SP max-date-time
    hold-param   = "HOLDFOR=" interval / "HOLDUNTIL=" date-time     ; one of them (4.2)
    interval     = %x31-39 *8DIGIT                                  ; seconds
    date-time    = full-date "T" time [ "." 1*DIGIT ] ( "Z" / ( "+" / "-" ) 2DIGIT ":" 2DIGIT )   ; RFC 3339 5.6

Clients are to write date-times in UTC; other zones are understood. We hold the message ourselves: no next hop is ever
asked to.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.mail.codes import BAD_PARAMETER
from gateway.mail.envelope import Hold, HoldFor, HoldUntil, MailOptions
from gateway.mail.reply import Reply, reply
from gateway.mail.rfc3339 import rfc3339
from gateway.mail.units import Seconds, Timestamp
from gateway.smtp.errors import ProtocolError, bad_parameter
from gateway.smtp.extensions.base import Offer, ServiceExtension

_INTERVAL = re.compile(r"[1-9][0-9]{0,8}")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:)([0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.IGNORECASE,
)
_TOO_LATE = reply(501, BAD_PARAMETER, "BY wants it delivered before HOLDFOR or HOLDUNTIL let it go: leave one out")
_NOT_OFFERED = reply(555, BAD_PARAMETER, "mail is not held here: leave HOLDFOR and HOLDUNTIL out")


@dataclass(frozen=True, slots=True)
class Announced:
    """What a session was told of how long mail may be held."""

    limit: Seconds
    at: Timestamp
    """When it was told: the latest moment counts from there."""

    @property
    def seconds(self) -> int:
        """The max-future-release-interval; 0: mail is not held."""
        return max(1, min(int(self.limit), 999_999_999)) if self.limit > 0 else 0

    @property
    def until(self) -> str:
        """The max-future-release-date-time."""
        return rfc3339(Timestamp(self.at + self.seconds))


def refusal_of_hold(options: MailOptions, announced: Announced, now: Timestamp) -> Reply | None:
    """Why a message that comes now is not held as asked: not offered, longer than announced (RFC 4865 4.2), or longer
    than the time in which it is to be delivered (5.2.2).

    A moment that has passed is no error: the clocks of clients are not exact, and the message is sent at once.
    """
    hold = options.hold
    if hold is None:
        return None
    if not announced.seconds:
        return _NOT_OFFERED
    wanted, limit = _wanted(hold, announced)
    if wanted > limit:
        text = f"mail is held for {announced.seconds} seconds at most, until {announced.until}"
        return reply(501, BAD_PARAMETER, text)
    deadline = options.deadline(now)
    return _TOO_LATE if deadline is not None and options.release(now) > deadline else None


def _wanted(hold: Hold, announced: Announced) -> tuple[float, float]:
    """What is asked for, and the most that was announced of its kind."""
    if isinstance(hold, HoldFor):
        return hold.seconds, announced.seconds
    return hold.moment, announced.at + announced.seconds


def _announce(offer: Offer) -> str | None:
    announced = Announced(offer.hold_limit, offer.now)
    return f"FUTURERELEASE {announced.seconds} {announced.until}" if announced.seconds else None


def _read_for(value: str | None, options: MailOptions) -> MailOptions:
    if not _INTERVAL.fullmatch(value or ""):
        raise bad_parameter("HOLDFOR is a number of seconds, from 1 to 999999999")
    return _held(options, HoldFor(int(value or "")))


def _read_until(value: str | None, options: MailOptions) -> MailOptions:
    found = _DATE_TIME.fullmatch(value or "")
    if found is None:
        raise _no_date_time()
    date, time, second, fraction, zone = found.groups()
    # Never early (RFC 4865 4.2): no clock of ours shows a leap second (RFC 3339 5.7), and we write whole seconds.
    leap = second == "60"
    late = leap or int(fraction or "0") > 0
    text = f"{date}T{time}{'59' if leap else second}{zone.upper().replace('Z', '+00:00')}"
    try:
        moment = datetime.fromisoformat(text).timestamp() + late
    except (ValueError, OverflowError) as error:
        raise _no_date_time() from error
    return _held(options, HoldUntil(Timestamp(moment)))


def _no_date_time() -> ProtocolError:
    return bad_parameter("HOLDUNTIL is a date and time as in 2026-11-22T09:15:00Z")


def _held(options: MailOptions, hold: Hold) -> MailOptions:
    if options.hold is not None:
        raise bad_parameter("give one of HOLDFOR and HOLDUNTIL, not both")
    return replace(options, hold=hold)


FUTURERELEASE = ServiceExtension("FUTURERELEASE", _announce, mail={"HOLDFOR": _read_for, "HOLDUNTIL": _read_until})
