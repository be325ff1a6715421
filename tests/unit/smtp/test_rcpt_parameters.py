import pytest

from gateway.mail.address import LocalPart, parse_address
from gateway.mail.capabilities import NO_EXTENSIONS, Capabilities
from gateway.mail.envelope import MailOptions, Notify, OriginalRecipient, Recipient
from gateway.smtp.errors import ProtocolError
from gateway.smtp.extensions.base import RecipientOptions
from gateway.smtp.rcpt_parameters import format_rcpt, parse, parse_rcpt

WITH_DSN = Capabilities({"DSN": ""})
PLAIN = MailOptions()
UTF8 = MailOptions(smtputf8=True)
BAER = OriginalRecipient("utf-8", "bär@x.example")


def recipient(original: OriginalRecipient | None, *notify: Notify) -> Recipient:
    return Recipient(parse_address("a@b.example"), frozenset(notify) or None, original)


def test_notify_and_orcpt() -> None:
    read = parse_rcpt("TO:<a@b.example> notify=success,Delay ORCPT=rfc822;Ann+2Bx@b.example")
    assert read.recipient == recipient(OriginalRecipient("rfc822", "Ann+x@b.example"), Notify.SUCCESS, Notify.DELAY)


def test_an_unqualified_recipient_keeps_its_parameters() -> None:
    read = parse_rcpt("TO:<postmaster> NOTIFY=NEVER")
    assert read.recipient == LocalPart("postmaster")
    assert read.options == RecipientOptions(frozenset({Notify.NEVER}))


@pytest.mark.parametrize("value", ["utf-8;bär@x.example", r"utf-8;b\x{E4}r@x.example", r"UTF-8;b\x{e4}r@x.example"])
def test_utf8_originals_are_decoded_once(value: str) -> None:
    assert parse(f"ORCPT={value}") == RecipientOptions(original=BAER)


@pytest.mark.parametrize(
    ("mail", "written"),
    [(UTF8, "ORCPT=utf-8;bär@x.example"), (PLAIN, r"ORCPT=utf-8;b\x{E4}r@x.example")],
)
def test_utf8_originals_are_written_as_the_transaction_allows(mail: MailOptions, written: str) -> None:
    assert format_rcpt(recipient(BAER), mail, WITH_DSN) == f"RCPT TO:<a@b.example> {written}"


def test_written_and_read_back() -> None:
    original = recipient(OriginalRecipient("rfc822", "a+b=c d@x"), Notify.FAILURE, Notify.DELAY)
    line = format_rcpt(original, PLAIN, WITH_DSN)
    assert line == "RCPT TO:<a@b.example> NOTIFY=DELAY,FAILURE ORCPT=rfc822;a+2Bb+3Dc+20d@x"
    assert parse_rcpt(line.removeprefix("RCPT ")).recipient == original


def test_nothing_for_a_host_without_dsn() -> None:
    assert format_rcpt(recipient(BAER, Notify.NEVER), UTF8, NO_EXTENSIONS) == "RCPT TO:<a@b.example>"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NOTIFY", 501),
        ("NOTIFY=", 501),
        ("NOTIFY=NEVER,DELAY", 501),
        ("NOTIFY=SOMETIMES", 501),
        ("NOTIFY=NEVER NOTIFY=NEVER", 501),
        ("ORCPT=rfc822", 501),
        ("ORCPT=rfc822;", 501),
        ("ORCPT=;a@b", 501),
        ("ORCPT=rfc822;bär@x.example", 501),
        ("ORCPT=x400;bär", 501),
        ("ORCPT=rfc822;b+C3+A4r@x.example", 501),
        (r"ORCPT=utf-8;a\x{0D}\x{0A}b", 501),
        ("ORCPT=rfc822;" + "x" * 2000, 501),
        ("SIZE=1", 555),
    ],
)
def test_refusals(text: str, code: int) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse(text)
    assert refused.value.reply.code == code
    assert len(refused.value.reply.wire()) < 512


def test_no_to() -> None:
    with pytest.raises(ProtocolError):
        parse_rcpt("FROM:<a@b.example>")
