"""Whole messages: what comes out is plain for the hop it is meant for, and reads as the original does."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.inspect.inspector import inspect
from gateway.mail.envelope import Body
from gateway.mail.octets import MemoryOctets
from gateway.rewrite.downgrade import rewrite
from gateway.rewrite.ways import BodyTarget, CannotRewrite, Rewritten, Ways
from tests.support.reader import Part, differences, parse

ALL = Ways(
    bodies=BodyTarget.SEVENBIT,
    encode_headers=True,
    encode_global=True,
    repair_raw_headers=True,
    signed_may_break=True,
)
LINES = st.sampled_from(["Grüße", "plain text", "障害", "--", "-" * 90, "=", ".", "", " blank at the end ", "ü" * 400])
BODIES = st.lists(LINES, min_size=1, max_size=6).map("\r\n".join)
SUBJECTS = st.sampled_from(["plain", "Grüße aus Köln", "[FIRING:1] 障害 in 東京", "=?utf-8?q?a?= ü", "ü" * 60])
TYPES = st.sampled_from(["text/plain", "text/html; charset=utf-8", "application/octet-stream", "application/json"])
FILES = st.sampled_from(["", 'Content-Disposition: attachment; filename="Übersicht.pdf"\r\n', "X-Note: ü\r\n"])


def leaf(kind: str, extra: str, body: str) -> str:
    return f"Content-Type: {kind}\r\n{extra}\r\n{body}"


def message(subject: str, part: str) -> str:
    return f"From: Jörg <a@b.example>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n{part}"


def ascii_message(subject: str, part: str) -> str:
    return f"From: a@b.example\r\nSubject: {subject.encode().hex()}\r\n{part}"


def multipart(parts: list[str], kind: str) -> str:
    boundary = f"b{len(parts)}{len(''.join(parts))}"
    inside = "".join(f"\r\n--{boundary}\r\n{part}" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\npreamble{inside}\r\n--{boundary}--\r\nepilogue"


def nested(kind: str, inner: str) -> str:
    return f"Content-Type: message/{kind}\r\n\r\n{inner}"


PARTS = st.recursive(
    st.builds(leaf, TYPES, FILES, BODIES),
    lambda parts: (
        st.builds(multipart, st.lists(parts, min_size=1, max_size=3), st.sampled_from(["mixed", "signed", "report"]))
        | st.builds(nested, st.sampled_from(["rfc822", "global"]), st.builds(message, SUBJECTS, parts))
        | st.builds(nested, st.just("rfc822"), st.builds(ascii_message, SUBJECTS, parts))
    ),
    max_leaves=6,
)
MESSAGES = st.builds(message, SUBJECTS, PARTS).map(lambda text: f"{text}\r\n".encode())


@given(MESSAGES)
def test_a_rewritten_message_is_plain_and_reads_the_same(octets: bytes) -> None:
    source = MemoryOctets(octets)
    result = rewrite(source, inspect(source), ALL)
    assert isinstance(result, Rewritten)
    out = bytes(result.rendition)
    assert inspect(MemoryOctets(out)).plain
    assert differences(parse(octets), parse(out)) == []
    again = rewrite(MemoryOctets(out), inspect(MemoryOctets(out)), ALL)
    assert isinstance(again, Rewritten)
    assert again.changed == ()


@given(MESSAGES)
def test_for_an_8bit_hop_bodies_are_left_alone(octets: bytes) -> None:
    source = MemoryOctets(octets)
    result = rewrite(
        source, inspect(source), Ways(bodies=BodyTarget.EIGHTBIT, encode_headers=True, signed_may_break=True)
    )
    assert isinstance(result, Rewritten)
    found = inspect(MemoryOctets(bytes(result.rendition)))
    assert found.headers == ()
    assert found.body in {Body.SEVENBIT, Body.EIGHTBITMIME}
    assert differences(parse(octets), parse(bytes(result.rendition))) == []


def signed(part: Part) -> list[tuple[tuple[tuple[str, bytes], ...], bytes]]:
    """Header and body of every part that a signature covers."""
    here = [(part.inside[0].fields, part.inside[0].octets)] if part.kind == "multipart/signed" else []
    return here + [each for inner in part.inside for each in signed(inner)]


@given(MESSAGES)
def test_signed_parts_stay_octet_for_octet_or_it_cannot_be_done(octets: bytes) -> None:
    source = MemoryOctets(octets)
    result = rewrite(source, inspect(source), Ways(bodies=BodyTarget.SEVENBIT, encode_headers=True))
    if isinstance(result, CannotRewrite):
        assert "is signed" in result.why
    else:
        assert signed(parse(bytes(result.rendition))) == signed(parse(octets))


@given(
    st.binary(max_size=600)
    | st.lists(
        st.sampled_from(
            [
                b"Content-Type: multipart/mixed; boundary=b\r\n",
                b"--b\r\n",
                b"--b--\r\n",
                b"\r\n",
                b"Subject: \xfc\r\n",
                b" \xc3\r\n",
                b"Content-Type: message/rfc822\r\n",
                "Ü: 1\r\n".encode(),
                "X: ü\r\n".encode(),
                b"\xe4\r\n",
                b"\0",
                b"\n",
                b"Content-Transfer-Encoding: binary\r\n",
                b"Content-Transfer-Encoding: base64\r\n",
                b"Content-Type: text\r\n",
                b"Content-Transfer-Encoding: quoted-printable\r\n",
                b"Content-Type: message/delivery-status\r\n",
            ]
        ),
        max_size=14,
    ).map(b"".join)
)
def test_any_octets_give_a_rendition_that_needs_no_more_or_a_reason(octets: bytes) -> None:
    source = MemoryOctets(octets)
    result = rewrite(source, inspect(source), ALL)
    match result:
        case CannotRewrite():
            assert result.status.klass == 5
            assert result.why
        case Rewritten():
            found = inspect(MemoryOctets(bytes(result.rendition)))
            assert found.headers == ()
            assert found.raw_headers == ()
