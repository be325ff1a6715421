"""Messages with what is expected of them beside them (tests/corpus), and broken ones from elsewhere where present."""

import json
from pathlib import Path

import pytest

from gateway.cli.inspect_json import BODY_WORDS, broken_findings
from gateway.inspect.inspector import examine, inspect
from gateway.mail.octets import MemoryOctets

CORPUS = Path(__file__).parents[2] / "corpus"
ELSEWHERE = sorted((Path(__file__).parents[4] / "shared" / "corpus").glob("*/*.eml"))


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.eml")), ids=lambda path: path.stem)
def test_what_is_found_is_what_is_expected(path: Path) -> None:
    data = path.read_bytes()
    found = examine(MemoryOctets(data))
    because = [
        {"where": f.where.value, "part": f.part, "field": f.field, "text": data[f.start : f.stop].decode()}
        for f in found.headers
    ]
    malformed = [{"where": f.where.value, "part": f.part, "why": f.why} for f in broken_findings(found)]
    expected = json.loads(path.with_suffix(".json").read_text())
    assert {"body": BODY_WORDS[found.body], "because": because, "malformed": malformed} == expected


@pytest.mark.parametrize("path", [*sorted(CORPUS.glob("*.eml")), *ELSEWHERE], ids=lambda path: path.stem)
def test_the_quick_way_and_the_thorough_one_agree(path: Path) -> None:
    octets = MemoryOctets(b"\r\n".join(path.read_bytes().splitlines()))
    quick, thorough = inspect(octets), examine(octets)
    assert (quick.body, quick.headers, quick.raw_headers) == (thorough.body, thorough.headers, thorough.raw_headers)
