"""Modified UTF-7 (RFC 3501 5.1.3): each name has one form."""

import pytest

from gateway.mail.modified_utf7 import NotModifiedUtf7, decode, decode_any, encode

BOTH = {
    "": "",
    "INBOX": "INBOX",
    "~peter/mail/台北/日本語": "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
    "Hi Mom ☺": "Hi Mom &Jjo-",
    "☺!": "&Jjo-!",
    "R&D": "R&-D",
    "&&": "&-&-",
    "&ä&": "&-&AOQ-&-",
    "a-b": "a-b",
    "ä-": "&AOQ--",
    "😀": "&2D3eAA-",
    'q"u\\o%t*e': 'q"u\\o%t*e',
    "tab\there": "tab&AAk-here",
    "\x7f": "&AH8-",
}


@pytest.mark.parametrize(("name", "text"), BOTH.items())
def test_both_ways(name: str, text: str) -> None:
    assert encode(name) == text
    assert decode(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "&",
        "R&D",
        "&AOQ",
        "a&-&",
        "&AGE-",  # ASCII in a shift
        "&AOQ-&APY-",  # two shifts side by side (RFC 3501 5.1.3: &U,BTFwZeVnLIqe- is one)
        "&U,BTFw-&ZeVnLIqe-",
        "&Jjo!",
        "&2D0-",  # half of a surrogate pair
        "&3gDYPQ-",  # the halves in the wrong order
        "&AOR-",  # bits that are left over
        "&AO-",
        "&A-",
        "&AOQ=-",
        "&AOQ/-",
        "&ACY-",  # & itself
        "&A OQ-",
        "ä",
        "\t",
        "\x80",
        "\x00",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(NotModifiedUtf7):
        decode(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [("&AGE-", "a"), ("&AOQ-&APY-", "äö"), ("R&D", "R&D"), ("ä&-", "ä&-"), ("&2D0-", "&2D0-"), ("R&-D", "R&D")],
)
def test_files_of_other_programs_are_read_as_far_as_possible(text: str, name: str) -> None:
    assert decode_any(text) == name


def test_lone_surrogates_have_no_form() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode("\ud800")
