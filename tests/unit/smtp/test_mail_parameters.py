from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.address import NULL_PATH, LocalPart, parse_address
from gateway.mail.capabilities import NO_EXTENSIONS, Capabilities
from gateway.mail.envelope import Body, ByMode, DeliverBy, HoldFor, HoldUntil, MailOptions, Ret
from gateway.mail.units import Timestamp
from gateway.smtp.errors import ProtocolError
from gateway.smtp.mail_parameters import format_mail, parse, parse_mail

EVERYTHING = Capabilities(
    dict.fromkeys(["SIZE", "8BITMIME", "BINARYMIME", "CHUNKING", "SMTPUTF8", "DSN", "REQUIRETLS"], ""), tls=True
)
ALL = MailOptions(Body.BINARYMIME, True, True, 99, Ret.HDRS, "QQ+1 x")


def test_all_parameters() -> None:
    text = "size=99 body=binarymime smtputf8 Ret=hdrs ENVID=QQ+2B1+20x requiretls"
    assert parse(text) == ALL


def test_written_and_read_back() -> None:
    line = format_mail(parse_address("ä@b.example"), ALL, EVERYTHING)
    assert line == "MAIL FROM:<ä@b.example> SIZE=99 BODY=BINARYMIME SMTPUTF8 RET=HDRS ENVID=QQ+2B1+20x REQUIRETLS"
    read = parse_mail(line.removeprefix("MAIL "))
    assert (read.sender, read.options, read.plain) == (parse_address("ä@b.example"), ALL, False)


def test_hints_are_left_out_and_needs_are_said_where_a_host_knows_neither() -> None:
    assert format_mail(NULL_PATH, ALL, NO_EXTENSIONS) == "MAIL FROM:<> BODY=BINARYMIME SMTPUTF8 REQUIRETLS"
    assert format_mail(NULL_PATH, MailOptions(Body.EIGHTBITMIME), NO_EXTENSIONS) == "MAIL FROM:<>"


def test_7bit_needs_no_word() -> None:
    assert format_mail(NULL_PATH, MailOptions(Body.SEVENBIT), EVERYTHING) == "MAIL FROM:<>"


@pytest.mark.parametrize("argument", ["FROM:<a@b.example>", "from: <a@b.example> ", "From:a@b.example"])
def test_ways_to_write_it(argument: str) -> None:
    read = parse_mail(argument)
    assert (read.sender, read.options, read.plain) == (parse_address("a@b.example"), MailOptions(), True)


def test_unqualified() -> None:
    assert parse_mail("FROM:<root>").sender == LocalPart("root")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SIZE", 501),
        ("SIZE=", 501),
        ("SIZE=-1", 501),
        ("SIZE=١", 501),
        ("BODY=9BIT", 501),
        ("BODY", 501),
        ("SMTPUTF8=1", 501),
        ("REQUIRETLS=1", 501),
        ("RET=ALL", 501),
        ("RET=FULL RET=FULL", 501),
        ("ENVID", 501),
        ("ENVID=" + "x" * 101, 501),
        ("ENVID=a+0Ab", 501),
        ("=1", 501),
        ("NOTIFY=NEVER", 555),
        ("X-NEW", 555),
    ],
)
def test_refusals(text: str, code: int) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse(text)
    assert refused.value.reply.code == code
    assert refused.value.reply.wire().isascii()
    assert len(refused.value.reply.wire()) < 512


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("holdfor=60", MailOptions(hold=HoldFor(60))),
        ("HOLDUNTIL=2027-01-15T08:00:00Z", MailOptions(hold=HoldUntil(Timestamp(1_800_000_000)))),
        ("HOLDUNTIL=2027-01-15t09:30:00.00+01:30", MailOptions(hold=HoldUntil(Timestamp(1_800_000_000)))),
        ("HOLDUNTIL=2027-01-15T08:00:00.25Z", MailOptions(hold=HoldUntil(Timestamp(1_800_000_001)))),
        ("HOLDUNTIL=2016-12-31T23:59:60Z", MailOptions(hold=HoldUntil(Timestamp(1_483_228_800)))),
        ("BY=120;R", MailOptions(deliver_by=DeliverBy(120, ByMode.RETURN))),
        ("by=-5;nt", MailOptions(deliver_by=DeliverBy(-5, ByMode.NOTIFY, trace=True))),
        ("BY=+0;N", MailOptions(deliver_by=DeliverBy(0, ByMode.NOTIFY))),
        ("MT-PRIORITY=-9", MailOptions(priority=-9)),
        ("MT-PRIORITY=0", MailOptions(priority=0)),
    ],
)
def test_times_and_priorities(text: str, options: MailOptions) -> None:
    assert parse(text) == options


