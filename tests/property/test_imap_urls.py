"""IMAP URLs: what is written is read back, any octets give a URL or BadUrl."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.imap.wire.url import BadUrl, ImapUrl, Server, UrlAccess, UrlPart, Verifier, Who, printable, rump
from gateway.mail.units import Timestamp
from tests.support.imap_urls import written

NUMBERS = st.integers(1, 0xFFFFFFFF)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
OCTETS = st.binary(min_size=1, max_size=30)
HOSTS = st.sampled_from(
    ["home.example", "mail.home.example:143", "[2001:db8::1]:143", "192.0.2.1", "xn--bcher-kva.example"]
)
SERVERS = st.builds(Server, HOSTS, st.none() | NAMES, st.none() | st.just("*") | NAMES.filter(lambda name: name != "*"))
WINDOWS = st.tuples(st.integers(0, 1 << 40), st.none() | st.integers(1, 1 << 40))
ACCESSES = st.builds(UrlAccess, st.sampled_from([Who.SUBMIT, Who.USER]), NAMES) | st.builds(
    UrlAccess, st.sampled_from([Who.AUTHUSER, Who.ANONYMOUS])
)
VERIFIERS = st.builds(Verifier, st.just("INTERNAL"), st.text("0123456789abcdef", min_size=32, max_size=66))
MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: Timestamp(float(seconds)))


@st.composite
def parts(draw: st.DrawFn) -> UrlPart:
    access = draw(st.none() | ACCESSES)
    return UrlPart(
        draw(NUMBERS),
        draw(st.none() | OCTETS),
        draw(st.none() | WINDOWS),
        draw(st.none() | MOMENTS) if access else None,
        access,
        draw(st.none() | VERIFIERS) if access else None,
    )


@st.composite
def urls(draw: st.DrawFn) -> ImapUrl:
    server = draw(st.none() | SERVERS)
    if server is not None and draw(st.booleans()):
        return ImapUrl(server)
    search = draw(st.none() | OCTETS)
    part = None if search is not None else draw(st.none() | parts())
    return ImapUrl(server, draw(NAMES), draw(st.none() | NUMBERS), search, part)


@given(urls())
def test_what_is_written_is_read_back(url: ImapUrl) -> None:
    octets = written(url)
    assert octets.isascii()
    assert ImapUrl.parse(octets) == url


@given(urls())
def test_the_rump_of_a_url_is_what_was_signed(url: ImapUrl) -> None:
    if url.part is not None and url.part.verifier is not None:
        assert written(url).startswith(rump(written(url)) + b":INTERNAL:")
        assert ImapUrl.parse(rump(written(url))).part is not None


@given(st.binary(max_size=200) | st.text(";=/?:@%.~UIDSECTIONPARTIALURLAUTH12imap", max_size=200).map(str.encode))
def test_any_octets_are_a_url_or_none(octets: bytes) -> None:
    try:
        found = ImapUrl.parse(octets)
    except BadUrl:
        return
    assert ImapUrl.parse(written(found)) == found


@given(st.binary(max_size=2000))
def test_any_octets_can_stand_in_badurl(octets: bytes) -> None:
    shown = printable(octets)
    assert shown.isascii()
    assert not set(shown) & set(b'"\\]\r\n\0 ')
