"""FETCH over the wire: large messages, messages that are gone or cannot be read, \\Seen, summaries that are missing."""

import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.imap.fetch.sections import Extract
from gateway.mail.octets import MemoryOctets
from gateway.store.actions import Append, Arrived, Expunge, Which
from gateway.store.model import NewEmail
from gateway.store.uids import UidSet
from tests.support.imap_client import Answer, ImapClient
from tests.support.imap_world import ImapWorld, imap_world

FILE = bytes(range(256)) * 6000
ENCODED = base64.encodebytes(FILE).replace(b"\n", b"\r\n")
LARGE = (
    b"Subject: large\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsmall\r\n"
    b"--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n%b\r\n--x--\r\n"
    % ENCODED
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ImapWorld]:
    async with imap_world(tmp_path) as running:
        yield running


async def selected(world: ImapWorld, command: str = "SELECT INBOX", *before: str) -> ImapClient:
    client = await world.client()
    for each in (*before, command):
        await client.ok(each)
    return client


def value(answer: Answer, name: str) -> object:
    (response,) = answer.named("FETCH")
    return response.items[name]


def lose_files(folder: Path) -> None:
    for path in folder.glob("mail/*/*/bodies/*"):
        path.unlink()


async def test_a_large_message_piece_by_piece(world: ImapWorld) -> None:
    await world.deliver(LARGE)
    client = await selected(world)
    assert value(await client.ok("FETCH 1 BODY.PEEK[]"), "BODY[]") == LARGE
    at = LARGE.index(ENCODED)
    part = LARGE[at : at + len(ENCODED)]
    size = 300_001
    for start in (0, 1, 65_535, 65_536, 1_000_000, len(part) - 10, len(part), len(part) + 1):
        answer = await client.ok(f"FETCH 1 BODY.PEEK[2]<{start}.{size}>")
        assert value(answer, f"BODY[2]<{start}>") == part[start : start + size]
    answer = await client.ok("FETCH 1 (BINARY.PEEK[2] BINARY.SIZE[2] BODY.PEEK[1] BINARY.PEEK[2]<700000.900000>)")
    assert value(answer, "BINARY[2]") == FILE
    assert value(answer, "BINARY.SIZE[2]") == len(FILE)
    assert value(answer, "BODY[1]") == b"small"
    assert value(answer, "BINARY[2]<700000>") == FILE[700_000:1_600_000]
    await client.close()


async def test_a_large_message_in_another_form(world: ImapWorld) -> None:
    message = LARGE.replace(b"Subject: large", "Subject: groß\0".encode())
    await world.deliver(message)
    client = await selected(world)
    answer = await client.ok("FETCH 1 (RFC822.SIZE BODY.PEEK[] BODYSTRUCTURE BODY.PEEK[2]<70000.10>)")
    assert answer.code == "DOWNGRADED 1"
    shown = message.replace("groß\0".encode(), b"=?utf-8?b?Z3Jvw58=?=")
    assert value(answer, "BODY[]") == shown
    assert value(answer, "RFC822.SIZE") == len(shown)
    at = shown.index(ENCODED) + 70_000
    assert value(answer, "BODY[2]<70000>") == shown[at : at + 10]
    await client.close()


async def test_large_parts_with_nul_are_shown_in_base64(world: ImapWorld) -> None:
    await world.deliver(b"Content-Type: application/x\r\nContent-Transfer-Encoding: binary\r\n\r\n" + FILE)
    client = await selected(world)
    answer = await client.ok("FETCH 1 (RFC822.SIZE BODY.PEEK[] BODY.PEEK[1]<777777.1000> BINARY.PEEK[1])")
    body = ENCODED.replace(b"\r\n", b"")
    lines = b"\r\n".join([body[at : at + 76] for at in range(0, len(body), 76)]) + b"\r\n"
    shown = b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines
    assert value(answer, "BODY[]") == shown
    assert value(answer, "RFC822.SIZE") == len(shown)
    assert value(answer, "BODY[1]<777777>") == lines[777_777:778_777]
    assert value(answer, "BINARY[1]") == FILE
    await client.close()


async def test_expunged_by_others_and_still_counted(world: ImapWorld) -> None:
    await world.deliver(b"Subject: 1\r\n\r\none", b"Subject: 2\r\n\r\ntwo")
    client = await selected(world)
    mail = world.mail()
    inbox = (await mail.mailboxes.find("INBOX")).id
    await mail.emails.carry_out([Expunge(inbox, UidSet.of([1]), Which.ALL)], world.clock())
    answer = await client.ok("FETCH 1:2 (BODY[TEXT] ENVELOPE)")
    assert [each.items["BODY[TEXT]"] for each in answer.named("FETCH")] == [b"one", b"two"]
    assert not answer.named("EXPUNGE")
    assert (await client.ok("NOOP")).named("EXPUNGE")
    await client.close()


async def test_seen_is_not_set_under_examine_or_by_peeking(world: ImapWorld) -> None:
    await world.deliver(b"Subject: 1\r\n\r\none")
    client = await selected(world, "EXAMINE INBOX")
    await client.ok("FETCH 1 (BODY[] RFC822)")
    await client.ok("SELECT INBOX")
    await client.ok("FETCH 1 (BODY.PEEK[] RFC822.HEADER BINARY.PEEK[1] BINARY.SIZE[1] BODY)")
    assert value(await client.ok("FETCH 1 FLAGS"), "FLAGS") == ["\\Recent"]
    answer = await client.ok("FETCH 1 BINARY[1]")
    assert b"\\Seen" in str(answer.named("FETCH")[0].octets).encode()
    assert not (await client.ok("NOOP")).named("FETCH")
    await client.close()


