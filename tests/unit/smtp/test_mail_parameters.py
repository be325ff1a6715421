import pytest

from gateway.mail.address import NULL_PATH, LocalPart, parse_address
from gateway.mail.capabilities import NO_EXTENSIONS, Capabilities
from gateway.mail.envelope import Body, MailOptions, Ret
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
        ("AUTH=<>", 555),
        ("X-NEW", 555),
    ],
)
def test_refusals(text: str, code: int) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse(text)
    assert refused.value.reply.code == code
    assert refused.value.reply.wire().isascii()
    assert len(refused.value.reply.wire()) < 512


def test_no_from() -> None:
    with pytest.raises(ProtocolError):
        parse_mail("<a@b.example>")
