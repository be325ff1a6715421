"""What `gateway inspect --json` prints. Names and meanings are fixed: people's scripts rely on them."""

from collections.abc import Sequence
from typing import TypedDict

from gateway.inspect.needs import needs_of
from gateway.inspect.result import Inspection
from gateway.mail.address import NULL_PATH, Address, ReversePath
from gateway.mail.envelope import Body, MailOptions
from gateway.mail.need import Extension, Finding, Where

BODY_WORDS = {Body.SEVENBIT: "7bit", Body.EIGHTBITMIME: "8bit", Body.BINARYMIME: "binary"}


class Because(TypedDict):
    """A reason; `bytes` is null for an address of the envelope."""

    where: str
    field: str | None
    part: str
    bytes: list[int] | None


class Broken(TypedDict):
    """A break of the grammar."""

    where: str
    part: str
    bytes: list[int]
    why: str


class Smtputf8(TypedDict):
    """Whether the message with its sender needs SMTPUTF8, and each reason."""

    required: bool
    because: list[Because]


class Path(TypedDict):
    """An address; `ascii` is what a hop without SMTPUTF8 is told, null where there is no such form."""

    address: str
    ascii: str | None
    smtputf8: bool


class Report(TypedDict):
    """The whole object."""

    smtputf8: Smtputf8
    body: str
    recipients: list[Path]
    sender: Path | None
    malformed: list[Broken]


def as_json(inspection: Inspection, sender: ReversePath | None, recipients: Sequence[Address]) -> Report:
    """The object to print. `sender` None: none was given."""
    needs = needs_of(inspection, sender or NULL_PATH, (), MailOptions())
    need = needs.by_extension.get(Extension.SMTPUTF8)
    return {
        "smtputf8": {"required": need is not None, "because": [_because(f) for f in need.because] if need else []},
        "body": BODY_WORDS[inspection.body],
        "recipients": [_path(address) for address in recipients],
        "sender": None if sender is None else _path(sender),
        "malformed": [_broken(finding) for finding in broken_findings(inspection)],
    }


def broken_findings(inspection: Inspection) -> list[Finding]:
    """All that breaks the grammar, header octets that are not UTF-8 among it, in the order of the octets."""
    found = dict.fromkeys((*inspection.malformed, *inspection.raw_headers))
    return sorted(found, key=lambda finding: (finding.start, finding.stop))


def _path(path: ReversePath) -> Path:
    if isinstance(path, Address):
        return {
            "address": str(path),
            "ascii": path.wire if path.is_ascii else None,
            "smtputf8": not path.is_ascii,
        }
    return {"address": "", "ascii": "", "smtputf8": False}


def _because(finding: Finding) -> Because:
    in_message = finding.where is not Where.SENDER
    return {
        "where": finding.where,
        "field": finding.field,
        "part": finding.part,
        "bytes": [finding.start, finding.stop] if in_message else None,
    }


def _broken(finding: Finding) -> Broken:
    return {
        "where": finding.where,
        "part": finding.part,
        "bytes": [finding.start, finding.stop],
        "why": finding.why,
    }
