"""HEADER: one field of the message's own header, by name (RFC 9051 6.4.4, RFC 8621 4.4.1 `header`)."""

from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from gateway.mail.octets import OctetSource
from gateway.mailbox.masks import Mask
from gateway.mailbox.reading import Reading
from gateway.mailbox.search.looking import look_at, look_at_octets
from gateway.mailbox.search.query import Query
from gateway.mailbox.search.scope import Cost, Scope
from gateway.mailbox.search.text import Text, not_indexed, of_emails
from gateway.mailbox.search.words import Test
from gateway.mime.header import header_fields
from gateway.store.protocol.search import Field, Wanted
from gateway.summary.model import SearchText

_OWN: Final = {
    "subject": Field.SUBJECT,
    "from": Field.FROM,
    "to": Field.TO,
    "cc": Field.CC,
    "bcc": Field.BCC,
}


@dataclass(frozen=True, slots=True)
class Header(Query):
    """A text in a field of this name; empty: there is such a field."""

    name: str
    text: str

    cost = Cost.OCTETS

    @override
    async def matching(self, scope: Scope, within: Mask) -> Mask:
        own = _OWN.get(self.name.lower())
        if not self.text:
            return await look_at_octets(scope, await self._candidates(scope, within, own), self._is_there)
        if own is not None:
            return await Text(Wanted(self.text, frozenset({own}))).matching(scope, within)
        return await look_at(scope, await self._candidates(scope, within, own), _on_a_line(self, scope.reading))

    async def _candidates(self, scope: Scope, within: Mask, own: Field | None) -> Mask:
        if own is not None:
            return within
        missing = await not_indexed(scope, within)
        found = await scope.mail.index.find(Wanted(self.text or f"{self.name}:", frozenset({Field.HEADERS})))
        return missing | await of_emails(scope, found) & within

    def _is_there(self, octets: OctetSource) -> bool:
        wanted = self.name.lower()
        return any(field.name.lower() == wanted for field in header_fields(octets))

    @override
    def __str__(self) -> str:
        return f"header {self.name}: {self.text[:60]!r}"


def _on_a_line(header: Header, reading: Reading) -> Test:
    prefix = f"{header.name.lower()}:"
    needle = reading.casemap(header.text)

    def passes(text: SearchText) -> bool:
        lines = (line for line in text.headers.split("\n") if line.lower().startswith(prefix))
        return any(needle in reading.casemap(line[len(prefix) :].strip()) for line in lines)

    return passes
