import pytest

from gateway.mime.charset import codec_of, decode


@pytest.mark.parametrize(
    ("octets", "label", "text"),
    [
        ("障害".encode("cp932"), "x-sjis", "障害"),
        ("é".encode("cp850"), "cp-850", "é"),
        ("한글".encode("cp949"), "ks_c_5601-1987", "한글"),
        ("镕".encode("gb18030"), "gb2312", "镕"),
        (b"\x93a\x94", "ISO-8859-1", "“a”"),
        ("障害".encode("iso2022_jp"), "iso-2022-jp", "障害"),
        (b"+AOk-", "utf-7", "é"),
        (b"+2AA-", "utf-7", "?"),
        ("ü".encode(), "us-ascii", "ü"),
        (b"\xfc", "us-ascii", "ü"),
        ("ü".encode(), "x-unknown", "ü"),
        (b"a\xff", "utf-8", "a\ufffd"),
        ("Ж".encode("cp1251"), "Windows1251", "Ж"),
        ("ש".encode("iso8859_8"), "iso-8859-8-i", "ש"),
    ],
)
def test_charsets_of_mail(octets: bytes, label: str, text: str) -> None:
    assert decode(octets, label) == text


@pytest.mark.parametrize(
    "label", ["rot13", "unicode-escape", "idna", "base64", "zlib", "mbcs", "punycode", "../x", "a\0b"]
)
def test_what_is_no_charset_is_not_used(label: str) -> None:
    assert codec_of(label) == ""