async def test_summaries_are_worked_out_when_they_are_asked_for(world: ImapWorld) -> None:
    mail = world.mail()
    inbox = (await mail.mailboxes.find("INBOX")).id
    letters = ["Subject: ü\r\n\r\nüber\r\n".encode(), LARGE]
    emails = tuple(NewEmail(MemoryOctets(octets), world.clock()) for octets in letters)
    (arrived,) = await mail.emails.carry_out([Append(inbox, emails)], world.clock())
    assert isinstance(arrived, Arrived)
    client = await selected(world)
    lazy = await client.ok("FETCH 1:2 PREVIEW (LAZY)")
    assert [each.items["PREVIEW"] for each in lazy.named("FETCH")] == [None, None]
    answer = await client.ok("FETCH 1:2 (RFC822.SIZE PREVIEW)")
    assert [each.items["PREVIEW"] for each in answer.named("FETCH")] == ["über".encode(), b"small"]
    assert answer.named("FETCH")[0].items["RFC822.SIZE"] != len(letters[0])
    assert all(
        each is not None and each.odd is not None for each in await mail.emails.glance(arrived.emails, described=False)
    )
    await client.close()


async def test_what_cannot_be_read_is_left_out(world: ImapWorld, tmp_path: Path) -> None:
    await world.deliver(b"Subject: 1\r\n\r\none", LARGE, b"Subject: 3\r\n\r\nthree")
    client = await selected(world)
    lose_files(tmp_path)
    answer = await client.no("FETCH 1:3 (UID BODY.PEEK[TEXT])")
    assert answer.code == "CORRUPTION"
    assert [each.number for each in answer.named("FETCH")] == [1, 3]
    await client.ok("FETCH 1:3 (UID RFC822.SIZE ENVELOPE)")
    await client.close()


async def test_what_cannot_be_read_to_its_end_ends_the_connection(
    world: ImapWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A literal that was announced cannot be taken back: nothing that would be taken for a part of it may follow."""

    def broken(extract: Extract) -> Iterator[bytes]:
        yield extract.octets.read(0, 1000)
        raise OSError("a bad block")

    await world.deliver(LARGE)
    client = await selected(world)
    monkeypatch.setattr(Extract, "chunks", broken)
    client.channel.write(b"f FETCH 1 (UID BODY.PEEK[])\r\nn NOOP\r\n")
    with pytest.raises(ConnectionResetError) as told:
        await client.response()
    assert "BODY[] {" in str(told.value)
    assert "f OK" not in str(told.value)
    assert "n OK" not in str(told.value)
    await client.close()


async def test_many_messages_many_parts_and_deep_ones(world: ImapWorld) -> None:
    deep = b"Content-Type: message/rfc822\r\n\r\n" * 300 + b"\r\nx"
    wide = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n\r\n" * 3000 + b"--x--\r\n"
    await world.deliver(deep, wide, *[b"Subject: s\r\n\r\nb\r\n"] * 700)
    client = await selected(world, "EXAMINE INBOX")
    answer = await client.ok("FETCH 1:* (UID BODYSTRUCTURE BODY ENVELOPE BODY.PEEK[1] BODY.PEEK[2999])")
    assert [each.number for each in answer.named("FETCH")] == list(range(1, 703))
    answer = await client.ok("FETCH 1:* (UID FLAGS MODSEQ EMAILID)")
    assert len(answer.named("FETCH")) == 702
    numbers = ".".join(["1"] * 20_000)
    assert value(await client.ok(f"FETCH 1 BODY.PEEK[{numbers}]"), f"BODY[{numbers}]") is None
    await client.close()


async def test_many_windows_of_one_message(world: ImapWorld) -> None:
    await world.deliver(LARGE)
    client = await selected(world)
    windows = [(start, 200_000) for start in range(0, 3000, 150)]
    items = " ".join(f"BODY.PEEK[]<{start}.{size}> BINARY.PEEK[2]<{start}.{size}>" for start, size in windows)
    answer = await client.ok(f"FETCH 1 ({items})")
    for start, size in windows:
        assert value(answer, f"BODY[]<{start}>") == LARGE[start : start + size]
        assert value(answer, f"BINARY[2]<{start}>") == FILE[start : start + size]
    await client.close()


async def test_a_large_message_with_thousands_of_fields_in_another_form(world: ImapWorld) -> None:
    part = "--x\r\nX: ö\r\n\r\n\r\n".encode()
    await world.deliver(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + part * 6000 + b"--x--\r\n")
    client = await selected(world)
    answer = await client.ok("FETCH 1 (RFC822.SIZE BODYSTRUCTURE BODY.PEEK[5999.MIME] BODY.PEEK[])")
    assert value(answer, "BODY[5999.MIME]") == b"X: =?utf-8?b?w7Y=?=\r\n\r\n"
    whole = value(answer, "BODY[]")
    assert isinstance(whole, bytes)
    assert whole.isascii()
    assert value(answer, "RFC822.SIZE") == len(whole)
    await client.close()


async def test_some_are_recent(world: ImapWorld) -> None:
    await world.deliver(b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n")
    await (await selected(world)).close()
    await world.deliver(b"Subject: 3\r\n\r\n", b"Subject: 4\r\n\r\n")
    client = await selected(world)
    for asked, recent in (("1:4", [3, 4]), ("1:2", []), ("3:4", [3, 4]), ("2:3", [3])):
        answer = await client.ok(f"FETCH {asked} FLAGS")
        found = [each.number for each in answer.named("FETCH") if each.items["FLAGS"] == ["\\Recent"]]
        assert found == recent
    await client.close()
