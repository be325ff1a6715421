"""The search index of one account, as sessions ask it."""

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from typing_extensions import override

from gateway.mail.octets import OctetSource
from gateway.store.embedded.index import damage, file
from gateway.store.embedded.index.search import find
from gateway.store.embedded.index.snippets import Marker
from gateway.store.embedded.paths import AccountFolder
from gateway.store.errors import StoreUnavailable
from gateway.store.model import EmailId
from gateway.store.protocol.search import Found, SearchIndex, Wanted
from gateway.summary.model import SearchText

T = TypeVar("T")
Octets = Callable[[Sequence[EmailId]], Awaitable[Sequence[OctetSource | None]]]
"""`Emails.octets`."""


class EmbeddedIndex(SearchIndex):
    """Cheap to make; opens the file for each question. An index that is damaged is reported, and empty from then on.

    Raises StoreUnavailable.
    """

    def __init__(self, folder: AccountFolder, octets: Octets, extract: Callable[[OctetSource], SearchText]) -> None:
        self._folder = folder
        self._octets = octets
        self._extract = extract

    @override
    async def find(self, wanted: Wanted) -> Found:
        return await asyncio.to_thread(self._find, wanted)

    @override
    async def missing(self, emails: Sequence[EmailId]) -> Sequence[EmailId]:
        return await asyncio.to_thread(self._missing, emails)

    @override
    async def snippets(self, emails: Sequence[EmailId], wanted: Wanted) -> Sequence[tuple[str, str]]:
        marker = Marker(wanted)
        return [await asyncio.to_thread(self._snippet, octets, marker) for octets in await self._octets(emails)]

    def _find(self, wanted: Wanted) -> Found:
        """Damage that it finds itself makes it fail: what it said not to be missing cannot be looked for any more."""
        sound = not damage.reported(self._folder)
        found = self._try(lambda: self._look(wanted))
        if found is None and sound and damage.reported(self._folder):
            raise StoreUnavailable(f"{self._folder.index} is damaged and will be made anew: search again")
        return Found(array("q"), sure=True) if found is None else found

    def _look(self, wanted: Wanted) -> Found:
        with file.reader(self._folder.index) as connection:
            return find(connection, wanted)

    def _missing(self, emails: Sequence[EmailId]) -> Sequence[EmailId]:
        known = self._known()
        return [email for email in emails if email not in known]

    def _known(self) -> frozenset[int]:
        return self._try(self._emails) or frozenset()

    def _emails(self) -> frozenset[int]:
        with file.reader(self._folder.index) as connection:
            known = {email for _, emails in file.emails(connection) for email in emails}
            return frozenset(known - file.dead(connection))

    def _try(self, question: Callable[[], T]) -> T | None:
        """None where there is no index that could be trusted. Raises StoreUnavailable."""
        try:
            if damage.reported(self._folder) or not self._folder.index.exists():
                return None
            return question()
        except file.IndexTooOld:
            return None
        except damage.SIGNS as error:
            if not damage.is_damage(error):
                raise StoreUnavailable(f"{self._folder.index} cannot be read: {error}") from error
            self._report()
            return None

    def _report(self) -> None:
        try:
            damage.report(self._folder)
        except OSError as error:
            raise StoreUnavailable(f"{self._folder.index} is damaged: {error}") from error

    def _snippet(self, octets: OctetSource | None, marker: Marker) -> tuple[str, str]:
        if octets is None:
            return "", ""
        try:
            text = self._extract(octets)
        except OSError as error:
            raise StoreUnavailable(str(error)) from error
        return marker.subject(text), marker.body(text)
