"""Real and broken messages, with what is expected of each beside it: `NAME.eml`, `NAME.txt`."""

from pathlib import Path

import pytest

from gateway.mail.octets import MemoryOctets
from gateway.summary.structure_form import without_extensions
from gateway.summary.text import search_text
from gateway.summary.work import summarize
from tests.support.imap_form import check_body, check_envelope, read_form

CORPUS = Path(__file__).parents[2] / "corpus"
EXPECTED = sorted((CORPUS / "summary").glob("*.eml"))
ALL = [*sorted(CORPUS.glob("**/*.eml")), *sorted((Path(__file__).parents[4] / "shared" / "corpus").glob("*/*.eml"))]


def described(octets: MemoryOctets) -> str:
    found = summarize(octets)
    text = search_text(octets, limit=100_000)
    lines = {
        "envelope": found.envelope.decode(),
        "structure": found.structure.decode(),
        "preview": found.preview,
        "sent": found.sent,
        "subject": found.keys.subject.decode(),
        "from": found.keys.display_from.decode(),
        "references": len(found.links.references),
        "attached": found.attached,
        "attachments": text.attachments.replace("\n", " | "),
    }
    return "".join(f"{name}: {value}\n".replace("\r\n", "<CRLF>") for name, value in lines.items())


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_what_is_expected_comes(path: Path) -> None:
    assert described(MemoryOctets(path.read_bytes())) == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_all_give_well_formed_imap(path: Path) -> None:
    for data in (path.read_bytes(), path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")):
        found = summarize(MemoryOctets(data))
        check_envelope(read_form(found.envelope))
        check_body(read_form(found.structure), extended=True)
        check_body(read_form(without_extensions(found.structure)), extended=False)
