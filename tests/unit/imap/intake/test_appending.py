"""APPEND as a client does it: literals of all sizes and kinds, refused before they are sent, read over, all or none."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.imap.intake import room
from gateway.imap.intake.incoming import Incoming
from gateway.imap.intake.messages import Messages
from gateway.store.errors import StoreUnavailable
from gateway.store.model import EmailId
from gateway.store.protocol.emails import INLINE_LIMIT
from tests.support.imap_client import ImapClient, Literal, Unexpected
from tests.support.imap_world import ImapWorld, imap_world
from tests.support.patience import wait_for

SMALL = b"Subject: small\r\n\r\nsmall\r\n"
Scenario = Callable[[ImapWorld, ImapClient], Awaitable[None]]


def of_size(size: int) -> bytes:
    return (SMALL + b"x" * size)[:size]


def run(folder: Path, scenario: Scenario, **keys: Any) -> None:
    async def all_of_it() -> None:
        async with imap_world(folder, **keys) as world:
            client = await world.client()
            await scenario(world, client)
            await client.close()

    asyncio.run(all_of_it())


async def stored(world: ImapWorld, mailbox: str = "INBOX") -> list[bytes]:
    mail = world.mail()
    entries = await mail.emails.entries((await mail.mailboxes.find(mailbox)).id)
    found = await mail.emails.octets([EmailId(email) for email in entries.emails])
    return [b"" if octets is None else octets.read(0, len(octets)) for octets in found]


def bodies(folder: Path) -> list[Path]:
    return [*folder.rglob("bodies/*.eml")]


SIZES = (1, 2, 100, 4096, 4097, INLINE_LIMIT, INLINE_LIMIT + 1, 300_000, 1_000_000)


@pytest.mark.parametrize("plus", [False, True], ids=["waiting", "unasked"])
@pytest.mark.parametrize("size", SIZES)
def test_messages_of_all_sizes_are_kept_octet_by_octet(tmp_path: Path, size: int, *, plus: bool) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        answer = await client.ok("APPEND INBOX ", Literal(of_size(size), plus=plus))
        assert answer.code.endswith(" 1")
        assert await stored(world) == [of_size(size)]
        assert len(bodies(tmp_path)) == (size > INLINE_LIMIT)

    run(tmp_path, scenario)


def test_a_thousand_messages_in_one_command(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        parts: list[str | Literal] = ["APPEND INBOX"]
        for number in range(1000):
            parts += [
                ' (\\Seen $Work) " 1-Jan-2020 10:00:00 +0000" ',
                Literal(b"Subject: %d\r\n\r\n" % number, plus=True),
            ]
        answer = await client.ok(*parts)
        assert answer.code.endswith(" 1:1000")
        assert await stored(world) == [b"Subject: %d\r\n\r\n" % number for number in range(1000)]

    run(tmp_path, scenario)


def test_small_and_large_ones_are_appended_together_or_not_at_all(tmp_path: Path) -> None:
    large = of_size(INLINE_LIMIT + 1)

    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        await client.bad("APPEND INBOX ", Literal(large, plus=True), " ", Literal(SMALL, plus=True), " nonsense")
        await client.no("APPEND INBOX ", Literal(large, plus=True), " ", Literal(b"", plus=True))
        assert await stored(world) == []
        assert bodies(tmp_path) == []
        await client.ok("APPEND INBOX ", Literal(large, plus=True), " ", Literal(SMALL, plus=True))
        assert await stored(world) == [large, SMALL]

    run(tmp_path, scenario)


def test_a_client_that_goes_away_leaves_nothing(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        client.channel.write(b"a APPEND INBOX {1000000}\r\n")
        assert (await client.response()).name == "+"
        client.channel.write(of_size(500_000))
        await client.channel.writer.drain()
        await asyncio.to_thread(wait_for, lambda: bodies(tmp_path), what="a file")
        client.channel.writer.transport.abort()
        await asyncio.to_thread(wait_for, lambda: not bodies(tmp_path), what="no file any more")
        assert await stored(world) == []

    run(tmp_path, scenario)


def test_nul_stands_in_a_literal8_alone(tmp_path: Path) -> None:
    binary = b"Subject: binary\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\xff\0"

    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        await client.bad("APPEND INBOX ", Literal(binary))
        await client.bad("APPEND INBOX ", Literal(binary, plus=True))
        await client.ok("APPEND INBOX ", Literal(binary, binary=True))
        assert await stored(world) == [binary]

    run(tmp_path, scenario)


UTF8 = "Subject: ä\r\n\r\nbody\r\n".encode()
LATIN1 = b"Subject: \xe4\r\n\r\nbody\r\n"
IN_BODY = b"Subject: ascii\r\n\r\n\xe4\xff\r\n"


def test_headers_with_utf8_are_for_who_enabled_it(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        for refused in (UTF8, LATIN1, b"\xff", b"a: b\r\nx: \xc3\xa4"):
            assert (await client.no("APPEND INBOX ", Literal(refused))).code == "CANNOT"
        await client.ok("APPEND INBOX ", Literal(IN_BODY))
        assert (await client.no("APPEND INBOX UTF8 (", Literal(UTF8, binary=True), ")")).code == "CANNOT"
        await client.ok("ENABLE UTF8=ACCEPT")
        await client.ok("APPEND INBOX ", Literal(UTF8))
        await client.ok("APPEND INBOX UTF8 (", Literal(UTF8, binary=True), ")")
        with pytest.raises(Unexpected, match="BAD"):
            await client.send("APPEND INBOX UTF8 (", Literal(UTF8), ")")
        assert await stored(world) == [IN_BODY, UTF8, UTF8]

    run(tmp_path, scenario)


def test_who_is_not_offered_utf8_uploads_old_mail_as_it_is(tmp_path: Path) -> None:
    """For programs that carry mail of decades from one server to another: `without: UTF8=ACCEPT`."""

    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        for taken in (UTF8, LATIN1):
            await client.ok("APPEND INBOX ", Literal(taken))
        assert await stored(world) == [UTF8, LATIN1]

    run(tmp_path, scenario, imap={"without": ["UTF8=ACCEPT"]})


def test_what_is_too_large_is_refused_before_it_is_sent_and_else_read_over(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        with pytest.raises(Unexpected, match="TOOBIG"):
            await client.send("APPEND INBOX ", Literal(of_size(2001)))
        assert (await client.no("APPEND INBOX ", Literal(of_size(2001), plus=True))).code == "TOOBIG"
        answer = await client.no(
            "APPEND INBOX CATENATE (TEXT ", Literal(of_size(1500)), " TEXT ", Literal(of_size(501), plus=True), ")"
        )
        assert answer.code == "TOOBIG"
        await client.ok("APPEND INBOX ", Literal(of_size(2000), plus=True))
        assert await stored(world) == [of_size(2000)]

    run(tmp_path, scenario, imap={"message_size": 2000})


def test_quotas_count_all_of_a_command(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        with pytest.raises(Unexpected, match="OVERQUOTA"):
            await client.send("APPEND INBOX ", Literal(of_size(600)), " ", Literal(of_size(401)))
        with pytest.raises(Unexpected, match="OVERQUOTA"):
            await client.send(
                "APPEND INBOX ", *(Literal(b"x"), " ", Literal(b"x"), " ", Literal(b"x"), " ", Literal(b"x"))
            )
        assert (await client.no("APPEND INBOX ", Literal(of_size(1001), plus=True))).code == "OVERQUOTA"
        await client.ok("APPEND INBOX ", Literal(of_size(600)), " ", Literal(of_size(400)))
        with pytest.raises(Unexpected, match="OVERQUOTA"):
            await client.send("APPEND INBOX ", Literal(b"x"))
        assert [len(octets) for octets in await stored(world)] == [600, 400]

    run(tmp_path, scenario, mailboxes={"quota": {"storage": 1000, "messages": 3}})


def test_limits_of_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "HELD", 100 + 2 * 2048)

    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        assert (await client.no("APPEND INBOX ", Literal(of_size(60)), " ", Literal(of_size(41)))).code == "LIMIT"
        with pytest.raises(Unexpected, match=r"MESSAGELIMIT 2\b"):
            await client.send("APPEND INBOX ", *(Literal(b"x"), " ", Literal(b"x"), " ", Literal(b"x")))
        await client.ok("APPEND INBOX ", Literal(of_size(60)), " ", Literal(of_size(40)))
        assert len(await stored(world)) == 2

    run(tmp_path, scenario, imap={"message_limit": 2, "save_limit": 2})


def test_keywords_have_limits(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        many = " ".join(f"k{number}" for number in range(201))
        for wrong in (f"({many})", f"({'k' * 101})", "(a b", "(\\Seen \\*)", '("a")', "(ä)"):
            with pytest.raises(Unexpected, match="BAD"):
                await client.send(f"APPEND INBOX {wrong} ", Literal(SMALL))
        await client.ok(f"APPEND INBOX ({many[:-10]} k0 K0 {'k' * 100}) ", Literal(SMALL))
        assert len(await stored(world)) == 1

    run(tmp_path, scenario)


DATES = {
    '" 7-Feb-1994 22:43:04 -0800"': 760689784.0,
    '"07-Feb-1994 22:43:04 -0800"': 760689784.0,
    '"31-Dec-2016 23:59:60 +0000"': 1483228800.0,
    '"01-Jan-1970 00:00:00 +0000"': 0.0,
    '"01-JAN-1969 00:00:00 +0000"': -31536000.0,
    '"29-Feb-2024 00:00:00 +1400"': 1709114400.0,
}


def test_internal_dates(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        for date in DATES:
            await client.ok(f"APPEND INBOX {date} ", Literal(SMALL))
        await client.ok("APPEND INBOX ", Literal(SMALL))
        mail = world.mail()
        entries = await mail.emails.entries((await mail.mailboxes.find("INBOX")).id)
        found = [email for email in await mail.emails.read([EmailId(each) for each in entries.emails]) if email]
        assert [email.received for email in found] == [*DATES.values(), world.clock()]
        assert None not in [email.summary for email in found]

    run(tmp_path, scenario)


WRONG_DATES = (
    *('"7-Feb-1994 22:43:04 -0800"', '"  7-Feb-1994 22:43:04 -0800"', '" 7-Feb-94 22:43:04 -0800"'),
    *(
        '" 7-Fev-1994 22:43:04 -0800"',
        '" 7-Feb-1994 22:43 -0800"',
        '" 7-Feb-1994 22:43:04 PST"',
        '"32-Jan-2020 00:00:00 +0000"',
    ),
    *('"29-Feb-2023 00:00:00 +0000"', '"01-Jan-2020 00:60:00 +0000"', '"01-Jan-2020 00:00:61 +0000"'),
    *(
        '"01-Jan-2020 00:00:00 +2400"',
        '"01-Jan-2020 00:00:00 +0060"',
        '"00-Jan-2020 00:00:00 +0000"',
        '"01-Jan-0000 00:00:00 +0000"',
    ),
    *('""', '" 7-Feb-1994 22:43:04 -0800" ""', '" 7-Feb-1994 22:43:04 -0800" (\\Seen)', "NIL"),
)


def test_dates_that_there_are_not(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        for date in WRONG_DATES:
            with pytest.raises(Unexpected, match="BAD"):
                await client.send(f"APPEND INBOX {date} ", Literal(SMALL))
        assert await stored(world) == []

    run(tmp_path, scenario)


HOSTILE = (
    *(
        "APPEND",
        "APPEND ",
        "APPEND INBOX",
        "APPEND INBOX ",
        "APPEND INBOX (\\Seen)",
        "APPEND INBOX text",
        'APPEND INBOX "text"',
    ),
    *(
        "APPEND INBOX CATENATE",
        "APPEND INBOX CATENATE ()",
        "APPEND INBOX CATENATE (URL)",
        "APPEND INBOX CATENATE (TEXT)",
    ),
    *("APPEND INBOX CATENATE (FILE /etc/passwd)", "APPEND INBOX UTF8", "APPEND INBOX UTF8 ()", "APPEND INBOX UTF8 (x)"),
    "APPEND INBOX CATENATE (URL /INBOX/;UID=1",
)


def test_commands_that_are_none(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        for command in HOSTILE:
            assert (await client.command(command)).status in ("BAD", "NO")
            await client.ok("NOOP")
        assert await stored(world) == []

    run(tmp_path, scenario)


def test_a_mailbox_that_goes_while_the_message_comes(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        mail = world.mail()
        made = await mail.mailboxes.create("Box")
        client.channel.write(b"a APPEND Box {%d}\r\n" % len(SMALL))
        assert (await client.response()).name == "+"
        await mail.mailboxes.delete(made.id)
        client.channel.write(SMALL + b"\r\n")
        assert (await client.response()).octets.startswith(b"a NO [TRYCREATE]")

    run(tmp_path, scenario)


def test_pipelined_appends_are_answered_in_order(tmp_path: Path) -> None:
    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        command = b"APPEND INBOX {%d+}\r\n%b\r\n" % (len(SMALL), SMALL)
        client.channel.write(b"".join(b"p%d %b" % (number, command) for number in range(50)))
        for number in range(50):
            assert (await client.response()).octets.startswith(b"p%d OK [APPENDUID " % number)
        assert len(await stored(world)) == 50

    run(tmp_path, scenario)


def test_a_store_in_trouble_is_told_when_the_literal_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def write(_self: Incoming, _data: bytes) -> None:
        raise StoreUnavailable("no room")

    monkeypatch.setattr(Incoming, "write", write)

    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        for plus in (True, False):
            answer = await client.no("APPEND INBOX ", Literal(of_size(500_000), plus=plus))
            assert answer.code == "UNAVAILABLE"
        two = Literal(SMALL, plus=True)
        assert (await client.no("APPEND INBOX ", two, " ", two, " ", two)).code == "UNAVAILABLE"
        assert await stored(world) == []

    run(tmp_path, scenario)


@pytest.mark.parametrize("method", ["announced", "octets"])
def test_a_fault_of_ours_is_told_and_ends_nothing(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_: object, **_keys: object) -> bool:
        raise ZeroDivisionError

    async def scenario(world: ImapWorld, client: ImapClient) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Messages, method, fails)
            one = Literal(SMALL, plus=True)
            assert (await client.no("APPEND INBOX ", one)).code == "SERVERBUG"
            assert (await client.no("APPEND INBOX ", one, " ", one)).code == "SERVERBUG"
        await client.ok("APPEND INBOX ", Literal(SMALL))
        assert await stored(world) == [SMALL]

    run(tmp_path, scenario)
    assert sum(record.exc_info is not None for record in caplog.records) == 2
