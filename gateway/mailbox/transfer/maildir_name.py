"""Names of files in a Maildir (https://cr.yp.to/proto/maildir.html): `UNIQUE:2,FLAGS`, `!2,` or `;2,` where a file
system knows no colon, and Dovecot's letters for keywords (`dovecot-keywords`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.mailbox.transfer.keywords import sifted
from gateway.store.flags import Flags, System

_NAME: Final = re.compile(r"(?P<unique>.*?)(?:[:;!]2,(?P<letters>[^,]*).*)?\Z", re.DOTALL)
_LETTERS: Final = {
    "S": System.SEEN,
    "R": System.ANSWERED,
    "F": System.FLAGGED,
    "T": System.DELETED,
    "D": System.DRAFT,
}
_PASSED: Final = "$Forwarded"
MAX_LETTERED: Final = 26


@dataclass(frozen=True, slots=True)
class MaildirName:
    """What a name says."""

    unique: str
    flags: Flags
    refused: int


def read_name(name: str, keywords: Mapping[str, str]) -> MaildirName:
    """`keywords`: by letter."""
    found = _NAME.match(name)
    letters = (found["letters"] or "") if found else ""
    system = System(0)
    for letter in letters:
        system |= _LETTERS.get(letter, System(0))
    words = [keywords[letter] for letter in sorted(set(letters)) if letter in keywords]
    good, refused = sifted([*words, _PASSED] if "P" in letters else words)
    return MaildirName(found["unique"] if found else name, Flags(system, good), refused)


def written_flags(flags: Flags, letters: Mapping[str, str]) -> str:
    """What follows the unique part; `letters` by keyword. Keywords without one are left out."""
    text = [letter for letter, flag in _LETTERS.items() if flag & flags.system]
    text += [letters[word] for word in flags.keywords if word in letters]
    return ":2," + "".join(sorted(text))


def read_keywords(text: str) -> dict[str, str]:
    """A `dovecot-keywords` file: keywords by letter."""
    found = {}
    for line in text.splitlines():
        number, _, word = line.strip().partition(" ")
        if number.isascii() and number.isdecimal() and len(number) < 3 and int(number) < MAX_LETTERED and word:
            found[chr(ord("a") + int(number))] = word
    return found


def write_keywords(letters: Mapping[str, str]) -> str:
    """The opposite."""
    return "".join(f"{ord(letter) - ord('a')} {word}\n" for word, letter in sorted(letters.items(), key=lambda i: i[1]))
