import pytest

from gateway.rewrite.encoded_word import Place, encoded_words, looks_encoded


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("Café ok", Place.TEXT, ["=?utf-8?q?Caf=C3=A9_ok?="]),
        ("Grüße", Place.TEXT, ["=?utf-8?b?R3LDvMOfZQ==?="]),
        ("a, b: é okay", Place.TEXT, ["=?utf-8?q?a,_b:_=C3=A9_okay?="]),
        ("a, b: é okay yes yes yes", Place.PHRASE, ["=?utf-8?q?a=2C_b=3A_=C3=A9_okay_yes_yes_yes?="]),
        (
            "a?b=c_d é okay okay okay okay okay",
            Place.TEXT,
            ["=?utf-8?q?a=3Fb=3Dc=5Fd_=C3=A9_okay_okay_okay_okay_okay?="],
        ),
        ("", Place.TEXT, []),
    ],
)
def test_the_shorter_encoding_with_the_characters_its_place_allows(text: str, place: Place, words: list[str]) -> None:
    assert encoded_words(text, place) == words


def test_a_long_text_is_cut_between_characters() -> None:
    assert encoded_words("障" * 20, Place.TEXT) == [
        "=?utf-8?b?6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc6Zqc?=",
        "=?utf-8?b?6Zqc6Zqc6Zqc6Zqc6Zqc?=",
    ]


def test_lone_surrogates_become_question_marks() -> None:
    assert encoded_words("\udcfc", Place.TEXT) == ["=?utf-8?q?=3F?="]


@pytest.mark.parametrize("text", ["=?utf-8?q?a?=", "x=?UTF-8*en?B?YQ==?=y"])
def test_encoded_words_are_recognised(text: str) -> None:
    assert looks_encoded(text)


@pytest.mark.parametrize("text", ["=?", "=?a?x?b?=", "=?=?=", "=?utf-8?q?a", ""])
def test_other_text_is_none(text: str) -> None:
    assert not looks_encoded(text)
