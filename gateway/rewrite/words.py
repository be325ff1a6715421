"""Words of text, a phrase or a comment, and which of them become encoded-words (RFC 2047 5 and 6.2).

Readers drop the blanks between two encoded-words, and only those. So neighbouring words in foreign scripts are
encoded together with the blanks between them, and a blank beside an encoded-word that was there before is encoded too.
"""

from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import NamedTuple

from gateway.rewrite.encoded_word import LONGEST, Place, looks_encoded
from gateway.rewrite.folding import Composer


class Script(Enum):
    """What a word is made of."""

    PLAIN = auto()
    ENCODED = auto()
    """ASCII, with an encoded-word in it."""
    FOREIGN = auto()
    """It has characters that are not ASCII."""


class Word(NamedTuple):
    """A word after its blank: `raw` as written, `text` as meant (without quotes)."""

    blank: str
    raw: str
    text: str
    script: Script


def word(blank: str, raw: str, text: str) -> Word:
    """A word, looked at."""
    if not raw.isascii():
        return Word(blank, raw, text, Script.FOREIGN)
    return Word(blank, raw, text, Script.ENCODED if looks_encoded(raw) else Script.PLAIN)


def write_words(composer: Composer, words: Iterable[Word], place: Place, longest: int = LONGEST) -> None:
    """Add the words, those in foreign scripts encoded."""
    for item in _runs(words):
        if item.script is Script.FOREIGN:
            composer.encode(item.blank, item.text, place, longest)
        else:
            composer.add(item.blank, item.raw)


def _runs(words: Iterable[Word]) -> Iterator[Word]:
    """Neighbours in foreign scripts as one; a blank between a foreign word and an encoded one as part of the former."""
    before = Script.PLAIN
    held: list[str] = []
    blank = ""
    for item in words:
        match item.script:
            case Script.FOREIGN if held:
                held += (item.blank, item.text)
            case Script.FOREIGN:
                beside = before is Script.ENCODED
                held = [item.blank, item.text] if beside else [item.text]
                blank = " " if beside else item.blank
            case script:
                beside = script is Script.ENCODED and bool(held)
                if held:
                    yield _run(blank, [*held, item.blank] if beside else held)
                    held = []
                yield item._replace(blank=" ") if beside else item
        before = item.script
    if held:
        yield _run(blank, held)


def _run(blank: str, texts: list[str]) -> Word:
    return Word(blank, "", "".join(texts), Script.FOREIGN)
