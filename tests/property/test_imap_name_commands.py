"""Arguments of the commands about names: whatever a client sends, it is a value or an error that the client is told."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imap.wire import rights
from gateway.imap.wire.completion import Refusal
from gateway.imap.wire.creation import create_arguments
from gateway.imap.wire.entries import entry_name
from gateway.imap.wire.framing import Literal, Piece
from gateway.imap.wire.listing import list_arguments, lsub_arguments
from gateway.imap.wire.metadata import getmetadata_arguments, metadata, setmetadata_arguments
from gateway.imap.wire.quota import setquota_arguments
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.status import status_items
from gateway.store.protocol.sharing import RIGHTS

READERS: dict[str, Callable[[Scanner], object]] = {
    "list": list_arguments,
    "lsub": lsub_arguments,
    "create": create_arguments,
    "status": status_items,
    "getmetadata": getmetadata_arguments,
    "setmetadata": setmetadata_arguments,
    "setquota": setquota_arguments,
    "entry": entry_name,
}
WORDS = st.sampled_from(
    [
        *(
            b" ",
            b"(",
            b")",
            b'"',
            b'""',
            b"*",
            b"%",
            b"&",
            b"&-",
            b"&AOQ-",
            b"INBOX",
            b"a/b",
            b"\\Sent",
            b"NIL",
            b"9" * 20,
        ),
        *(b"USE", b"RETURN", b"STATUS", b"MESSAGES", b"SUBSCRIBED", b"RECURSIVEMATCH", b"METADATA", b"SPECIAL-USE"),
        *(
            b"DEPTH",
            b"MAXSIZE",
            b"infinity",
            b"1",
            b"/private/a",
            b"/shared/vendor/x/y",
            b"STORAGE",
            b"512",
            b"\xc3\xa4",
        ),
    ]
)
JOINED = st.lists(WORDS, max_size=16).map(b"".join)
SPACED = st.lists(WORDS, max_size=12).map(b" ".join)


def _told(reader: Callable[[Scanner], object], scanner: Scanner) -> str:
    """What the client is told of its fault; empty: there is none."""
    try:
        reader(scanner)
        scanner.end()
    except BadSyntax as error:
        return str(error)
    except Refusal as refusal:
        return refusal.completion.text
    return ""


@pytest.mark.parametrize("name", READERS)
@given(arguments=st.one_of(JOINED, SPACED, st.binary()), literal=st.none() | st.binary(max_size=20), utf8=st.booleans())
def test_any_arguments(name: str, arguments: bytes, literal: bytes | None, utf8: bool) -> None:
    text = b" " + arguments
    pieces: tuple[Piece, ...] = (Piece(text),)
    if literal is not None:
        pieces = (Piece(text, Literal(len(literal), literal)), Piece(b")"))
    told = _told(READERS[name], Scanner(pieces, utf8=utf8))
    assert told == "" or (told.isascii() and told.isprintable())


@given(st.text(st.sampled_from(RIGHTS + "cd"), max_size=15), st.sampled_from("+-") | st.just(""), st.text(RIGHTS))
def test_changes_of_rights(changed: str, sign: str, before: str) -> None:
    expanded = set(changed.replace("c", "kx").replace("d", "et"))
    after = set(rights.change((sign + changed).encode()).of(before))
    match sign:
        case "+":
            assert after == expanded | set(before)
        case "-":
            assert after == set(before) - expanded
        case _:
            assert after == expanded
    assert rights.change(rights.shown("".join(after))).of("") == "".join(sorted(after | _with_kin(after)))


def _with_kin(given_rights: set[str]) -> set[str]:
    """What `c` and `d` add, when a client writes back what it was told."""
    return {right for pair in ("kx", "et") if given_rights & set(pair) for right in pair}


@given(st.binary(max_size=2000), st.booleans())
def test_values_come_back(value: bytes, utf8: bool) -> None:
    wire = (
        metadata(b'""', {"/private/a": value}, utf8=utf8).removeprefix(b'METADATA "" (/private/a ').removesuffix(b")")
    )
    if wire.startswith((b"{", b"~{")):
        announced, _, octets = wire.partition(b"}\r\n")
        assert octets == value
        assert int(announced.lstrip(b"~{")) == len(value)
        assert announced.startswith(b"~") == (b"\0" in value)
    else:
        assert Scanner((Piece(wire),), utf8=utf8).string() == value
        assert utf8 or wire.isascii()
