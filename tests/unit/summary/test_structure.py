import pytest

from gateway.mail.octets import MemoryOctets
from gateway.summary.structure_form import without_extensions
from gateway.summary.work import summarize
from tests.support.imap_form import check_body, read_form
from tests.unit.summary.samples import structure

_DIFF = """
--b
Content-Type: text/plain; charset=us-ascii

two
lines
--b
Content-Type: text/plain; charset=us-ascii; name=cc.diff
Content-ID: <960723163407.20117h@cac.washington.edu>
Content-Description: Compiler diff
Content-Transfer-Encoding: BASE64
Content-Disposition: attachment; filename*0="cc."; filename*1=diff
Content-Language: en, de-CH
Content-Location: http://a.example/
 b
Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==

eA==
--b--
"""


def test_a_plain_message() -> None:
    found = structure("Content-Type: text/plain; charset=UTF-8", "one\ntwo\n")
    assert found == b'("text" "plain" ("charset" "UTF-8") NIL NIL "7bit" 10 2 NIL NIL NIL NIL)'
    assert without_extensions(found) == b'("text" "plain" ("charset" "UTF-8") NIL NIL "7bit" 10 2)'


def test_what_says_nothing_is_plain_text_in_ascii() -> None:
    expected = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 1 NIL NIL NIL NIL)'
    assert structure("X: y") == structure("Content-Type: junk") == expected
    assert b'("name" "x" "charset" "us-ascii")' in structure("Content-Type: text/plain; name=x")
    assert b'"html" NIL' in structure("Content-Type: text/html")


def test_extension_data() -> None:
    """RFC 9051 7.5.2, with what its example leaves out."""
    found = structure("Content-Type: multipart/mixed; boundary=b\nContent-Language: en", _DIFF)
    assert found == (
        b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 1 NIL NIL NIL NIL)'
        b'("text" "plain" ("charset" "us-ascii" "name" "cc.diff") "<960723163407.20117h@cac.washington.edu>"'
        b' "Compiler diff" "base64" 4 0 "Q2hlY2sgSW50ZWdyaXR5IQ==" ("attachment" ("filename" "cc.diff"))'
        b' ("en" "de-CH") "http://a.example/b") "mixed" ("boundary" "b") NIL ("en") NIL)'
    )
    assert without_extensions(found) == (
        b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 1)'
        b'("text" "plain" ("charset" "us-ascii" "name" "cc.diff") "<960723163407.20117h@cac.washington.edu>"'
        b' "Compiler diff" "base64" 4 0) "mixed")'
    )


@pytest.mark.parametrize("kind", ["rfc822", "global"])
def test_a_message_inside(kind: str) -> None:
    inner = "Subject: in) {3}\n\nx\n"
    found = structure(f"Content-Type: message/{kind}", inner)
    text = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1'
    head = b'("message" "%s" NIL NIL NIL "7bit" 23 (NIL "in) {3}" NIL NIL NIL NIL NIL NIL NIL NIL) ' % kind.encode()
    assert found == head + text + b" NIL NIL NIL NIL) 3 NIL NIL NIL NIL)"
    assert without_extensions(found) == head + text + b") 3)"


def test_a_message_inside_that_is_encoded_has_an_empty_envelope() -> None:
    found = structure("Content-Type: message/global\nContent-Transfer-Encoding: base64", "eA==\n")
    check_body(read_form(found), extended=True)
    assert b'6 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain"' in found


@pytest.mark.parametrize("header", ["Content-Type: multipart/mixed", "Content-Type: multipart/mixed; boundary=b"])
def test_a_multipart_without_parts_is_text(header: str) -> None:
    assert structure(header) == b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 1 NIL NIL NIL NIL)'


def test_nothing_is_nested_without_end() -> None:
    nest = b"".join(b"Content-Type: multipart/mixed; boundary=a%d\r\n\r\n--a%d\r\n" % (n, n) for n in range(80))
    found = summarize(MemoryOctets(nest)).structure
    check_body(read_form(found), extended=True)
    check_body(read_form(without_extensions(found)), extended=False)
    messages = summarize(MemoryOctets(b"Content-Type: message/rfc822\r\n\r\n" * 80)).structure
    check_body(read_form(without_extensions(messages)), extended=False)


@pytest.mark.parametrize(
    ("parameters", "form"),
    [
        ("name*0*=utf-8''%C3%BC; name*1=\".txt\"", b'("name*" "utf-8\'\'%C3%BC.txt")'),
        ("name*0*=iso-8859-1'de'%FC; name*1*=%2Etxt", b'("name*" "utf-8\'\'%C3%BC.txt")'),
        ("name*=utf-8''%C3%BC", b'("name*" "utf-8\'\'%C3%BC")'),
        ('name*0="a b"; name*1=c; x=y', b'("name" "a bc" "x" "y")'),
        ('name="=?utf-8?q?=C3=BC?="', b'("name" "=?utf-8?q?=C3=BC?=")'),
        ('name="ü"', b'("name" {2}\r\n\xc3\xbc)'),
        ('name="a\\"b\\\\"', b'("name" "a\\"b\\\\")'),
    ],
)
def test_parameters(parameters: str, form: bytes) -> None:
    """RFC 2231 3 and 4, put together as RFC 9051 7.5.2 says."""
    assert structure(f"Content-Type: a/b; {parameters}").startswith(b'("a" "b" %s NIL' % form)


def test_literals_are_skipped_whole() -> None:
    inner = 'Content-Type: text/plain\nContent-Description: ü) ("\n\nx'
    found = structure("Content-Type: multipart/mixed; boundary=b", f"--b\n{inner}\n--b--")
    expected = '(("text" "plain" ("charset" "us-ascii") NIL {6}\r\nü) (" "7bit" 1 0) "mixed")'
    assert without_extensions(found) == expected.encode()
