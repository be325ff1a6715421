r"""IMAP URLs (RFC 5092), which CATENATE and URLAUTH name messages and their parts with.

ABNF, as read here (relative references are absolute paths: RFC 5092 7.2 allows no others)::

    url          = ["imap:"] "//" iserver ["/" [command]] / "/" [command]
    iserver      = [iuserinfo "@"] host [":" port]
    iuserinfo    = enc-user [";AUTH=" ("*" / enc-auth-type)] / ";AUTH=" ("*" / enc-auth-type)
    command      = enc-mailbox [";UIDVALIDITY=" nz-number] ["?" enc-search / part]
    part         = "/;UID=" nz-number ["/;SECTION=" enc-section] ["/;PARTIAL=" number ["." nz-number]] [urlauth]
    urlauth      = [";EXPIRE=" date-time] ";URLAUTH=" access [":" mechanism ":" 32*HEXDIG]     ; RFC 4467 9, RFC 3339
    access       = ("submit+" / "user+") enc-user / "authuser" / "anonymous"
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from gateway.mail.units import Timestamp

LONGEST: Final = 8192
"""Octets of a URL."""
_PERCENT: Final = rb"%[0-9A-Fa-f]{2}"
_UCHAR: Final = rb"A-Za-z0-9\-._~!$'()*+,"
_ACHARS: Final = rb"(?:[" + _UCHAR + rb"&=]|" + _PERCENT + rb")+"
_BCHARS: Final = rb"(?:[" + _UCHAR + rb"&=:@/]|" + _PERCENT + rb")+"
_USER: Final = rb"(?:[" + _UCHAR + rb"&=@]|" + _PERCENT + rb")+"
"""Clients leave an @ in it as it is."""
_NUMBER: Final = rb"[1-9][0-9]{0,9}"
_SERVER: Final = re.compile(
    rb"(?:(?=[^@])(?P<user>" + _ACHARS + rb")?(?:;AUTH=(?P<auth>\*|" + _ACHARS + rb"))?@)?"
    rb"(?P<host>(?:\[[0-9A-Fa-f:.]{2,45}\]|(?:[A-Za-z0-9\-._~!$'()*+,;&=]|" + _PERCENT + rb")*)(?::[0-9]{0,5})?)",
    re.IGNORECASE,
)
_COMMAND: Final = re.compile(
    rb"(?P<mailbox>" + _BCHARS + rb")(?:;UIDVALIDITY=(?P<uidvalidity>" + _NUMBER + rb"))?"
    rb"(?:\?(?P<search>" + _BCHARS + rb")|/;UID=(?P<uid>" + _NUMBER + rb")"
    rb"(?:/;SECTION=(?P<section>" + _BCHARS + rb"))?"
    rb"(?:/;PARTIAL=(?P<offset>[0-9]{1,19})(?:\.(?P<size>[1-9][0-9]{0,18}))?)?"
    rb"(?:(?:;EXPIRE=(?P<expire>[^;]*))?;URLAUTH=(?P<access>(?:(?:submit|user)\+" + _USER + rb"|authuser|anonymous))"
    rb"(?::(?P<mechanism>[A-Za-z0-9.\-]{1,100}):(?P<token>[0-9A-Fa-f]{32,1000}))?)?)?",
    re.IGNORECASE,
)
_EXPIRE: Final = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))", re.IGNORECASE
)
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")


class BadUrl(ValueError):
    """It is no URL of IMAP, or none that can mean anything here."""


class Who(StrEnum):
    """Who may use a URL (RFC 4467 3)."""

    SUBMIT = "submit+"
    """Whoever submits mail on behalf of a user."""
    USER = "user+"
    """One user."""
    AUTHUSER = "authuser"
    """Whoever has logged in."""
    ANONYMOUS = "anonymous"
    """Everybody."""


@dataclass(frozen=True, slots=True)
class UrlAccess:
    """`user`: of SUBMIT and USER."""

    who: Who
    user: str = ""


@dataclass(frozen=True, slots=True)
class Verifier:
    """What makes a URL good. `mechanism` in upper case, `token` in lower case."""

    mechanism: str
    token: str


@dataclass(frozen=True, slots=True)
class Server:
    """`host`: with its port, where one is written. `auth`: a mechanism, or `*`."""

    host: str
    user: str | None = None
    auth: str | None = None


@dataclass(frozen=True, slots=True)
class UrlPart:
    """A message, or some octets of it. `section`: as between the brackets of BODY[]; `window`: offset and size."""

    uid: int
    section: bytes | None = None
    window: tuple[int, int | None] | None = None
    expire: Timestamp | None = None
    access: UrlAccess | None = None
    verifier: Verifier | None = None


@dataclass(frozen=True, slots=True)
class ImapUrl:
    """`server` None: the one that it is said to. `mailbox` None: the server as a whole. `search`: criteria."""

    server: Server | None = None
    mailbox: str | None = None
    uidvalidity: int | None = None
    search: bytes | None = None
    part: UrlPart | None = None

    @classmethod
    def parse(cls, url: bytes) -> "ImapUrl":
        """Raises BadUrl."""
        if len(url) > LONGEST:
            raise BadUrl(f"a URL has at most {LONGEST} octets")
        rest = url[5:] if url[:7].lower() == b"imap://" else url
        if not rest.startswith(b"//"):
            return cls._path(None, _without_dots(rest))
        authority, slash, path = rest[2:].partition(b"/")
        return cls._path(_server(authority), slash + (_without_dots(slash + path)[1:] if slash else b""))

    @classmethod
    def _path(cls, server: Server | None, path: bytes) -> "ImapUrl":
        if path in (b"", b"/") and server is not None:
            return cls(server)
        found = _COMMAND.fullmatch(path, 1) if path.startswith(b"/") else None
        if found is None:
            raise BadUrl("it is no URL of a message or part: /mailbox/;UID=1/;SECTION=2")
        validity, search = found["uidvalidity"], found["search"]
        return cls(
            server,
            _text(found["mailbox"]),
            None if validity is None else _number(validity),
            None if search is None else _decoded(search),
            None if found["uid"] is None else _part(found),
        )


def rump(url: bytes) -> bytes:
    """Of a URL with a verifier: what comes before that, untouched (RFC 4467 6)."""
    return url.rsplit(b":", 2)[0]


def printable(url: bytes) -> bytes:
    """A URL that a client sent, for the BADURL code: in quotes, and without `]` (RFC 4469 5), whatever it was."""
    return re.sub(rb"[^!#-Z^-~]", lambda found: b"%%%02X" % found[0][0], url[:1000])


def _part(found: "re.Match[bytes]") -> UrlPart:
    section, offset, size = found["section"], found["offset"], found["size"]
    access = found["access"]
    verifier = None
    if found["mechanism"] is not None:
        verifier = Verifier(found["mechanism"].decode().upper(), found["token"].decode().lower())
    return UrlPart(
        _number(found["uid"]),
        None if section is None else _decoded(section),
        None if offset is None else (int(offset), None if size is None else int(size)),
        None if found["expire"] is None else _moment(found["expire"]),
        None if access is None else _access(access),
        verifier,
    )


def _access(written: bytes) -> UrlAccess:
    who, plus, user = written.partition(b"+")
    return UrlAccess(Who((who + plus).decode().lower()), _text(user))


def _server(authority: bytes) -> Server:
    found = _SERVER.fullmatch(authority)
    if found is None:
        raise BadUrl("there is no such server")
    user, auth = found["user"], found["auth"]
    return Server(found["host"].decode(), None if user is None else _text(user), None if auth is None else _text(auth))


def _number(digits: bytes) -> int:
    number = int(digits)
    if number >= 1 << 32:
        raise BadUrl("UIDs and UIDVALIDITY have 32 bits")
    return number


def _moment(written: bytes) -> Timestamp:
    found = _EXPIRE.fullmatch(written)
    if found is None:
        raise BadUrl("EXPIRE is a date and time of RFC 3339")
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = found.groups()
    east = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = timezone(-east if sign == b"-" else east)
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=zone).timestamp()
    except (ValueError, OverflowError) as error:
        raise BadUrl("EXPIRE is no day or time that there is") from error
    return Timestamp(moment + float(f"0.{(fraction or b'0').decode()}"))


def _decoded(octets: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), octets)


def _text(octets: bytes) -> str:
    try:
        text = _decoded(octets).decode()
    except UnicodeDecodeError as error:
        raise BadUrl("names are in UTF-8 below their % encoding") from error
    if "\0" in text:
        raise BadUrl("names have no NUL")
    return text


def _without_dots(path: bytes) -> bytes:
    """RFC 3986 5.2.4; also behind the mailbox, as RFC 5092 9.1 has it."""
    if b"/." not in path:
        return path
    kept: list[bytes] = []
    segments = path.split(b"/")
    for segment in segments[1:]:
        if segment == b"..":
            kept = kept[:-1]
        elif segment != b".":
            kept.append(segment)
    return b"/" + b"/".join(kept)
