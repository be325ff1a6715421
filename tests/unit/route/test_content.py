from gateway.inspect.inspector import inspect
from gateway.mail.octets import MemoryOctets
from gateway.route.content import CLEAN, Content, content_of

MIXED = (
    b"Subject: %b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: %b\r\n\r\nSubject: gr\xc3\xbc\xc3\x9fe\r\n\r\ntext\r\n--b--\r\n"
)


def found_in(octets: bytes) -> Content:
    return content_of(inspect(MemoryOctets(octets)))


def test_plain_mail_shares_one_value():
    assert found_in(b"Subject: x\r\n\r\nbody\r\n") is CLEAN


def test_utf8_inside_message_global_is_enclosed():
    octets = MIXED % (b"plain", b"message/global")
    inspection = inspect(MemoryOctets(octets))
    assert content_of(inspection).enclosed == frozenset(inspection.headers)
    assert inspection.headers


def test_utf8_inside_message_rfc822_is_not():
    assert found_in(MIXED % (b"plain", b"message/rfc822")).enclosed == frozenset()


def test_the_header_above_is_not_enclosed():
    octets = MIXED % ("grüße".encode(), b"message/global")
    inspection = inspect(MemoryOctets(octets))
    assert len(inspection.headers) == 2
    assert {finding.part for finding in content_of(inspection).enclosed} == {"1"}


def test_header_like_types_are_enclosed():
    octets = MIXED % (b"plain", b"message/global-headers")
    inspection = inspect(MemoryOctets(octets))
    assert content_of(inspection).enclosed.issuperset(inspection.headers)


def test_octets_that_are_not_utf8_are_raw():
    content = found_in(b"Subject: gr\xfc\xdfe\r\n\r\nbody\r\n")
    assert [finding.field for finding in content.raw_headers] == ["Subject"]
