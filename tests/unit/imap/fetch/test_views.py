"""Both views of every message of the corpora: all that is said of it is of one form, which the client can read."""

from collections.abc import Iterator

import pytest

from gateway.auth.authenticator import AccountId
from gateway.imap.fetch.binary import UnknownEncoding
from gateway.imap.fetch.shown import Forms, Shown, mending
from gateway.imap.wire.fetch import Section, Text
from gateway.mail.octets import MemoryOctets
from gateway.mime.scan import scan
from gateway.mime.structure import Part
from gateway.store.model import EmailId
from gateway.summary.structure_form import without_extensions
from gateway.summary.work import summarize
from tests.support.imap_form import Form, check_body, check_envelope, read_form
from tests.unit.imap.fetch.letters import CORPORA, ODD, Letter

VIEWS = pytest.mark.parametrize("utf8", [False, True], ids=["legacy", "utf8"])
LETTERS = pytest.mark.parametrize("letter", CORPORA + ODD, ids=lambda letter: letter.name)


def shown(data: bytes, *, utf8: bool) -> Shown:
    octets = MemoryOctets(data)
    return Forms().shown(AccountId(1), EmailId(1), octets, mending(summarize(octets).odd, utf8=utf8))


def all_parts(part: Part) -> Iterator[Part]:
    yield part
    for child in part.children:
        yield from all_parts(child)


def read(data: bytes, *, utf8: bool) -> tuple[Shown, Form]:
    view = shown(data, utf8=utf8)
    found = view.describe()
    check_envelope(read_form(found.envelope))
    form = read_form(found.structure)
    check_body(form, extended=True, knows_global=utf8)
    plain = without_extensions(found.structure, knows_global=utf8)
    check_body(read_form(plain), extended=False, knows_global=utf8)
    assert view.body() == plain
    return view, form


@VIEWS
@LETTERS
def test_what_is_said_is_well_formed_and_of_one_form(letter: Letter, utf8: bool) -> None:
    view, form = read(letter.data, utf8=utf8)
    check_sizes(view, form, (), message=True, knows_global=utf8)
    whole = view.section(Section())
    assert whole is not None
    assert len(whole) == len(view.octets) == len(bytes(whole))
    header, text = view.section(Section(text=Text.HEADER)), view.section(Section(text=Text.TEXT))
    assert header is not None
    assert text is not None
    assert bytes(header) + bytes(text) == bytes(whole)
    assert b"\0" not in bytes(whole)


@LETTERS
def test_those_who_know_nothing_of_utf_8_see_none_in_headers(letter: Letter) -> None:
    view, _ = read(letter.data, utf8=False)
    assert view.describe().envelope.isascii()
    assert view.describe().structure.isascii()
    for part in all_parts(scan(view.octets).root):
        assert view.octets.isascii(part.header.start, part.header.stop)
    again = summarize(view.octets)
    assert not again.odd or again.structure.count(b'"global"') > 0


@LETTERS
def test_those_who_know_utf_8_see_the_message_as_it_is(letter: Letter) -> None:
    view, _ = read(letter.data, utf8=True)
    if b"\0" not in letter.data:
        assert view.octets.read(0, len(view.octets)) == letter.data


@LETTERS
def test_nothing_is_changed_without_need(letter: Letter) -> None:
    octets = MemoryOctets(letter.data)
    if letter.data.isascii() and b"\0" not in letter.data and b"message/global" not in letter.data.lower():
        assert not mending(summarize(octets).odd, utf8=False)


def check_sizes(view: Shown, form: Form, number: tuple[int, ...], *, message: bool, knows_global: bool) -> None:
    """Of all body parts: octets and lines, as BODYSTRUCTURE and BODY[…] say. `message`: the form is that of a message
    (or of one inside) with this number."""
    assert isinstance(form, list)
    if isinstance(form[0], list):
        children = form[: next(n for n, item in enumerate(form) if not isinstance(item, list))]
        for at, child in enumerate(children, 1):
            check_sizes(view, child, (*number, at), message=False, knows_global=knows_global)
        assert view.section(Section((*number, len(children) + 1))) is None
        return
    own = (*number, 1) if message else number
    found = view.section(Section(own))
    assert found is not None
    octets = bytes(found)
    assert form[6] == len(octets)
    kinds = {b"rfc822", b"global"} if knows_global else {b"rfc822"}
    if form[0] == b"message" and form[1] in kinds:
        assert form[9] == octets.count(b"\n")
        check_sizes(view, form[8], own, message=True, knows_global=knows_global)
    elif form[0] == b"text":
        assert form[7] == octets.count(b"\n")
    check_binary(view, own, octets)


def check_binary(view: Shown, number: tuple[int, ...], octets: bytes) -> None:
    try:
        decoded = view.decoded(number, None)
    except UnknownEncoding:
        return
    assert decoded is not None
    whole = b"".join(decoded.chunks())
    assert decoded.measure() == (len(whole), b"\0" in whole)
    if not decoded.encoding:
        assert whole == octets