@pytest.mark.parametrize(
    "text",
    [
        *("HOLDFOR", "HOLDFOR=0", "HOLDFOR=-1", "HOLDFOR=1234567890", "HOLDFOR=1.5", "HOLDFOR=١"),
        *("HOLDUNTIL", "HOLDUNTIL=1800000000", "HOLDUNTIL=2027-01-15", "HOLDUNTIL=2027-01-15T08:00:00"),
        *("HOLDUNTIL=2027-13-15T08:00:00Z", "HOLDUNTIL=2027-01-15T25:00:00Z", "HOLDUNTIL=0000-01-01T00:00:00Z"),
        *("HOLDFOR=1 HOLDUNTIL=2027-01-15T08:00:00Z", "BY", "BY=60", "BY=60;X", "BY=60;RN", "BY=0;R", "BY=-1;R"),
        *("MT-PRIORITY", "MT-PRIORITY=10", "MT-PRIORITY=-0", "MT-PRIORITY=+1", "MT-PRIORITY=01"),
    ],
)
def test_times_and_priorities_that_are_none(text: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse(text)
    assert refused.value.reply.code == 501


OFFERING = Capabilities({"DELIVERBY": "", "MT-PRIORITY": "MIXER"})


@given(
    st.none() | st.builds(DeliverBy, st.integers(1, 999_999_999), st.sampled_from(ByMode), st.booleans()),
    st.none() | st.integers(-9, 9),
)
def test_times_and_priorities_come_back(by: DeliverBy | None, priority: int | None) -> None:
    options = MailOptions(deliver_by=by, priority=priority)
    said = replace(options, priority=priority or 0)
    assert parse_mail(format_mail(NULL_PATH, options, OFFERING).removeprefix("MAIL ")).options == said


def test_what_a_host_does_not_know_is_said_where_it_is_a_condition() -> None:
    wish = MailOptions(deliver_by=DeliverBy(9, ByMode.NOTIFY), priority=9, hold=HoldFor(9))
    assert format_mail(NULL_PATH, wish, NO_EXTENSIONS) == "MAIL FROM:<>"
    demand = MailOptions(deliver_by=DeliverBy(9, ByMode.RETURN))
    assert format_mail(NULL_PATH, demand, NO_EXTENSIONS) == "MAIL FROM:<> BY=9;R"


def test_a_server_that_we_logged_in_to_is_told_that_nobody_vouches() -> None:
    logged_in = Capabilities({"AUTH": "PLAIN"}, logged_in=True)
    assert format_mail(NULL_PATH, MailOptions(), logged_in) == "MAIL FROM:<> AUTH=<>"
    assert format_mail(NULL_PATH, MailOptions(), Capabilities({"AUTH": "PLAIN"})) == "MAIL FROM:<>"


def test_a_hop_is_never_asked_to_hold_mail() -> None:
    assert format_mail(NULL_PATH, MailOptions(hold=HoldFor(9)), Capabilities({"FUTURERELEASE": ""})) == "MAIL FROM:<>"


def test_no_from() -> None:
    with pytest.raises(ProtocolError):
        parse_mail("<a@b.example>")
