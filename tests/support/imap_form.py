"""A strict reader of IMAP's parenthesised forms: what IMAP4rev1 and IMAP4rev2 clients both must be able to read."""

import re

Form = list["Form"] | bytes | int | None

_QUOTED = re.compile(rb'"((?:[\x01-\x09\x0b\x0c\x0e-\x21\x23-\x5b\x5d-\x7f]|\\["\\])*+)"')
_LITERAL = re.compile(rb"\{(0|[1-9][0-9]*)\}\r\n")
_NUMBER = re.compile(rb"0|[1-9][0-9]*")


class BadForm(ValueError):
    """It is no form; says where."""


def read_form(octets: bytes) -> Form:
    """All of the octets, as lists, strings, numbers and None. Raises BadForm."""
    form, at = _read(octets, 0)
    if at != len(octets):
        raise BadForm(f"something is behind it at {at}: {octets[at : at + 40]!r}")
    return form


def read_form_at(octets: bytes, at: int) -> tuple[Form, int]:
    """The one that begins there, and where it ends. Raises BadForm."""
    return _read(octets, at)


def _read(octets: bytes, at: int) -> tuple[Form, int]:
    if octets.startswith(b"(", at):
        return _read_list(octets, at + 1)
    if octets.startswith(b"NIL", at):
        return None, at + 3
    if quoted := _QUOTED.match(octets, at):
        return re.sub(rb"\\(.)", rb"\1", quoted[1], flags=re.DOTALL), quoted.end()
    if literal := _LITERAL.match(octets, at):
        stop = literal.end() + int(literal[1])
        text = octets[literal.end() : stop]
        if stop > len(octets) or b"\x00" in text:
            raise BadForm(f"a bad literal at {at}")
        text.decode("utf-8")
        return text, stop
    if number := _NUMBER.match(octets, at):
        return int(number[0]), number.end()
    raise BadForm(f"no item at {at}: {octets[at : at + 40]!r}")


def _read_list(octets: bytes, at: int) -> tuple[Form, int]:
    found: list[Form] = []
    while True:
        if found and octets.startswith(b")", at):
            return found, at + 1
        if found:
            # Lists may stand beside each other (addresses, body parts); all else is parted by one blank.
            if octets.startswith(b" ", at):
                at += 1
            elif not (isinstance(found[-1], list) and octets.startswith(b"(", at)):
                raise BadForm(f"no blank at {at}: {octets[at : at + 40]!r}")
        item, at = _read(octets, at)
        found.append(item)


def check_envelope(form: Form) -> None:
    """RFC 9051 9, `envelope`."""
    if not isinstance(form, list) or len(form) != 10:
        raise BadForm(f"an envelope has ten fields: {form!r}")
    for text in (*form[:2], *form[8:]):
        _check_nstring(text)
    for addresses in form[2:8]:
        if addresses is not None:
            _check_addresses(addresses)


def _check_addresses(form: Form) -> None:
    if not isinstance(form, list) or not form:
        raise BadForm(f"no addresses: {form!r}")
    in_group = False
    for address in form:
        if not isinstance(address, list) or len(address) != 4:
            raise BadForm(f"no address: {address!r}")
        for text in address:
            _check_nstring(text)
        if address[3] is None:
            opens = address[2] is not None
            if opens == in_group or address[0] is not None or address[1] is not None:
                raise BadForm(f"groups are not balanced: {form!r}")
            in_group = opens
    if in_group:
        raise BadForm(f"a group is open: {form!r}")


def _check_nstring(form: Form) -> None:
    if form is not None and not isinstance(form, bytes):
        raise BadForm(f"neither a string nor NIL: {form!r}")


def check_body(form: Form, *, extended: bool, knows_global: bool = True) -> None:
    """RFC 9051 9, `body`: with all extension data, or with none. RFC 3501 knows nothing of message/global."""
    if not isinstance(form, list):
        raise BadForm(f"no body: {form!r}")
    if isinstance(form[0], list):
        parts = [item for item in form if isinstance(item, list)]
        count = next(n for n, item in enumerate(form) if not isinstance(item, list))
        for part in parts[:count]:
            check_body(part, extended=extended, knows_global=knows_global)
        if not isinstance(form[count], bytes):
            raise BadForm(f"no subtype: {form!r}")
        rest = form[count + 1 :]
        if extended:
            _check_parameters(rest[0])
            rest = rest[1:]
    else:
        rest = _check_single(form, extended=extended, knows_global=knows_global)
    _check_extension(rest, extended=extended)


def _check_single(form: list[Form], *, extended: bool, knows_global: bool) -> list[Form]:
    kind, subtype, parameters, *texts, encoding, size = form[:7]
    if not (isinstance(kind, bytes) and isinstance(subtype, bytes) and isinstance(encoding, bytes)):
        raise BadForm(f"no single part: {form!r}")
    _check_parameters(parameters)
    for text in texts:
        _check_nstring(text)
    numbers = [size]
    rest = form[7:]
    messages = {b"rfc822", b"global"} if knows_global else {b"rfc822"}
    if kind.lower() == b"message" and subtype.lower() in messages:
        check_envelope(rest[0])
        check_body(rest[1], extended=extended, knows_global=knows_global)
        rest = rest[2:]
        numbers.append(rest.pop(0))
    elif kind.lower() == b"text":
        numbers.append(rest.pop(0))
    if not all(isinstance(number, int) for number in numbers):
        raise BadForm(f"no number: {form!r}")
    if extended:
        _check_nstring(rest[0])
        rest = rest[1:]
    return rest


def _check_extension(rest: list[Form], *, extended: bool) -> None:
    """Disposition, language, location."""
    if len(rest) != (3 if extended else 0):
        raise BadForm(f"wrong extension data: {rest!r}")
    if not extended:
        return
    disposition, language, location = rest
    if disposition is not None:
        if not isinstance(disposition, list) or len(disposition) != 2 or not isinstance(disposition[0], bytes):
            raise BadForm(f"no disposition: {disposition!r}")
        _check_parameters(disposition[1])
    for tag in language if isinstance(language, list) else ():
        if not isinstance(tag, bytes):
            raise BadForm(f"no language: {tag!r}")
    _check_nstring(location)


def _check_parameters(form: Form) -> None:
    if form is None:
        return
    if not isinstance(form, list) or len(form) % 2 or not all(isinstance(item, bytes) for item in form):
        raise BadForm(f"no parameters: {form!r}")
