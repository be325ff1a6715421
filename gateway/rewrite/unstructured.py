"""Unstructured fields (RFC 5322 2.2.1): Subject, Comments, and every field that nobody has given a grammar.

ABNF::

    unstructured = *([FWS] VCHAR) *WSP
"""

import re
from collections.abc import Iterator

from gateway.rewrite.encoded_word import Place
from gateway.rewrite.folding import Composer
from gateway.rewrite.words import Script, Word, word, write_words

_WORD = re.compile(r"([ \t]*+)([^ \t]++)")


def encoded_text(name: str, value: str) -> str:
    """The value of field `name`, unfolded, as it stands in ASCII: folded, without the last CRLF."""
    composer = Composer(name)
    write_text(composer, value)
    return composer.folded()


def write_text(composer: Composer, value: str) -> None:
    """Add unfolded text. Blanks at its end are dropped."""
    write_words(composer, _words(value), Place.TEXT)


def _words(value: str) -> Iterator[Word]:
    """The words; of several blanks before a foreign one all but the first go into it, so that no line gets long."""
    first = True
    for match in _WORD.finditer(value):
        blank, text = match.groups()
        item = word(" " if first else blank, text, text)
        if item.script is Script.FOREIGN and len(item.blank) > 1:
            item = item._replace(blank=blank[0], text=blank[1:] + text)
        first = False
        yield item
