"""Charsets of mail as text (RFC 2978; the names that senders really use). Never fails.

What is labelled with a charset that is a part of another one in practice is read as that one (ISO-8859-1 as
windows-1252, GB2312 as GB18030), as readers do. What has no label, or none that is known, is UTF-8 if it can be, else
windows-1252.
"""

import codecs
import functools
import re
from encodings.aliases import aliases
from typing import Final

_OURS: Final = {
    "ansi_x3_4_1968": "",
    "ascii": "",
    "us_ascii": "",
    "unknown_8bit": "",
    "iso_8859_1": "cp1252",
    "iso8859_1": "cp1252",
    "latin1": "cp1252",
    "latin_1": "cp1252",
    "l1": "cp1252",
    "iso_8859_8_i": "iso8859_8",
    "iso8859_8_i": "iso8859_8",
    "x_mac_cyrillic": "mac_cyrillic",
    "x_mac_ce": "mac_latin2",
    "x_mac_greek": "mac_greek",
    "x_mac_turkish": "mac_turkish",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "iso_8859_9": "cp1254",
    "iso8859_9": "cp1254",
    "iso_8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gb_2312": "gb18030",
    "chinese": "gb18030",
    "csgb2312": "gb18030",
    "euc_cn": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "cp950",
    "x_x_big5": "cp950",
    "ks_c_5601": "cp949",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601_1989": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "euc_kr": "cp949",
    "korean": "cp949",
    "windows_949": "cp949",
    "sjis": "cp932",
    "x_sjis": "cp932",
    "shift_jis": "cp932",
    "windows_31j": "cp932",
    "ms_kanji": "cp932",
    "iso_2022_jp": "iso2022_jp_ext",
    "iso_2022_jp_x": "iso2022_jp_ext",
    "iso_2022_jp_ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "x_euc_jp": "euc_jp",
    "x_mac_roman": "mac_roman",
    "macintosh": "mac_roman",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "x_utf_8": "utf_8",
    "x_unicode_2_0_utf_7": "utf_7",
    "utf8mb4": "utf_8",
}
"""Names in lower case with `_` between their parts; empty: whatever it may be."""

_CODEC_NAMES = """
    utf_8 utf_7 utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le gb18030 hz big5hkscs cp932 cp949 cp950
    cp874 euc_jp euc_jis_2004 shift_jis_2004 iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3
    iso2022_jp_ext iso2022_kr johab koi8_r koi8_t koi8_u kz1048 ptcp154 tis_620 hp_roman8 mac_roman mac_cyrillic
    mac_greek mac_latin2 mac_turkish mac_iceland mac_croatian mac_romanian mac_farsi mac_arabic cp037 cp273
    cp437 cp500 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866
    cp869 cp875 cp1006 cp1026 cp1125 cp1140 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_10 iso8859_13 iso8859_14
    iso8859_15 iso8859_16
"""
_CODECS: Final = frozenset(_CODEC_NAMES.split())
"""What mail may be decoded with: no codec of Python that is no charset."""

_OTHER = re.compile(r"[^a-z0-9]+")
_PREFIX = re.compile(r"(?:x_|cs_?)?(cp|windows|win|ibm)_?0*(\d+)")


@functools.lru_cache(maxsize=512)
def codec_of(label: str) -> str:
    """The name of Python's codec for a charset; empty where it is not known, or says nothing."""
    name = _OTHER.sub("_", label[:64].lower()).strip("_")
    if name in _OURS:
        return _OURS[name]
    page = _PREFIX.fullmatch(name)
    name = f"cp{page[2]}" if page else name
    name = _OURS.get(name, aliases.get(name, name))
    name = _OURS.get(name, name)
    return name if name in _CODECS else ""


def decode(octets: bytes, label: str = "") -> str:
    """The text of octets that are said to be in a charset."""
    codec = codec_of(label) if label else ""
    if not codec or codec == "utf_8":
        return _unlabelled(octets) if not codec else octets.decode("utf-8", "replace")
    if octets.isascii() and codec in _LIKE_ASCII:
        return octets.decode("ascii")
    text = codecs.decode(octets, codec, "replace")
    return text.encode("utf-8", "replace").decode() if codec == "utf_7" else text


_LIKE_ASCII: Final = frozenset({"cp1252", "cp1254", "cp1250", "cp1251", "cp932", "cp949", "cp950", "koi8_r"})


def _unlabelled(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")
