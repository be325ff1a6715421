"""Mail in and out: any octets give messages or a reason; what is exported comes in again as it was."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.mail import modified_utf7
from gateway.mail.octets import MemoryOctets
from gateway.mail.units import Timestamp
from gateway.mailbox.transfer import manifest, sidecar, subscriptions
from gateway.mailbox.transfer.dates import date_in
from gateway.mailbox.transfer.eml import EmlSource
from gateway.mailbox.transfer.eml_writer import EmlTree, Folder, Packing, Tgz, Zip
from gateway.mailbox.transfer.fields import take_out
from gateway.mailbox.transfer.file_names import FileNames
from gateway.mailbox.transfer.folder_names import level, maildir_folder, maildir_levels
from gateway.mailbox.transfer.from_line import begins_message, date_of, separator
from gateway.mailbox.transfer.maildir_name import read_keywords, read_name
from gateway.mailbox.transfer.maildir_writer import MaildirTree
from gateway.mailbox.transfer.mbox import MboxSource
from gateway.mailbox.transfer.mbox_writer import MboxFile, MboxTree
from gateway.mailbox.transfer.model import Letter, Unreadable, Wanted
from gateway.mailbox.transfer.named import Named
from gateway.mailbox.transfer.newlines import to_crlf, to_lf
from gateway.mailbox.transfer.outgoing import Outgoing, Writer
from gateway.store.flags import Flags, System
from gateway.store.model import Mailbox, MailboxId, ModSeq, SpecialUse, Uid, UidValidity
from gateway.store.names import levels_of

LINES = st.sampled_from(
    [
        b"From a Sun Nov 22 08:00:00 2026",
        b">From a Sun Nov 22 08:00:00 2026",
        b">>From b",
        b"From ",
        b"",
        b"Status: RO",
        b"X-Status: F",
        b"X-Keywords: a b",
        b"Content-Length: 5",
        b"Content-Length: 12",
        b"X-Mozilla-Status: 0009",
        b"X-IMAP: 1 2",
        b"X-UID: 7",
        b"Subject: s",
        b"\xff\x00",
        b"text",
        b".",
        b"\r",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r\n", b"\r"])
FILES = st.lists(st.tuples(LINES, ENDS)).map(lambda pairs: b"".join(line + end for line, end in pairs)) | st.binary()
MESSAGES = st.lists(LINES).map(lambda lines: b"".join(line + b"\r\n" for line in lines)) | FILES
FLAGS = st.builds(
    Flags,
    st.integers(0, 31).map(System),
    st.frozensets(st.sampled_from(["$Forwarded", "$label1", "a", "b2", "NonJunk", *(f"k{n}" for n in range(30))])),
)
DATES = st.integers(-2_000_000_000, 20_000_000_000).map(lambda second: Timestamp(float(second)))
LETTERS = st.lists(st.tuples(MESSAGES, DATES, FLAGS), max_size=6)
NAMES = st.lists(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), min_size=1, max_size=8
    ).filter(lambda text: "/" not in text and "\ufeff" not in text)
    | st.sampled_from(["a.b", "..", ".x", "Work.sbd", "x.eml", "CON", "a\\b", "&", "日本語", "café", "INBOX", "%41"]),
    min_size=1,
    max_size=4,
).map("/".join)


def mailbox(name: str, use: SpecialUse | None = None) -> Mailbox:
    zero = ModSeq(0)
    return Mailbox(
        MailboxId(1), name, None, UidValidity(1), Uid(1), zero, zero, zero, 0, 0, 0, 0, Uid(1), use, subscribed=True
    )


def kept(data: bytes) -> bool:
    """What docs/moving-mail.md promises: the octets of such a message come in again as they were."""
    return b"\n" not in data or b"\r\n" in data


def kept_in_mbox(data: bytes) -> bool:
    """An mbox cannot tell whether the last line of a message without a body had an end."""
    return kept(data) and (data == b"" or data.endswith(b"\n") or re.search(rb"\A\r?\n|\n\r?\n", data) is not None)


def write(writer: Writer, names: list[str], letters: list[tuple[bytes, Timestamp, Flags]]) -> None:
    for name in names:
        keywords = sorted({word for _, _, flags in letters for word in flags.keywords})
        writer.begin(mailbox(name, SpecialUse.SENT if name == names[0] else None), keywords)
        for uid, (data, received, flags) in enumerate(letters, 1):
            writer.add(Outgoing(uid, MemoryOctets(data), received, flags))
    writer.finish()


def read(named: Named, path: Path) -> Iterator[tuple[str, bytes, Timestamp, Flags]]:
    for source in named.sources([path]):
        for piece in source.pieces(Wanted()):
            assert isinstance(piece, Letter)
            assert isinstance(piece.content, bytes)
            yield source.name, piece.content, piece.received, piece.flags


def told(name: str, data: bytes, received: Timestamp, flags: Flags) -> tuple[str, bytes, float, int, list[str]]:
    return name, data, received, int(flags.system), sorted(flags.keywords)


@settings(deadline=None)
@given(LETTERS)
@example([(b"", Timestamp(0.0), Flags()), (b"\n\r\n\x00", Timestamp(0.0), Flags())])
def test_an_mbox_comes_in_as_it_went_out(letters: list[tuple[bytes, Timestamp, Flags]]) -> None:
    letters = [one for one in letters if kept_in_mbox(one[0])]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "one"
        write(MboxFile(path), ["one"], letters)
        pieces = list(MboxSource(path, "one", "one").pieces(Wanted()))
        assert [(p.content, p.received, p.flags) for p in pieces if isinstance(p, Letter)] == letters


@settings(max_examples=60, deadline=None)
@given(LETTERS, st.sets(NAMES, min_size=1, max_size=4), st.sampled_from(["mbox", "maildir", "eml", "zip", "tgz"]))
def test_trees_come_in_as_they_went_out(
    letters: list[tuple[bytes, Timestamp, Flags]], names: set[str], kind: str
) -> None:
    letters = [one for one in letters if (kept_in_mbox if kind == "mbox" else kept)(one[0])]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        writer: Writer
        if kind == "mbox":
            writer = MboxTree(path)
        elif kind == "maildir":
            writer = MaildirTree(path)
        else:
            packing: dict[str, type[Packing]] = {"eml": Folder, "zip": Zip, "tgz": Tgz}
            writer = EmlTree(packing[kind](path))  # type: ignore[call-arg]
        write(writer, sorted(names), letters)
        named = Named(Path(folder) / "unpacked")
        found = [told(*one) for one in read(named, path)]
        expected = [told(name, *letter) for name in sorted(names) for letter in letters]
        assert (sorted(found) if kind == "maildir" else found) == (sorted(expected) if kind == "maildir" else expected)
        wishes = {source.name: source.wish for source in named.sources([path])}
        assert {name: wish.special_use for name, wish in wishes.items()} == {
            name: SpecialUse.SENT if name == min(names) else None for name in names
        }
        assert all(wish.subscribed for wish in wishes.values())


@settings(deadline=None)
@given(FILES)
def test_any_file_gives_messages_or_a_reason(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        for paths, kind in (([path], None), ([Path(folder)], None)):
            named = Named(Path(folder) / "unpacked", kind)
            try:
                for source in named.sources(paths):
                    list(source.pieces(Wanted()))
            except Unreadable:
                continue


@settings(deadline=None)
@given(FILES)
def test_no_octet_of_an_mbox_is_lost(data: bytes) -> None:
    """The messages lie one after the other, from the first separator to the end of the file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(b"From a Sun Nov 22 08:00:00 2026\nSubject: a\n\n" + data)
        source = MboxSource(path, "a", "a")
        pieces = list(source.pieces(Wanted()))
        letters = [piece for piece in pieces if isinstance(piece, Letter)]
        if len(letters) == len(pieces):
            assert sum(letter.read for letter in letters) == path.stat().st_size
        for letter in letters[:-1]:
            rest = list(source.pieces(Wanted(start=int(letter.mark))))
            assert rest == pieces[pieces.index(letter) + 1 :]


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.binary(max_size=200)), max_size=5), st.booleans())
def test_any_maildir_gives_messages_or_a_reason(files: list[tuple[bytes, bytes]], cur: bool) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "cur").mkdir()
        (root / "new").mkdir()
        for raw, data in files:
            name = raw.replace(b"/", b"_").replace(b"\0", b"_").decode("utf-8", "surrogateescape")
            if name not in (".", ".."):
                (root / ("cur" if cur else "new") / name).write_bytes(data)
        for source in Named(root / "unpacked").sources([root]):
            list(source.pieces(Wanted()))
            source.size()


