"""The header fields of one part, in ASCII as far as the ways allow it."""

import codecs

from gateway.mail.codes import BAD_CONTENT, NON_ASCII_HEADER
from gateway.mail.need import Finding
from gateway.mail.octets import OctetSource
from gateway.mime.structure import Field, Kind, Part, Span
from gateway.rewrite.draft import Draft, Held, Stuck, of
from gateway.rewrite.folding import NoAsciiForm
from gateway.rewrite.header_field import ascii_field
from gateway.rewrite.ways import CannotRewrite, Change

_RAW = "windows-1252-where-not-utf-8"


def encode_fields(draft: Draft, held: Held) -> None:
    """Rewrite the fields that are not ASCII. Raises Stuck."""
    ways = draft.ways
    if not (ways.encode_headers or ways.repair_raw_headers):
        return
    for field in held.part.fields:
        if not field.ascii:
            _encode_field(draft, held, field)


def foreign_fields(octets: OctetSource, message: Part) -> tuple[bool, bool]:
    """Whether a message's own fields and those of its parts have UTF-8, and octets that are not; not messages in it."""
    utf8 = raw = False
    stack = [message]
    while stack:
        part = stack.pop()
        for field in part.fields:
            if not field.ascii:
                legal = _is_utf8(octets.read(field.value.start, field.value.stop))
                utf8, raw = utf8 or legal, raw or not legal
        if part.kind is not Kind.MESSAGE:
            stack.extend(part.children)
    return utf8, raw


def _encode_field(draft: Draft, held: Held, field: Field) -> None:
    if not field.name.isascii():
        span = Span(field.start, field.start + len(field.name))
        raise draft.stuck(held, BAD_CONTENT, f"the field name {_shown(field.name)!r} is not ASCII", span)
    octets = held.header.value(field)
    raw = not _is_utf8(octets)
    if not (draft.ways.repair_raw_headers if raw else draft.ways.encode_headers):
        return
    draft.touch(held, NON_ASCII_HEADER)
    try:
        form = ascii_field(field.name, octets.decode("utf-8", _RAW), draft.ways.aliases)
    except NoAsciiForm as error:
        raise _no_form(held, field, str(error)) from error
    held.header.set(field, None if form.value is None else form.value.encode("ascii"))
    repaired = ", octets that are not UTF-8 read as Windows-1252" if raw else ""
    draft.note(Change.REPAIRED if raw else Change.HEADER, f"header {field.name}{of(held.part)} {form.how}{repaired}")


def _shown(name: str) -> str:
    return name.encode("latin-1").decode("utf-8", "replace")


def _no_form(held: Held, field: Field, error: str) -> Stuck:
    why = f"header {field.name}{of(held.part)}: {error}"
    finding = Finding(held.place.where, held.part.number, field.name, field.value.start, field.value.stop, why)
    return Stuck(CannotRewrite(NON_ASCII_HEADER, why, finding))


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    octets = error.object[error.start : error.end]
    return "".join(bytes((octet,)).decode("cp1252", "replace") for octet in octets), error.end


codecs.register_error(_RAW, _as_windows_1252)
