"""Any octets give a summary, well-formed IMAP, and text that is one; the costs are bounded."""

import email.policy
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mail.octets import MemoryOctets
from gateway.mime.address_list import parse_address_list
from gateway.mime.charset import decode
from gateway.mime.date_time import parse_date_time
from gateway.mime.encoded_word import base64_octets
from gateway.mime.field_text import as_written, decoded
from gateway.summary.collation import casemap
from gateway.summary.html_text import html_text
from gateway.summary.opening import opened_at_once, scanned
from gateway.summary.structure_form import without_extensions
from gateway.summary.subject import base_subject
from gateway.summary.text import search_text
from gateway.summary.work import summarize
from tests.support.imap_form import check_body, check_envelope, read_form

_NAMES = st.sampled_from(
    b"Date Subject From Sender Reply-To To Cc Bcc In-Reply-To Message-ID References Content-Type Content-ID "
    b"Content-Transfer-Encoding Content-Disposition Content-Description Content-Language Content-Location "
    b"Content-MD5".split()
)
_BITS = st.sampled_from(
    b'a@b.example|<|>|"|\\|,|;|:|(|)|@| |\r\n |\n|\r|\0|multipart/mixed; boundary=b|message/rfc822|text/html|'
    b"text/plain; charset=|name*0*=utf-8''%FF|attachment; filename=x|base64|quoted-printable|\xc3\xbc|\xe4|"
    b"=?utf-8?q?=C3=BC?=|=?utf-8?b?w7w|Re: |[x]|Sun, 22 Nov 2026 08:00:00 +0000|{3}\r\n|utf-7|=|*".split(b"|")
)
_VALUES = st.lists(_BITS | st.binary(max_size=6), max_size=8).map(b"".join)
_FIELDS = st.tuples(_NAMES, _VALUES).map(lambda field: b"%s: %s\r\n" % field)
_HEADERS = st.lists(_FIELDS, max_size=8).map(b"".join)
_BODIES = st.lists(
    st.sampled_from([b"--b\r\n", b"--b--\r\n", b"\r\n", b"> a\r\n", b"-- \r\n", b"<p>", b"<!--", b"text"])
    | st.binary(max_size=8)
    | _HEADERS,
    max_size=10,
).map(b"".join)
_MESSAGES = st.binary(max_size=200) | st.tuples(_HEADERS, _BODIES).map(b"\r\n".join)


@settings(max_examples=400, deadline=None)
@given(_MESSAGES)
def test_any_octets_give_well_formed_imap(data: bytes) -> None:
    summary = summarize(MemoryOctets(data))
    check_envelope(read_form(summary.envelope))
    check_body(read_form(summary.structure), extended=True)
    check_body(read_form(without_extensions(summary.structure)), extended=False)
    assert len(summary.preview) <= 256
    assert summary.preview == " ".join(summary.preview.split())
    assert 0 <= summary.links.own < 2**63
    assert summary == summarize(MemoryOctets(data))


@settings(deadline=None)
@given(_MESSAGES, st.integers(0, 300))
def test_any_octets_give_text_to_search(data: bytes, limit: int) -> None:
    text = search_text(MemoryOctets(data), limit=limit)
    for place in (text.subject, text.sender, text.to, text.headers, text.body, text.attachments):
        place.encode("utf-8")


@settings(deadline=None)
@given(
    st.binary(max_size=60), st.sampled_from(["", "utf-8", "utf-7", "iso-2022-jp", "hz", "gb2312", "x-sjis", "utf-16"])
)
def test_any_octets_are_text_in_any_charset(octets: bytes, charset: str) -> None:
    decode(octets, charset).encode("utf-8")
    base64_octets(octets)


@settings(deadline=None)
@given(st.binary(max_size=60), st.text(max_size=20))
def test_no_label_is_an_error(octets: bytes, label: str) -> None:
    decode(octets, label)


@settings(deadline=None)
@given(_VALUES)
def test_any_value_is_text_on_one_line(value: bytes) -> None:
    for text in (as_written(value), decoded(value)):
        assert not set(text) & set("\r\n\0")
        text.encode("utf-8")
    for group in parse_address_list(as_written(value)):
        assert group.name is not None or group.mailboxes
    parse_date_time(as_written(value))


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("Re: fwd[]()x \t"), max_size=40))
def test_a_base_subject_is_its_own(subject: str) -> None:
    base = base_subject(subject).text
    assert base_subject(base).text == base


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_casemap_goes_character_by_character(text: str, more: str) -> None:
    assert casemap(text + more) == casemap(text) + casemap(more)


@settings(deadline=None)
@given(st.text(st.characters(codec="ascii"), max_size=30), st.text(max_size=5))
def test_casemap_knows_no_case_of_ascii(text: str, before: str) -> None:
    assert casemap(before + text.upper()) == casemap(before + text.lower())


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("<>/!-&;\"'= apscript\n"), max_size=60))
def test_html_has_no_more_text_than_it_has_characters(markup: str) -> None:
    assert len(html_text(markup)) <= len(markup)


_PEOPLE = st.lists(
    st.builds(
        Address,
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=12).map(str.strip),
        st.from_regex(r"[a-z][a-z0-9.+]{0,5}[a-z]", fullmatch=True).filter(lambda local: ".." not in local),
        st.just("home.example"),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=100, deadline=None)
@given(_PEOPLE, _PEOPLE, st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=30))
def test_the_envelope_of_well_formed_mail_says_what_the_message_says(
    senders: list[Address], to: list[Address], subject: str
) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = senders, to, subject
    message.set_content("text")
    form = read_form(summarize(MemoryOctets(bytes(message))).envelope)
    assert isinstance(form, list)
    expected = [_words(message["From"].addresses), _words(message["To"].addresses)]
    assert [_read(form[2]), _read(form[5])] == expected
    if "=?" not in subject:
        assert form[1] == subject.encode()


def _words(addresses: tuple[Address, ...]) -> list[tuple[str, str, str]]:
    return [(" ".join(each.display_name.split()), each.username, each.domain) for each in addresses]


def _read(form: object) -> list[tuple[str, str, str]]:
    assert isinstance(form, list)
    return [((name or b"").decode(), local.decode(), domain.decode()) for name, _, local, domain in form]


@settings(max_examples=400, deadline=None)
@given(_MESSAGES)
def test_what_is_opened_at_once_is_what_the_scanner_finds(data: bytes) -> None:
    octets = MemoryOctets(data)
    found, expected = opened_at_once(octets), scanned(octets)
    if found is not None:
        assert found == expected._replace(root=replace(expected.root, fields=()))
        assert not [name for name, _ in found.fields if name.lower() == b"content-disposition"]
