"""A segment: the index of some messages, built in memory, never changed once it is written.

For each field its terms, sorted, a line each, and for each term the numbers of the messages (within the segment) that
have it. A search reads the lines from end to end, which costs a millisecond for some megabytes, whatever part of a term
it looks for.
"""

from array import array
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Final

from gateway.store.embedded.index.terms import terms_of
from gateway.store.model import EmailId
from gateway.store.protocol.search import Field
from gateway.summary.model import SearchText

MOST: Final = 1 << 15
"""Messages of a segment: their numbers fit into 16 bits."""
BLOCK: Final = 12
"""Lines are counted for each 4096 octets."""


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a segment."""

    terms: bytes
    """Each between two newlines."""
    counts: "array[int]"
    """`I`: the newlines before each block of `terms`."""
    ends: "array[int]"
    """`I`: where the messages of each term end in `messages`."""
    messages: "array[int]"
    """`H`: numbers of messages, ascending for each term."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`emails`: `q`, by number."""

    emails: "array[int]"
    columns: Mapping[Field, Column]


class SegmentBuilder:
    """For up to MOST messages."""

    def __init__(self) -> None:
        self._emails = array("q")
        self._fields: dict[Field, defaultdict[bytes, list[int]]] = {}
        self.weight = 0
        """Letters of what was added."""

    def __len__(self) -> int:
        return len(self._emails)

    def add(self, email: EmailId, text: SearchText) -> None:
        """One message that was not added before."""
        number = len(self._emails)
        self._emails.append(email)
        for field, words in _fields_of(text):
            if words:
                if field not in self._fields:
                    self._fields[field] = defaultdict(list)
                self.weight += len(words)
                postings = self._fields[field]
                for term in terms_of(words):
                    postings[term].append(number)

    def segment(self) -> Segment:
        """What was added."""
        columns = {field: column_of(postings) for field, postings in self._fields.items() if postings}
        return Segment(self._emails, columns)


def column_of(postings: Mapping[bytes, list[int]]) -> Column:
    """Sorted and packed."""
    terms = sorted(postings)
    lists = [postings[term] for term in terms]
    return packed(terms, array("I", accumulate(map(len, lists))), array("H", chain.from_iterable(lists)))


def packed(terms: list[bytes], ends: "array[int]", messages: "array[int]") -> Column:
    """`terms`: sorted."""
    lines = b"\n".join((b"", *terms, b""))
    step = 1 << BLOCK
    counts = accumulate((lines.count(b"\n", start, start + step) for start in range(0, len(lines), step)), initial=0)
    return Column(lines, array("I", counts), ends, messages)


def _fields_of(text: SearchText) -> tuple[tuple[Field, str], ...]:
    return (
        (Field.SUBJECT, text.subject),
        (Field.FROM, text.sender),
        (Field.TO, text.to),
        (Field.CC, text.cc),
        (Field.BCC, text.bcc),
        (Field.HEADERS, text.headers),
        (Field.BODY, text.body),
        (Field.ATTACHMENTS, text.attachments),
    )
