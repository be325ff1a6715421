"""Whether a message that was read says what is looked for."""

import unicodedata
from collections.abc import Callable, Iterable

from gateway.mail.normal_form import normal
from gateway.mailbox.reading import Reading
from gateway.store.protocol.search import Field, Wanted
from gateway.summary.model import SearchText

Test = Callable[[SearchText], bool]


def contains(wanted: Wanted, reading: Reading) -> Test:
    """The text as a part of a field, by i;unicode-casemap."""
    needle = reading.casemap(wanted.text)
    return lambda text: any(needle in reading.casemap(value) for value in texts(text, wanted.fields))


def has_words(wanted: Wanted, _reading: Reading) -> Test:
    """All its words as parts of one field, without accents and case. The index knows inflections, too."""
    needles = folded(wanted.text).split()

    def passes(text: SearchText) -> bool:
        values = (folded(value) for value in texts(text, wanted.fields))
        return any(all(needle in value for needle in needles) for value in values)

    return passes


def texts(text: SearchText, fields: Iterable[Field]) -> list[str]:
    """What is in some fields."""
    by_field = {
        Field.SUBJECT: text.subject,
        Field.FROM: text.sender,
        Field.TO: text.to,
        Field.CC: text.cc,
        Field.BCC: text.bcc,
        Field.HEADERS: text.headers,
        Field.BODY: text.body,
        Field.ATTACHMENTS: text.attachments,
    }
    return [by_field[field] for field in fields]


def folded(text: str) -> str:
    """Without accents and case."""
    decomposed = normal("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
