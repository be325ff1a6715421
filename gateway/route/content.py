"""What `decide` has to know of a message's octets beyond its needs."""

from dataclasses import dataclass
from typing import Final

from gateway.inspect.result import Inspection
from gateway.mail.need import Finding
from gateway.mime.structure import Part, Span

_GLOBAL: Final = frozenset(
    {
        "message/global",
        "message/global-headers",
        "message/global-delivery-status",
        "message/global-disposition-notification",
    }
)
"""Types that may be put into base64 or quoted-printable as they are (RFC 6532 3.7, RFC 6533 4.5)."""


@dataclass(frozen=True, slots=True)
class Content:
    """`raw_headers`: octets that are not UTF-8. `enclosed`: UTF-8 in headers that an encoding of a part puts away."""

    raw_headers: tuple[Finding, ...] = ()
    enclosed: frozenset[Finding] = frozenset()


CLEAN: Final = Content()
"""Of nearly all mail."""


def content_of(inspection: Inspection) -> Content:
    """What the inspector found, as `decide` takes it."""
    if not (inspection.raw_headers or inspection.headers):
        return CLEAN
    if inspection.scan is None or not inspection.headers:
        return Content(inspection.raw_headers)
    spans = _global_bodies(inspection.scan.root)
    enclosed = (finding for finding in inspection.headers if any(_within(finding, span) for span in spans))
    return Content(inspection.raw_headers, frozenset(enclosed) if spans else frozenset())


def _global_bodies(root: Part) -> list[Span]:
    """The outermost parts that can be encoded whole."""
    spans: list[Span] = []
    left = [root]
    while left:
        part = left.pop()
        if part.content_type.full in _GLOBAL:
            spans.append(part.body)
        else:
            left.extend(part.children)
    return spans


def _within(finding: Finding, span: Span) -> bool:
    return span.start <= finding.start and finding.stop <= span.stop
