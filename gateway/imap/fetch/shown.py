"""A message as a session may see it: as it is, or its surrogate (RFC 9755 7, RFC 6858, RFC 9051 4.3.1).

All that a session is told of a message is of one form: octets, sizes, sections, ENVELOPE and BODYSTRUCTURE.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.imap.fetch.binary import Decoded, decoded
from gateway.imap.fetch.sections import Extract, Sections
from gateway.imap.wire.fetch import Section, Window
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mime.scan import scan
from gateway.mime.structure import Part
from gateway.rewrite.pieces import Piece, Rendition, edited
from gateway.rewrite.rendition_octets import RenditionOctets
from gateway.rewrite.surrogate import Mend, surrogate
from gateway.store.model import EmailId
from gateway.summary.envelope import correspondents, envelope
from gateway.summary.header import Header
from gateway.summary.model import Odd
from gateway.summary.opening import opened
from gateway.summary.structure import body_structure
from gateway.summary.structure_form import without_extensions

MOST_OCTETS: Final = 8 * 1024 * 1024
"""Of surrogates that a worker remembers."""
MOST: Final = 64
"""Messages that it remembers."""
_UNSURE: Final = 4096
"""What a message weighs that is not in memory."""
_PIECE: Final = 100


NOTHING: Final = Mend(0)
"""Has to be done to most messages."""


def mending(odd: int, *, utf8: bool) -> Mend:
    """What has to be done to a message before a session sees it.

    `odd`: as in `Odd`; `utf8`: the session enabled UTF8=ACCEPT or IMAP4rev2.
    """
    if not odd:
        return NOTHING
    headers = Mend.HEADERS if odd & Odd.HEADER and not utf8 else NOTHING
    return headers | (Mend.NUL if odd & Odd.NUL else NOTHING)


@dataclass(frozen=True, slots=True)
class Description:
    """ENVELOPE, and BODYSTRUCTURE with its extensions."""

    envelope: bytes
    structure: bytes


class Form:
    """What is found out about a message in one form; nothing of it but octets in memory is open."""

    __slots__ = ("description", "mend", "octets", "pieces", "scanned")

    def __init__(self, mend: Mend) -> None:
        self.mend = mend
        self.octets: MemoryOctets | None = None
        """Of a surrogate that is in memory."""
        self.pieces: tuple[Piece, ...] = ()
        """Of one that is not."""
        self.scanned: Part | None = None
        self.description: Description | None = None

    @property
    def weight(self) -> int:
        """Octets in memory, roughly."""
        octets = len(self.octets) if self.octets is not None else _UNSURE + _PIECE * len(self.pieces)
        described = self.description
        return octets + (len(described.envelope) + len(described.structure) if described else 0)


class Shown:
    """One message in one form, for one task at a time. Every method reads: in a thread, where the message is large."""

    __slots__ = ("_form", "_shown", "account", "source")

    def __init__(self, account: AccountId, octets: OctetSource, form: Form) -> None:
        self._form = form
        self.account = account
        """Whose it is."""
        self.source = octets
        """Of the message as it is."""
        self._shown: OctetSource | None = None

    @property
    def mended(self) -> bool:
        """It is not the message as it is."""
        return bool(self._form.mend)

    @property
    def octets(self) -> OctetSource:
        """Of the form. Raises OSError."""
        if self._shown is None:
            self._shown = self._made()
        return self._shown

    def _made(self) -> OctetSource:
        form = self._form
        if form.octets is not None or not form.mend:
            return self.source if form.octets is None else form.octets
        pieces = form.pieces or edited(self.source, surrogate(self.source, scan(self.source).root, form.mend)).pieces
        shown = RenditionOctets(Rendition(self.source, pieces), blank_nul=Mend.NUL in form.mend)
        if not isinstance(self.source, MemoryOctets):
            form.pieces = pieces
            return shown
        form.octets = MemoryOctets(shown.read(0, len(shown)))
        return form.octets

    def section(self, section: Section) -> Extract | None:
        """None: there is none. Raises OSError."""
        sections = self._sections()
        found = sections.find(section)
        self._form.scanned = sections.scanned
        return found

    def decoded(self, part: Sequence[int], window: Window | None) -> Decoded | None:
        """None: there is no such part. Raises UnknownEncoding, OSError."""
        sections = self._sections()
        found = decoded(sections, self.octets, part, window)
        self._form.scanned = sections.scanned
        return found

    def part(self, numbers: Sequence[int]) -> Part | None:
        """None: there is no such part. Raises OSError."""
        return self._sections().part(numbers)

    def describe(self) -> Description:
        """Worked out at the first time. Raises OSError."""
        form = self._form
        if form.description is None:
            octets = self.octets
            root, raw, fields = opened(octets)
            header = Header(raw, fields)
            structure = body_structure(octets, root, header, knows_global=Mend.HEADERS not in form.mend)
            form.description = Description(envelope(header, correspondents(header)), structure)
        return form.description

    def body(self) -> bytes:
        """BODY, of the description."""
        return without_extensions(self.describe().structure, knows_global=Mend.HEADERS not in self._form.mend)

    def _sections(self) -> Sections:
        return Sections(self.octets, self._form.scanned)


@dataclass(frozen=True, slots=True)
class _Key:
    account: AccountId
    email: EmailId
    mend: Mend


class Forms:
    """What a worker remembers: surrogates, and the structure of large messages, which clients read piece by piece."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, Form] = OrderedDict()

    def shown(self, account: AccountId, email: EmailId, octets: OctetSource, mend: Mend) -> Shown:
        """Costs nothing yet."""
        if not mend and isinstance(octets, MemoryOctets):
            return Shown(account, octets, Form(mend))
        key = _Key(account, email, mend)
        form = self._kept.pop(key, None) or Form(mend)
        self._kept[key] = form
        weight = sum(each.weight for each in self._kept.values())
        while len(self._kept) > MOST or (weight > MOST_OCTETS and len(self._kept) > 1):
            weight -= self._kept.popitem(last=False)[1].weight
        return Shown(account, octets, form)
