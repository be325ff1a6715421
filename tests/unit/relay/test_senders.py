"""Under which addresses an account may write, and what its header gets and loses."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.accounts.model import GrantKind
from gateway.mail.address import NULL_PATH, parse_address
from gateway.mail.envelope import MailOptions
from gateway.mail.origin import Origin
from gateway.queue.protocol import INLINE_LIMIT
from gateway.relay.acceptance import Draft
from gateway.route.policy import Smtputf8Policy
from tests.support.relay_world import STRANGER, TRUSTED
from tests.unit.relay.inhabited import Inhabited, inhabited

TO = "x@far.example"


async def sent(of: Inhabited, header: str | bytes, sender: str | None = "al@home.example") -> str:
    octets = (header.encode() if isinstance(header, str) else header) + b"\r\n\r\nhello\r\n"
    [reply] = await of.relay.offer(TO, octets=octets, sender=sender, origin=of.al)
    return str(reply)


async def written(of: Inhabited, header: str) -> bytes:
    """The header that goes on, without our trace field."""
    assert (await sent(of, header)).startswith("250")
    head = of.relay.octets()[-1].partition(b"\r\n\r\n")[0]
    return head[head.index(b"\r\n", head.index(b"id ")) :].split(b"\r\n", 2)[2]


@pytest.mark.parametrize(
    ("sender", "taken"),
    [
        ("al@home.example", True),
        ("AL+bounces=x=far.example@home.example", True),
        ("shared@home.example", True),
        ("info@far.example", True),
        ("any@granted.example", True),
        ("jörg@home.example", False),
        ("nobody@home.example", False),
        ("al@other.example", False),
    ],
)
async def test_the_envelope_names_an_address_of_the_account(tmp_path: Path, sender: str, taken: bool) -> None:
    async with inhabited(tmp_path) as of:
        of.grant("shared@home.example", GrantKind.SEND_AS)
        of.grant("info@far.example", GrantKind.ON_BEHALF)
        of.grant("granted.example", GrantKind.SEND_AS)
        answer = of.relay.intake.begin(of.al, parse_address(sender), MailOptions())
        assert isinstance(answer, Draft) is taken
        if not isinstance(answer, Draft):
            assert str(answer).startswith("550 5.7.1")
            assert "gateway account grant" in answer.text


async def test_reports_have_a_null_sender(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        assert isinstance(of.relay.intake.begin(of.al, NULL_PATH, MailOptions()), Draft)
        assert (await sent(of, "From: al@home.example", None)).startswith("250")


@pytest.mark.parametrize(
    "header",
    [
        "From: al@home.example",
        "FROM : Al\r\n <al@home.example>",
        "From: =?utf-8?q?J=C3=B6rg?= (c) <AL+x@home.example>",
        "From: <@x.example,@y.example:al@home.example>",
        "From: us: al@home.example, al+x@home.example;",
        "From: al@home.example\r\nSender: al+y@home.example",
        "From: al@home.example\r\nResent-From: al@home.example\r\nResent-Sender: al@home.example",
        "From: al@home.example\r\nReply-To: ceo@bank.example",
    ],
)
async def test_own_addresses_in_whatever_form(tmp_path: Path, header: str) -> None:
    async with inhabited(tmp_path) as of:
        assert (await sent(of, header)).startswith("250")


@pytest.mark.parametrize(
    "header",
    [
        "From: ceo@bank.example",
        "From: jörg@home.example",
        "from:\r\n\tceo@bank.example",
        "From\t: ceo@bank.example",
        "From: al@home.example, Ceo <ceo@bank.example>",
        "From: us: al@home.example, ceo@bank.example;",
        "From: al@home.example\r\nSubject: x\r\nFrom: ceo@bank.example",
        "From: =?utf-8?q?Al?= <ceo@bank.example>",
        "From: al@home.example <ceo@bank.example>",
        "From: ceo@bank.example <al@home.example>",
        "From: <@home.example:ceo@bank.example>",
        "From: al@home.example\r\nSender: ceo@bank.example",
        "From: al@home.example\r\nResent-From: ceo@bank.example",
        "From: al@home.example\r\nResent-Sender: ceo@bank.example",
        'From: "al+ <ceo@bank.example>"@home.example',
        "From: al+\N{FULLWIDTH COMMERCIAL AT}bank.example@home.example",
        "From: al+\N{RIGHT-TO-LEFT OVERRIDE}oec@home.example",
    ],
)
async def test_foreign_addresses_in_whatever_form(tmp_path: Path, header: str) -> None:
    async with inhabited(tmp_path) as of:
        answer = await sent(of, header)
        assert answer.startswith("550 5.7.1"), answer
        assert of.relay.entries() == []


@pytest.mark.parametrize(
    "header",
    [
        "Subject: nobody writes",
        "From:",
        "From: us:;",
        "From: =?utf-8?q?ceo=40bank.example?=",
        "From: al@home.example ceo@bank.example",
        "From: al@home.example\r\nFrom: al@home.example",
        "From: al@home.example\r\nSender: al@home.example\r\nSender: al@home.example",
        "From: al@home.example\r\nSender: al@home.example, al+x@home.example",
        "From: al@home.example\r\nno field at all",
        " From: ceo@bank.example\r\nFrom: al@home.example",
        "From: al@home.example\r\nX: y\nFrom: ceo@bank.example",
        "From: al@home.example\r\nX: y\rFrom: ceo@bank.example",
        "From\0: ceo@bank.example\r\nFrom: al@home.example",
    ],
)
async def test_what_is_not_sure_is_refused(tmp_path: Path, header: str) -> None:
    async with inhabited(tmp_path) as of:
        answer = await sent(of, header)
        assert answer.startswith("554 5.6.0"), answer


async def test_a_raw_name_is_repaired_and_not_taken_for_an_author(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        assert (await sent(of, b"From: J\xf6rg <al@home.example>")).startswith("250")


async def test_an_address_with_odd_characters_can_be_an_accounts_own(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        of.accounts.registrar.add_account(parse_address("میم\u200cه@home.example"))
        of.al = of.logged_in("میم\u200cه@home.example")
        assert (await sent(of, "From: میم\u200cه@home.example", None)).startswith("250")
        assert (await sent(of, "From: میم\u200cه+\u200cx@home.example", None)).startswith("550 5.7.1")


async def test_who_writes_for_another_is_named(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        of.grant("boss@home.example", GrantKind.ON_BEHALF)
        of.grant("shared@home.example", GrantKind.SEND_AS)
        sender = b"Sender: al@home.example\r\n"
        assert sender in await written(of, "From: boss@home.example")
        assert sender in await written(of, "From: al@home.example, al+x@home.example")
        assert b"Sender" not in await written(of, "From: shared@home.example")
        assert b"Sender" not in await written(of, "From: al@home.example <AL@home.example>")
        kept = await written(of, "From: boss@home.example\r\nSender: al+me@home.example")
        assert kept.count(b"Sender") == 1
        assert (await sent(of, "From: al@home.example\r\nSender: boss@home.example")).startswith("550 5.7.1")


async def test_sender_needs_no_smtputf8_where_the_account_has_an_ascii_address(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        of.grant("boss@home.example", GrantKind.ON_BEHALF, "jörg@home.example")
        of.al = of.logged_in("jörg@home.example")
        assert (await sent(of, "From: boss@home.example", None)).startswith("250")
        assert "Sender: jörg@home.example\r\n".encode() in of.relay.octets()[-1]
        assert [entry.delivery.needs for entry in of.relay.entries()] == [("SMTPUTF8",)]
        of.accounts.registrar.add_address(parse_address("jörg@home.example"), parse_address("joerg@home.example"))
        of.noticed()
        assert (await sent(of, "From: boss@home.example", None)).startswith("250")
        assert b"Sender: joerg@home.example\r\n" in of.relay.octets()[-1]


async def test_blind_recipients_are_not_told(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        header = "bCC : a@x.example,\r\n\tb@x.example\r\nFrom: al@home.example\r\nResent-Bcc: c@x.example\r\nBccx: d"
        kept = await written(of, header)
        assert b"x.example" not in kept
        assert kept.endswith(b"From: al@home.example\r\nBccx: d")


SUBMITTED = replace(TRUSTED, listener="submission")


@pytest.mark.parametrize(
    ("origin", "kept"), [(SUBMITTED, False), (TRUSTED, True), (replace(STRANGER, listener="submission"), True)]
)
async def test_whose_blind_recipients_are_taken_away(tmp_path: Path, origin: Origin, kept: bool) -> None:
    async with inhabited(tmp_path, "routes: [{name: all, deliver: hold, accept_from: anyone}]\n") as of:
        of.relay.intake.setup = replace(of.relay.intake.setup, submission=frozenset({"submission"}))
        [answer] = await of.relay.offer(TO, octets=b"Bcc: y@x.example\r\n\r\n", origin=origin)
        assert answer.positive
        assert (b"Bcc" in of.relay.octets()[0]) is kept


@pytest.mark.parametrize("size", [10, 100, INLINE_LIMIT, 3 * INLINE_LIMIT])
async def test_a_large_message_is_mended_wherever_its_header_is_cut(tmp_path: Path, size: int) -> None:
    """`size` octets of header before what matters: some of it comes with later pieces."""
    async with inhabited(tmp_path) as of:
        of.grant("boss@home.example", GrantKind.ON_BEHALF)
        filler = b"X-Filler: " + b"x" * 700 + b"\r\n"
        filler *= size // len(filler) + 1
        octets = filler + b"Bcc: y@x.example\r\nFrom: boss@home.example\r\n\r\n" + b"y" * INLINE_LIMIT
        pieces = [octets[: INLINE_LIMIT + 1], octets[INLINE_LIMIT + 1 : INLINE_LIMIT + 5], octets[INLINE_LIMIT + 5 :]]
        assert (await of.relay.large(TO, pieces=pieces, origin=of.al)).positive
        [found] = of.relay.octets()
        assert b"Sender: al@home.example\r\n" in found
        assert b"Bcc" not in found
        assert found.endswith(octets[octets.index(b"From:") :])
        assert (found.count(b"Date:"), found.count(b"Message-ID:")) == (1, 1)


@pytest.mark.parametrize("filler", [b"", b"X-Filler: " + b"x" * 2 * INLINE_LIMIT + b"\r\n"])
async def test_a_foreign_author_of_a_large_message(tmp_path: Path, filler: bytes) -> None:
    async with inhabited(tmp_path) as of:
        octets = filler + b"From: ceo@bank.example\r\n\r\n" + b"y" * INLINE_LIMIT
        answer = await of.relay.large(TO, pieces=[octets[:INLINE_LIMIT], octets[INLINE_LIMIT:]], origin=of.al)
        assert str(answer).startswith("550 5.7.1")
        assert of.relay.entries() == []


async def test_a_header_without_an_end_is_not_kept_in_memory(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        piece = (b"X-Filler: " + b"x" * 980 + b"\r\n") * 200
        answer = await of.relay.large(TO, pieces=[piece] * 10, origin=of.al)
        assert str(answer).startswith("554 5.6.0")


async def test_who_logged_in_is_trusted_and_not_named_in_the_trace(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        assert (await sent(of, "From: Al <al@home.example>", None)).startswith("250")
        [entry] = of.relay.entries()
        assert entry.message.origin.trusted
        route = of.relay.intake.setup.router.routes.named(entry.delivery.route)
        assert route is not None
        assert route.policy(trusted=entry.message.origin.trusted).smtputf8 is Smtputf8Policy.DOWNGRADE
        trace = of.relay.octets()[0].partition(b"Date:")[0]
        assert b" with UTF8SMTPA" in trace
        assert b"al@" not in trace


async def test_an_account_that_is_gone_writes_nothing(tmp_path: Path) -> None:
    async with inhabited(tmp_path) as of:
        of.accounts.registrar.remove_account(parse_address("al@home.example"))
        of.noticed()
        assert (await sent(of, "From: al@home.example", None)).startswith("550 5.7.1")
