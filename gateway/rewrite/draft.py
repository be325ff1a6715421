"""What has been changed so far while a message is rewritten, and how it ends when there is no way on."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.mail.codes import CONVERSION_FORBIDDEN, EnhancedCode
from gateway.mail.need import Finding, Where
from gateway.mail.octets import OctetSource
from gateway.mime.structure import Part, Span
from gateway.rewrite.part_header import PartHeader
from gateway.rewrite.pieces import Edit
from gateway.rewrite.ways import CannotRewrite, Change, Ways


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part stands. `message`: it is a message, not a body part; `signed`: its octets are under a signature."""

    where: Where
    message: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A part in hand, with its header as changed so far."""

    part: Part
    header: PartHeader
    place: Place


class Stuck(Exception):
    """There is no way on; `answer` says why."""

    def __init__(self, answer: CannotRewrite) -> None:
        super().__init__(answer.why)
        self.answer = answer


class Draft:
    """Edits and their reasons, in order."""

    def __init__(self, octets: OctetSource, ways: Ways) -> None:
        self.octets = octets
        self.ways = ways
        self.edits: list[Edit] = []
        self.changed: list[str] = []
        self.kinds: set[Change] = set()

    def note(self, kind: Change, words: str) -> None:
        """Tell of a change."""
        self.kinds.add(kind)
        self.changed.append(words)

    def edit(self, edits: Iterable[Edit]) -> None:
        """Make changes."""
        self.edits.extend(edits)

    def touch(self, held: Held, status: EnhancedCode = CONVERSION_FORBIDDEN) -> None:
        """A part is about to be changed. Raises Stuck where a signature is not to be broken."""
        if held.place.signed and not self.ways.signed_may_break:
            why = f"{named(held.part)} is signed: changing it would break the signature"
            raise self.stuck(held, status, why, held.part.body)

    def stuck(self, held: Held, status: EnhancedCode, why: str, span: Span) -> Stuck:
        """The error to raise; `span` is what stands in the way."""
        finding = Finding(held.place.where, held.part.number, None, span.start, span.stop, why)
        return Stuck(CannotRewrite(status, why, finding))


def named(part: Part) -> str:
    """For people."""
    return f"part {part.number}" if part.number else "the message"


def of(part: Part) -> str:
    """For people: ` of part 2`, or nothing for the message itself."""
    return f" of part {part.number}" if part.number else ""
