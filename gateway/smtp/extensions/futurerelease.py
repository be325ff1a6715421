"""FUTURERELEASE (RFC 4865): the HOLDFOR and HOLDUNTIL parameters of MAIL, on submission listeners only.

ABNF, as read here (the date-time as corrected by erratum 2040)::

    announcement = "FUTURERELEASE" SP max-interval SP max-date-time
    hold-param   = "HOLDFOR=" interval / "HOLDUNTIL=" date-time     ; one of them (4)
    interval     = %x31-39 *8DIGIT                                  ; seconds
    date-time    = full-date "T" time [ "." 1*DIGIT ] ( "Z" / ( "+" / "-" ) 2DIGIT ":" 2DIGIT )   ; RFC 3339 5.6

We hold the message ourselves: no next hop is ever asked to.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime

from gateway.mail.codes import BAD_PARAMETER
from gateway.mail.envelope import Hold, HoldFor, HoldUntil, MailOptions
from gateway.mail.reply import Reply, reply
from gateway.mail.units import Seconds, Timestamp
from gateway.smtp.errors import ProtocolError, bad_parameter
from gateway.smtp.extensions.base import Offer, ServiceExtension

_INTERVAL = re.compile(r"[1-9][0-9]{0,8}")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.IGNORECASE,
)
_LAST = Timestamp(253_402_300_799)
"""The end of the year 9999, after which RFC 3339 can say nothing."""
_NOT_OFFERED = reply(555, BAD_PARAMETER, "mail is not held here: leave HOLDFOR and HOLDUNTIL out")


def rfc3339(moment: Timestamp) -> str:
    """A moment in UTC: `2026-11-22T09:15:00Z`."""
    return datetime.fromtimestamp(min(moment, _LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def refusal_of_hold(hold: Hold, limit: Seconds, now: Timestamp) -> Reply | None:
    """Why a message is not held like this (RFC 4865 4): not offered, or longer than announced.

    A moment that has passed is no error: the clocks of clients are not exact, and the message is sent at once.
    """
    if limit <= 0:
        return _NOT_OFFERED
    wanted = hold.seconds if isinstance(hold, HoldFor) else hold.moment - now
    if wanted <= limit:
        return None
    text = f"mail is held for {_whole(limit)} seconds at most, until {rfc3339(Timestamp(now + limit))}"
    return reply(501, BAD_PARAMETER, text)


def _announce(offer: Offer) -> str | None:
    limit = offer.hold_limit
    return f"FUTURERELEASE {_whole(limit)} {rfc3339(Timestamp(offer.now + limit))}" if limit > 0 else None


def _whole(limit: Seconds) -> int:
    return max(1, min(int(limit), 999_999_999))


def _read_for(value: str | None, options: MailOptions) -> MailOptions:
    if not _INTERVAL.fullmatch(value or ""):
        raise bad_parameter("HOLDFOR is a number of seconds, from 1 to 999999999")
    return _held(options, HoldFor(int(value or "")))


def _read_until(value: str | None, options: MailOptions) -> MailOptions:
    found = _DATE_TIME.fullmatch(value or "")
    if found is None:
        raise _no_date_time()
    date, time, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{date}T{_second(time)}{zone.upper().replace('Z', '+00:00')}").timestamp()
    except (ValueError, OverflowError) as error:
        raise _no_date_time() from error
    return _held(options, HoldUntil(Timestamp(moment)))


def _second(time: str) -> str:
    """A leap second (RFC 3339 5.7) is one second early: no clock of ours shows it."""
    return time[:6] + "59" if time.endswith("60") else time


def _no_date_time() -> ProtocolError:
    return bad_parameter("HOLDUNTIL is a date and time as in 2026-11-22T09:15:00Z")


def _held(options: MailOptions, hold: Hold) -> MailOptions:
    if options.hold is not None:
        raise bad_parameter("give one of HOLDFOR and HOLDUNTIL, not both")
    return replace(options, hold=hold)


FUTURERELEASE = ServiceExtension("FUTURERELEASE", _announce, mail={"HOLDFOR": _read_for, "HOLDUNTIL": _read_until})
