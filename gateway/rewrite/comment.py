r"""Comments (RFC 5322 3.2.2) in ASCII: encoded-words inside the parentheses (RFC 2047 5 rule 2).

ABNF::

    comment = "(" *( ctext / quoted-pair / comment / encoded-word ) ")"
"""

import re

from gateway.mime.tokens import Lexeme, Token
from gateway.rewrite.encoded_word import LONGEST, Place
from gateway.rewrite.folding import Composer, NoAsciiForm
from gateway.rewrite.words import Word, word, write_words

_PIECE = re.compile(r"([ \t]*+)([()]|(?:[^()\\ \t]|\\.)++|\\)")
_PAIR = re.compile(r"\\(.)")
_ROOM = LONGEST - 4
"""A word and the parentheses beside it fit a line together."""


def write_comment(composer: Composer, blank: str, text: str) -> None:
    """Add a comment after a blank, its words in foreign scripts encoded."""
    if text.isascii():
        composer.add(blank, text)
        return
    words: list[Word] = []
    for match in _PIECE.finditer(text):
        before, piece = match.groups()
        if piece not in {"(", ")"}:
            words.append(word(before, piece, _PAIR.sub(r"\1", piece)))
            continue
        write_words(composer, words, Place.PHRASE, _ROOM)
        words = []
        if piece == "(":
            composer.open(before or blank, piece)
            blank = ""
        else:
            composer.close(piece)


def write_commented(composer: Composer, tokens: list[Token]) -> None:
    """Add tokens of which only comments may be other than ASCII. Raises NoAsciiForm."""
    blank = ""
    for kind, text in tokens:
        match kind:
            case Lexeme.BLANK:
                blank = text
                continue
            case Lexeme.COMMENT:
                write_comment(composer, blank, text)
            case _:
                if not text.isascii():
                    raise NoAsciiForm(f"{text!r} has no ASCII form where it stands")
                composer.add(blank, text)
        blank = ""
