"""Flags as IMAP writes them: each mark of an account once."""

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


class FlagForms:
    """Of one account, for one session or many."""

    __slots__ = ("_emails", "_forms", "_sets")

    def __init__(self, emails: Emails) -> None:
        self._emails = emails
        self._sets: KeywordSets = {}
        self._forms: dict[int, bytes] = {}

    async def learn(self, marks: Iterable[int]) -> None:
        """See that these can be written. Raises StoreUnavailable."""
        unknown = {mark for mark in set(marks) if mark not in self._forms}
        if any(mark >> SYSTEM_BITS not in self._sets for mark in unknown):
            self._sets = await self._emails.keyword_sets()
        self._forms.update((mark, self._form(Mark(mark))) for mark in unknown)

    def form(self, mark: int) -> bytes:
        """`\\Seen $Forwarded`, without parentheses, of a mark that was learned."""
        return self._forms[mark]

    def keywords(self, mark: int) -> frozenset[str]:
        """Of a mark that was learned."""
        return self._sets.get(keywords_of(Mark(mark)), frozenset())

    def _form(self, mark: Mark) -> bytes:
        system = system_of(mark)
        flags = [name for bit, name in NAMES.items() if bit in system]
        return b" ".join([*flags, *(word.encode() for word in sorted(self.keywords(mark)))])
