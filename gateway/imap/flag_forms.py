"""Flags as IMAP writes them (RFC 9051 2.3.2): each mark of an account once."""

import re
from collections.abc import Iterable
from typing import Final

from gateway.store.flags import SYSTEM_BITS, KeywordSets, Mark, System, keywords_of, system_of
from gateway.store.protocol.emails import Emails

NAMES: Final = {
    System.ANSWERED: b"\\Answered",
    System.FLAGGED: b"\\Flagged",
    System.DELETED: b"\\Deleted",
    System.SEEN: b"\\Seen",
    System.DRAFT: b"\\Draft",
}
SYSTEM: Final = tuple(NAMES.values())
_ATOM: Final = re.compile(r'[^\x00-\x20\x7f-\U0010ffff(){%*"\\\]]+')


class FlagForms:
    """Of one account, for one session or many."""

    __slots__ = ("_emails", "_forms", "_keywords")

    def __init__(self, emails: Emails) -> None:
        self._emails = emails
        self._keywords: dict[int, tuple[str, ...]] = {0: ()}
        self._forms: dict[int, bytes] = {}

    def knows(self, marks: Iterable[int]) -> bool:
        """Whether these can be written."""
        known = self._keywords
        return all(mark >> SYSTEM_BITS in known for mark in marks)

    async def learn(self, marks: Iterable[int]) -> None:
        """See that these can be written; each is best given once. Raises StoreUnavailable."""
        if not self.knows(wanted := set(marks)):
            self._add(await self._emails.keyword_sets())
            for mark in wanted:
                self._keywords.setdefault(mark >> SYSTEM_BITS, ())

    def form(self, mark: int) -> bytes:
        """`\\Seen $Forwarded`, without parentheses, of a mark that was learned."""
        form = self._forms.get(mark)
        if form is None:
            form = self._forms[mark] = self._form(Mark(mark))
        return form

    def keywords(self, mark: int) -> tuple[str, ...]:
        """Of a mark that was learned, in order."""
        return self._keywords[keywords_of(Mark(mark))]

    def _add(self, sets: KeywordSets) -> None:
        """What is no atom cannot be shown, and is not."""
        for number, keywords in sets.items():
            if number not in self._keywords:
                self._keywords[number] = tuple(sorted(filter(_ATOM.fullmatch, keywords)))

    def _form(self, mark: Mark) -> bytes:
        system = system_of(mark)
        flags = [name for bit, name in NAMES.items() if bit in system]
        return b" ".join([*flags, *(word.encode() for word in self.keywords(mark))])