@given(MESSAGES)
def test_line_ends_go_and_come(data: bytes) -> None:
    plain = to_lf(data)
    assert plain is None or to_crlf(plain) == data
    assert to_crlf(to_crlf(data)) == to_crlf(data)


@given(st.binary(), st.binary(max_size=30), st.booleans())
def test_any_line_may_be_asked(line: bytes, after: bytes, blank: bool) -> None:
    date_of(line)
    begins_message(line, after, blank_before=blank)
    date_in(line)
    take_out(line)


@given(st.binary(max_size=30), DATES)
def test_separators_keep_the_date(sender: bytes, received: Timestamp) -> None:
    line = separator(sender, received)
    assert date_of(line) == received
    assert begins_message(line, b"", blank_before=True)


@given(st.text(max_size=40))
def test_texts_of_others(text: str) -> None:
    read_name(text, {"a": "x"})
    read_keywords(text)
    list(subscriptions.parse(text))
    modified_utf7.decode_any(text)
    sidecar.read_line(text)
    assert levels_of(level(text))
    try:
        manifest.read(text.encode("utf-8", "surrogatepass"))
    except ValueError:
        return


@given(NAMES)
def test_names_in_modified_utf7(name: str) -> None:
    assert (
        modified_utf7.decode(modified_utf7.encode(name)) == name == modified_utf7.decode_any(modified_utf7.encode(name))
    )
    if not set(".\\ ") & set(name):
        assert maildir_levels(maildir_folder(name)) == "/".join(levels_of(name)) or "INBOX" in name.upper()


@given(st.lists(NAMES, max_size=10))
def test_paths_differ(names: list[str]) -> None:
    made = FileNames(below=".sbd")
    paths = {name: made.path(name) for name in names}
    assert len({path.lower() for path in paths.values()}) == len(paths)
    assert all(".." not in path.split("/") for path in paths.values())


def test_a_folder_of_eml(tmp_path: Path) -> None:
    (tmp_path / "b.eml").write_bytes(b"Date: Sun, 22 Nov 2026 08:00:00 +0100\n\nb\n")
    (tmp_path / "a.EML").write_bytes(b"Received: x; Sun, 22 Nov 2026 08:00:01 +0000\r\nDate: x\r\n\r\na\r\n")
    found = [p for p in EmlSource(tmp_path, "a", "a").pieces(Wanted()) if isinstance(p, Letter)]
    assert [(p.mark, p.received) for p in found] == [("a.EML", 1795334401.0), ("b.eml", 1795330800.0)]
