"""What the inspector found (docs/architecture.md, "what a message needs")."""

from dataclasses import dataclass

from gateway.mail.envelope import Body
from gateway.mail.need import Finding
from gateway.mime.structure import Scan


@dataclass(frozen=True, slots=True)
class Inspection:
    """Findings about one message's octets: pure, so it may be kept as long as the octets stay the same.

    `headers`: findings that need SMTPUTF8. `body`: what kind of octets its bodies are; `body_findings` says where.
    `raw_headers`: header octets that are not UTF-8 (no extension makes them legal). `malformed`: what breaks the
    grammar. `scan` None: the fast path settled it (the octets are all ASCII with legal lines).
    """

    size: int
    body: Body
    headers: tuple[Finding, ...] = ()
    body_findings: tuple[Finding, ...] = ()
    raw_headers: tuple[Finding, ...] = ()
    malformed: tuple[Finding, ...] = ()
    scan: Scan | None = None

    @property
    def plain(self) -> bool:
        """Nothing was found: any hop can take it."""
        return not (self.headers or self.body_findings or self.raw_headers or self.malformed)
