"""The grammar of untagged responses and response codes, token by token: RFC 9051 9, RFC 3501 9, and the extensions'.

Every function takes the cursor where its rule begins, and either leaves it behind it or raises BadResponse.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from tests.support.imap_form import BadForm, Form, check_body, check_envelope, read_form_at

T = TypeVar("T")
_ATOM: Final = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_ASTRING: Final = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
_FLAG: Final = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_QUOTED: Final = re.compile(rb'"((?:[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f\x80-\xff]|\\["\\])*+)"')
_LITERAL: Final = re.compile(rb"(~?)\{(0|[1-9][0-9]*)\}\r\n")
_NUMBER: Final = re.compile(rb"0|[1-9][0-9]*")
_SET: Final = re.compile(rb"[1-9][0-9]*(?::[1-9][0-9]*)?(?:,[1-9][0-9]*(?::[1-9][0-9]*)?)*")
_PARTIAL: Final = re.compile(rb"-?[1-9][0-9]*:-?[1-9][0-9]*")
_MONTH: Final = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE_TIME: Final = re.compile(rb'"(?: [1-9]|[0-3][0-9])-%b-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}"' % _MONTH)
_OBJECT_ID: Final = re.compile(rb"\(([A-Za-z0-9_-]{1,255})\)")
_PART: Final = rb"[1-9][0-9]*(?:\.[1-9][0-9]*)*"
_TEXT: Final = rb"HEADER\.FIELDS(?:\.NOT)? \(|HEADER|TEXT"
_SECTION: Final = re.compile(rb"(?:%b\.(?:MIME|%b)|%b|%b)?" % (_PART, _TEXT, _PART, _TEXT))
_BINARY_SECTION: Final = re.compile(rb"(?:%b)?" % _PART)
_RIGHTS: Final = re.compile(rb"[a-z0-9]*")
_HIGHEST_32: Final = (1 << 32) - 1
_HIGHEST_64: Final = (1 << 63) - 1


class BadResponse(AssertionError):
    """It is none that the RFCs know; says where."""


class Cursor:
    """In the octets of one response. `utf8`: octets over 127 may stand in quotes."""

    def __init__(self, octets: bytes, *, utf8: bool) -> None:
        self.octets = octets
        self.at = 0
        self.utf8 = utf8

    @property
    def over(self) -> bool:
        """Nothing is left."""
        return self.at == len(self.octets)

    def bad(self, what: str) -> BadResponse:
        """To be raised."""
        return BadResponse(f"no {what} at {self.at} of {self.octets[:300]!r}: {self.octets[self.at : self.at + 40]!r}")

    def sees(self, text: bytes) -> bool:
        """It comes next."""
        return self.octets.startswith(text, self.at)

    def skip(self, text: bytes) -> bool:
        """Take it where it comes next."""
        if self.sees(text):
            self.at += len(text)
            return True
        return False

    def take(self, text: bytes) -> None:
        """It has to come next."""
        if not self.skip(text):
            raise self.bad(repr(text))

    def match(self, pattern: "re.Pattern[bytes]", what: str) -> "re.Match[bytes]":
        """It has to come next."""
        found = pattern.match(self.octets, self.at)
        if found is None:
            raise self.bad(what)
        self.at = found.end()
        return found

    def atom(self) -> bytes:
        """As written."""
        return self.match(_ATOM, "atom")[0]

    def number(self, most: int = _HIGHEST_32, least: int = 0) -> int:
        """Of 32 bits."""
        number = int(self.match(_NUMBER, "number")[0])
        if not least <= number <= most:
            raise self.bad("number of its kind")
        return number

    def nz_number(self) -> int:
        """Of 32 bits, not 0."""
        return self.number(least=1)

    def number64(self) -> int:
        """Of 63 bits."""
        return self.number(_HIGHEST_64)

    def string(self, *, binary: bool = False) -> bytes:
        """Quoted or a literal; `binary`: `~{…}` too."""
        if self.sees(b'"'):
            quoted = self.match(_QUOTED, "quoted string")[1]
            self._check_quoted(quoted)
            return re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL)
        announced = self.match(_LITERAL, "string")
        stop = self.at + int(announced[2])
        text, self.at = self.octets[self.at : stop], stop
        if announced[1] and not binary:
            raise self.bad("literal without ~")
        if stop > len(self.octets) or (b"\0" in text and not announced[1]):
            raise self.bad("literal without NUL")
        return text

    def _check_quoted(self, quoted: bytes) -> None:
        try:
            quoted.decode("utf-8" if self.utf8 else "ascii")
        except UnicodeDecodeError as error:
            raise self.bad(f"text in quotes ({error})") from error

    def nstring(self, *, binary: bool = False) -> bytes | None:
        """Or NIL."""
        return None if self.skip(b"NIL") else self.string(binary=binary)

    def astring(self) -> bytes:
        """An atom too."""
        if self.sees(b'"') or self.sees(b"{"):
            return self.string()
        return self.match(_ASTRING, "astring")[0]

    def mailbox(self) -> str:
        """Its name, undecoded; ASCII for clients that enabled nothing (RFC 3501 5.1)."""
        name = self.astring()
        if not (self.utf8 or name.isascii()):
            raise self.bad("mailbox name in ASCII")
        return name.decode()

    def flag(self) -> str:
        """A system flag or a keyword."""
        return self.match(_FLAG, "flag")[0].decode()

    def uids(self) -> str:
        """A set without `*`."""
        return self.match(_SET, "set")[0].decode()

    def listed(self, item: Callable[[], T], *, empty: bool = True) -> list[T]:
        """`(…)`, parted by one space each."""
        self.take(b"(")
        if empty and self.skip(b")"):
            return []
        found = [item()]
        while self.skip(b" "):
            found.append(item())
        self.take(b")")
        return found

    def form(self) -> Form:
        """A parenthesised form."""
        start = self.at
        try:
            form, self.at = read_form_at(self.octets, start)
        except BadForm as error:
            raise self.bad(f"form ({error})") from error
        if not (self.utf8 or self.octets[start : self.at].isascii()):
            raise self.bad("form in ASCII, for a client that enabled nothing")
        return form


Item = bytes | int | str | Form | list[str] | None
Items = Mapping[str, Item]
"""Of FETCH: names in upper case as in the response (`BODY[1.MIME]<0>`)."""


def flags(cursor: Cursor) -> list[str]:
    """`(\\Seen $Later)`."""
    return cursor.listed(cursor.flag)


def _object_id(cursor: Cursor) -> str:
    return cursor.match(_OBJECT_ID, "object id")[1].decode()


def _thread_id(cursor: Cursor) -> str | None:
    return None if cursor.skip(b"NIL") else _object_id(cursor)


def _date_time(cursor: Cursor) -> str:
    return cursor.match(_DATE_TIME, "date-time")[0].decode().strip('"')


def _save_date(cursor: Cursor) -> str | None:
    return None if cursor.skip(b"NIL") else _date_time(cursor)


def _modseq(cursor: Cursor) -> int:
    cursor.take(b"(")
    number = cursor.number(_HIGHEST_64, least=1)
    cursor.take(b")")
    return number


def _envelope(cursor: Cursor) -> Form:
    form = cursor.form()
    _formed(cursor, check_envelope, form)
    return form


def _body(cursor: Cursor, *, extended: bool) -> Form:
    form = cursor.form()
    _formed(cursor, lambda form: check_body(form, extended=extended, knows_global=cursor.utf8), form)
    return form


def _formed(cursor: Cursor, check: Callable[[Form], None], form: Form) -> None:
    try:
        check(form)
    except (BadForm, IndexError, StopIteration) as error:
        raise cursor.bad(f"well-formed item ({error!r})") from error


_SIMPLE: Final[Mapping[str, Callable[[Cursor], Item]]] = {
    "UID": Cursor.nz_number,
    "FLAGS": flags,
    "INTERNALDATE": _date_time,
    "RFC822.SIZE": Cursor.number64,
    "RFC822": Cursor.nstring,
    "RFC822.HEADER": Cursor.nstring,
    "RFC822.TEXT": Cursor.nstring,
    "ENVELOPE": _envelope,
    "BODY": lambda cursor: _body(cursor, extended=False),
    "BODYSTRUCTURE": lambda cursor: _body(cursor, extended=True),
    "MODSEQ": _modseq,
    "EMAILID": _object_id,
    "THREADID": _thread_id,
    "SAVEDATE": _save_date,
    "PREVIEW": Cursor.nstring,
}
_ITEM: Final = re.compile(rb"[A-Z0-9.]+")


def fetched(cursor: Cursor) -> dict[str, Item]:
    """msg-att. A name stands in it once."""
    items: dict[str, Item] = {}

    def item() -> None:
        name, value = _item(cursor)
        if name in items:
            raise cursor.bad(f"second {name}")
        items[name] = value

    cursor.listed(item, empty=False)
    return items


def _item(cursor: Cursor) -> tuple[str, Item]:
    start = cursor.at
    name = cursor.match(_ITEM, "item")[0].decode()
    if cursor.skip(b"["):
        cursor.match(_SECTION if name == "BODY" else _BINARY_SECTION, "section")
        if cursor.octets[cursor.at - 1 : cursor.at] == b"(":
            cursor.at -= 1
            cursor.listed(cursor.astring, empty=False)
        cursor.take(b"]")
        if cursor.skip(b"<"):
            cursor.number64()
            cursor.take(b">")
        whole = cursor.octets[start : cursor.at].decode()
        cursor.take(b" ")
        return whole, _section(cursor, name)
    if name not in _SIMPLE:
        raise cursor.bad(f"known item instead of {name}")
    cursor.take(b" ")
    return name, _SIMPLE[name](cursor)


def _section(cursor: Cursor, name: str) -> Item:
    match name:
        case "BODY":
            return cursor.nstring()
        case "BINARY":
            return cursor.nstring(binary=True)
        case "BINARY.SIZE":
            return cursor.number64()
        case _:
            raise cursor.bad(f"item with a section instead of {name}")


def _numbers(cursor: Cursor) -> None:
    """SEARCH, SORT."""
    while cursor.skip(b" "):
        if cursor.skip(b"(MODSEQ "):
            cursor.number64()
            cursor.take(b")")
            return
        cursor.nz_number()


def _threads(cursor: Cursor) -> None:
    if cursor.skip(b" "):
        _thread(cursor)
        while cursor.sees(b"("):
            _thread(cursor)


def _thread(cursor: Cursor) -> None:
    """`(1 2 (3)(4))`, `((1)(2))` (RFC 5256 4)."""
    cursor.take(b"(")
    if not cursor.sees(b"("):
        cursor.nz_number()
        while cursor.skip(b" "):
            if cursor.sees(b"("):
                break
            cursor.nz_number()
    nested = 0
    while cursor.sees(b"("):
        _thread(cursor)
        nested += 1
    if nested == 1:
        raise cursor.bad("second thread beside a nested one")
    cursor.take(b")")


def _positions(cursor: Cursor) -> None:
    """Of ADDTO and REMOVEFROM (RFC 5267 4)."""

    def pair() -> None:
        cursor.number()
        cursor.take(b" ")
        cursor.uids()

    cursor.listed(pair, empty=False)


def _partial(cursor: Cursor) -> None:
    cursor.take(b"(")
    cursor.match(_PARTIAL, "partial range")
    cursor.take(b" ")
    if not cursor.skip(b"NIL"):
        cursor.uids()
    cursor.take(b")")


def _relevancy(cursor: Cursor) -> None:
    cursor.listed(cursor.number)


_RETURNED: Final[Mapping[bytes, Callable[[Cursor], object]]] = {
    b"MIN": Cursor.nz_number,
    b"MAX": Cursor.nz_number,
    b"COUNT": Cursor.number,
    b"ALL": Cursor.uids,
    b"MODSEQ": Cursor.number64,
    b"PARTIAL": _partial,
    b"ADDTO": _positions,
    b"REMOVEFROM": _positions,
    b"RELEVANCY": _relevancy,
}


def _correlator(cursor: Cursor) -> None:
    """`(TAG "a1" MAILBOX x UIDVALIDITY 5)` (RFC 9051 9, RFC 7377 3)."""
    cursor.take(b"(TAG ")
    cursor.string()
    if cursor.skip(b" MAILBOX "):
        cursor.mailbox()
        cursor.take(b" UIDVALIDITY ")
        cursor.nz_number()
    cursor.take(b")")


def _esearch(cursor: Cursor) -> None:
    if cursor.skip(b" ("):
        cursor.at -= 1
        _correlator(cursor)
    cursor.skip(b" UID")
    seen = set[bytes]()
    while cursor.skip(b" "):
        name = cursor.atom()
        if name not in _RETURNED or (name in seen and name not in {b"ADDTO", b"REMOVEFROM"}):
            raise cursor.bad(f"search result instead of {name!r}")
        seen.add(name)
        cursor.take(b" ")
        _RETURNED[name](cursor)


def _delimiter(cursor: Cursor) -> None:
    if not cursor.skip(b"NIL") and len(cursor.string()) != 1:
        raise cursor.bad("delimiter")


def _extended(cursor: Cursor) -> None:
    """tagged-ext-val, in parentheses."""

    def value() -> None:
        if cursor.sees(b"("):
            cursor.listed(value)
        else:
            cursor.astring()

    cursor.listed(value)


def _list(cursor: Cursor) -> None:
    cursor.take(b" ")
    flags(cursor)
    cursor.take(b" ")
    _delimiter(cursor)
    cursor.take(b" ")
    cursor.mailbox()

    def extension() -> None:
        cursor.astring()
        cursor.take(b" ")
        _extended(cursor)

    if cursor.skip(b" "):
        cursor.listed(extension, empty=False)


def _limit_or_nil(cursor: Cursor) -> int | None:
    return None if cursor.skip(b"NIL") else cursor.number64()


_STATUS: Final[Mapping[bytes, Callable[[Cursor], object]]] = {
    b"MESSAGES": Cursor.number,
    b"UIDNEXT": Cursor.nz_number,
    b"UIDVALIDITY": Cursor.nz_number,
    b"UNSEEN": Cursor.number,
    b"DELETED": Cursor.number,
    b"SIZE": Cursor.number64,
    b"RECENT": Cursor.number,
    b"HIGHESTMODSEQ": Cursor.number64,
    b"MAILBOXID": _object_id,
    b"APPENDLIMIT": _limit_or_nil,
    b"DELETED-STORAGE": Cursor.number64,
}


def _status(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.mailbox()
    cursor.take(b" ")

    def attribute() -> None:
        name = cursor.atom()
        if name not in _STATUS:
            raise cursor.bad(f"status item instead of {name!r}")
        cursor.take(b" ")
        _STATUS[name](cursor)

    cursor.listed(attribute)


def _vanished(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.skip(b"(EARLIER) ")
    cursor.uids()


def _namespaces(cursor: Cursor) -> None:
    for _ in range(3):
        cursor.take(b" ")
        if not cursor.skip(b"NIL"):
            _adjacent(cursor, _namespace)


def _adjacent(cursor: Cursor, item: Callable[[Cursor], None]) -> None:
    """`(` 1*item `)`, without spaces."""
    cursor.take(b"(")
    item(cursor)
    while not cursor.skip(b")"):
        item(cursor)


def _namespace(cursor: Cursor) -> None:
    cursor.take(b"(")
    cursor.mailbox()
    cursor.take(b" ")
    _delimiter(cursor)
    while cursor.skip(b" "):
        cursor.string()
        cursor.take(b" ")
        cursor.listed(cursor.string, empty=False)
    cursor.take(b")")


def _id(cursor: Cursor) -> None:
    cursor.take(b" ")
    if cursor.skip(b"NIL"):
        return

    def pair() -> None:
        cursor.string()
        cursor.take(b" ")
        cursor.nstring()

    cursor.listed(pair, empty=False)


def _quota(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.astring()
    cursor.take(b" ")

    def resource() -> None:
        cursor.atom()
        for _ in range(2):
            cursor.take(b" ")
            cursor.number64()

    cursor.listed(resource)


def _quota_root(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.mailbox()
    while cursor.skip(b" "):
        cursor.astring()


def _rights(cursor: Cursor) -> None:
    """Also in quotes, where there are none."""
    if cursor.sees(b'"'):
        cursor.string()
    else:
        cursor.match(_RIGHTS, "rights")


def _acl(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.mailbox()
    while cursor.skip(b" "):
        cursor.astring()
        cursor.take(b" ")
        _rights(cursor)


def _list_rights(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.mailbox()
    cursor.take(b" ")
    cursor.astring()
    while cursor.skip(b" "):
        _rights(cursor)


def _my_rights(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.mailbox()
    cursor.take(b" ")
    _rights(cursor)


def _metadata(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.mailbox()
    cursor.take(b" ")
    if not cursor.sees(b"("):
        cursor.astring()
        while cursor.skip(b" "):
            cursor.astring()
        return

    def entry() -> None:
        cursor.astring()
        cursor.take(b" ")
        cursor.nstring(binary=True)

    cursor.listed(entry, empty=False)


def _atoms(cursor: Cursor) -> None:
    while cursor.skip(b" "):
        cursor.atom()


def _urls(cursor: Cursor) -> None:
    while cursor.skip(b" "):
        cursor.astring()


def _fetched_urls(cursor: Cursor) -> None:
    """RFC 4467 9, RFC 5524 7: with `(BODY NIL)` and the like."""
    while cursor.skip(b" "):
        cursor.astring()
        cursor.take(b" ")
        if not cursor.sees(b"("):
            cursor.nstring()
            continue
        while cursor.skip(b"("):
            _fetched_url(cursor)
            cursor.take(b")")
            if not cursor.sees(b" ("):
                break
            cursor.skip(b" ")


def _fetched_url(cursor: Cursor) -> None:
    name = cursor.atom()
    cursor.take(b" ")
    if name == b"BODYPARTSTRUCTURE":
        cursor.form()
    else:
        cursor.nstring(binary=name == b"BINARY")


def _languages(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.listed(cursor.astring, empty=False)


def _comparator(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.astring()
    if cursor.skip(b" "):
        cursor.listed(cursor.astring, empty=False)


def _batches(cursor: Cursor) -> None:
    cursor.take(b" ")
    _correlator(cursor)
    if cursor.skip(b" "):
        cursor.uids()


def _flag_list(cursor: Cursor) -> None:
    cursor.take(b" ")
    flags(cursor)


def _spaced_string(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.string()


def _nothing(_cursor: Cursor) -> None:
    return


RESPONSES: Final[Mapping[str, Callable[[Cursor], None]]] = {
    "ACL": _acl,
    "CAPABILITY": _atoms,
    "COMPARATOR": _comparator,
    "ENABLED": _atoms,
    "ESEARCH": _esearch,
    "FLAGS": _flag_list,
    "GENURLAUTH": _urls,
    "ID": _id,
    "JMAPACCESS": _spaced_string,
    "LANGUAGE": _languages,
    "LIST": _list,
    "LISTRIGHTS": _list_rights,
    "LSUB": _list,
    "METADATA": _metadata,
    "MYRIGHTS": _my_rights,
    "NAMESPACE": _namespaces,
    "QUOTA": _quota,
    "QUOTAROOT": _quota_root,
    "SEARCH": _numbers,
    "SORT": _numbers,
    "STATUS": _status,
    "THREAD": _threads,
    "UIDBATCHES": _batches,
    "URLFETCH": _fetched_urls,
    "VANISHED": _vanished,
}
"""Without a number before their names."""
NUMBERED: Final = ("EXISTS", "RECENT", "EXPUNGE", "FETCH", "UIDFETCH")


def check_response(name: str, number: int | None, rest: bytes, *, utf8: bool) -> dict[str, Item]:
    """`rest`: what stands behind the name. The items of a FETCH. Raises BadResponse."""
    cursor = Cursor(rest, utf8=utf8)
    items: dict[str, Item] = {}
    if (name in NUMBERED) != (number is not None):
        raise BadResponse(f"{name} with the number {number}")
    if name.endswith("FETCH") and name != "URLFETCH":
        cursor.take(b" ")
        items = fetched(cursor)
    elif name not in NUMBERED:
        if name not in RESPONSES:
            raise BadResponse(f"{name} is no response")
        RESPONSES[name](cursor)
    if number == 0 and name in {"EXPUNGE", "FETCH", "UIDFETCH"}:
        raise BadResponse(f"{name} of message 0")
    if not cursor.over:
        raise cursor.bad("end")
    return items


def _words(text: str) -> Iterator[str]:
    return iter(text.split())


def _permanent(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.listed(lambda: cursor.skip(b"\\*") or cursor.flag())


def _number_code(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.nz_number()


def _modseq_code(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.number64()


def _uids_code(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.uids()


def _appended(cursor: Cursor) -> None:
    _number_code(cursor)
    _uids_code(cursor)


def _copied(cursor: Cursor) -> None:
    _number_code(cursor)
    sizes = []
    for _ in range(2):
        cursor.take(b" ")
        sizes.append(size_of(cursor.uids()))
    if sizes[0] != sizes[1]:
        raise cursor.bad("two sets of the same size")


def size_of(uids: str) -> int:
    """How many a set has (its ends in any order)."""
    pairs = (piece.partition(":") for piece in uids.split(","))
    return sum(abs(int(high or low) - int(low)) + 1 for low, _, high in pairs)


def _charsets(cursor: Cursor) -> None:
    if cursor.skip(b" "):
        cursor.listed(cursor.astring, empty=False)


def _id_code(cursor: Cursor) -> None:
    cursor.take(b" ")
    _object_id(cursor)


def _metadata_code(cursor: Cursor) -> None:
    """RFC 5464 4.3."""
    cursor.take(b" ")
    word = cursor.atom()
    if word in {b"LONGENTRIES", b"MAXSIZE"}:
        cursor.take(b" ")
        cursor.number64()
    elif word not in {b"TOOMANY", b"NOPRIVATE"}:
        raise cursor.bad("METADATA code")


def _progress(cursor: Cursor) -> None:
    """RFC 9585 5."""
    if cursor.skip(b" ("):
        if not cursor.skip(b"NIL"):
            cursor.string()
        for _ in range(2):
            cursor.take(b" ")
            _limit_or_nil(cursor)
        cursor.take(b")")


def _message_limit(cursor: Cursor) -> None:
    """RFC 9738 3."""
    _number_code(cursor)
    if cursor.skip(b" "):
        cursor.nz_number()


def _events(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.listed(cursor.atom, empty=False)


def _bad_url(cursor: Cursor) -> None:
    cursor.take(b" ")
    cursor.string()


_PLAIN_CODES: Final = """
ALERT ALREADYEXISTS AUTHENTICATIONFAILED AUTHORIZATIONFAILED CANNOT CLIENTBUG CLOSED COMPRESSIONACTIVE CONTACTADMIN
CORRUPTION EXPIRED EXPUNGEISSUED HASCHILDREN INUSE LIMIT NOMODSEQ NONEXISTENT NOPERM NOTIFICATIONOVERFLOW NOTSAVED
NOUPDATE OVERQUOTA PARSE PRIVACYREQUIRED READ-ONLY READ-WRITE SERVERBUG TOOBIG TOOFEW TRYCREATE UIDNOTSTICKY UIDREQUIRED
UNAVAILABLE UNDEFINED-FILTER UNKNOWN-CTE USEATTR TEMPFAIL BADCOMPARATOR
"""
CODES: Final[Mapping[str, Callable[[Cursor], None]]] = dict.fromkeys(_words(_PLAIN_CODES), _nothing) | {
    "APPENDUID": _appended,
    "BADCHARSET": _charsets,
    "BADEVENT": _events,
    "BADURL": _bad_url,
    "CAPABILITY": _atoms,
    "COPYUID": _copied,
    "DOWNGRADED": _uids_code,
    "HIGHESTMODSEQ": _modseq_code,
    "INPROGRESS": _progress,
    "MAILBOXID": _id_code,
    "MESSAGELIMIT": _message_limit,
    "METADATA": _metadata_code,
    "MODIFIED": _uids_code,
    "NOUPDATE": _spaced_string,
    "PERMANENTFLAGS": _permanent,
    "UIDNEXT": _number_code,
    "UIDVALIDITY": _number_code,
    "UNDEFINED-FILTER": _urls,
    "UNSEEN": _number_code,
    "URLMECH": _atoms,
}


def check_code(code: bytes) -> None:
    """What stands in brackets in a status response. Raises BadResponse."""
    cursor = Cursor(code, utf8=False)
    name = cursor.atom().decode()
    if name not in CODES:
        raise BadResponse(f"[{name}] is no response code")
    CODES[name](cursor)
    if not cursor.over:
        raise cursor.bad("end")
