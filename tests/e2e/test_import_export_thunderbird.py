"""A Thunderbird profile's folders, as they are kept in tests/corpus/transfer."""

import json
import re
from pathlib import Path

import pytest

from tests.support.commands import Commands

AL = "al@home.example"
PROFILE = Path(__file__).parents[1] / "corpus" / "transfer" / "thunderbird"


@pytest.fixture
def gateway_commands(tmp_path: Path) -> Commands:
    commands = Commands(tmp_path)
    commands.ok("account", "add", AL)
    return commands


def originals(folder: bytes) -> list[bytes]:
    """The messages of a folder that are not deleted, without what Thunderbird notes of them."""
    parts = re.split(rb"^From (?:- .*)?\n", folder, flags=re.MULTILINE)[1:]
    kept = [part for part in parts if b"X-Mozilla-Status: 0009\n" not in part]
    bare = [re.sub(rb"^X-Mozilla-\w+:.*\n", b"", part, flags=re.MULTILINE) for part in kept]
    return [
        re.sub(rb"^>(>*From )", rb"\1", each, flags=re.MULTILINE).removesuffix(b"\n").replace(b"\n", b"\r\n")
        for each in bare
    ]


def test_a_profile_comes_in(tmp_path: Path, gateway_commands: Commands) -> None:
    said = gateway_commands.json("import", AL, str(PROFILE))
    counts = {each["name"]: (each["messages"], each["skipped"]) for each in said["mailboxes"]}
    assert counts == {
        "INBOX": (5, 1),
        "INBOX/Grüße": (1, 0),
        "Sent": (1, 0),
        "Archives": (0, 0),
        "Archives/2026": (2, 0),
    }
    assert [(Path(each["file"]).name, each["why"]) for each in said["skipped"]] == [("Inbox", "deleted in Thunderbird")]
    assert sum(each["refused_keywords"] for each in said["mailboxes"]) == 1
    out = tmp_path / "out"
    gateway_commands.ok("export", AL, str(out), "--format", "eml")
    rows = [json.loads(line) for line in (out / "INBOX" / "gateway-messages.jsonl").read_text().splitlines()]
    assert [row["flags"] for row in rows] == [
        ["\\Seen", "$NotJunk", "$label1"],
        ["\\Seen", "\\Answered"],
        ["\\Seen", "\\Flagged", "$Forwarded", "$Junk", "$MDNSent", "work"],
        [],
        ["\\Seen", "good"],
    ]
    # From `From - DATE` as it stands there; from the message's own Date where the separator has none.
    assert [row["received"] for row in rows] == [1795334400.0] * 3 + [1795321800.0, 1795325400.0]
    assert [(out / "INBOX" / row["file"]).read_bytes() for row in rows] == originals((PROFILE / "Inbox").read_bytes())
    quoted = (out / "INBOX" / rows[1]["file"]).read_bytes()
    assert quoted.startswith(b"From: Bo <bo@x.example>\r\nTo: al")
    assert quoted.endswith(b"\r\n\r\nanswered\r\nFrom quoted\r\n")
    archived = min((out / "Archives" / "2026").glob("*.eml")).read_bytes()
    assert archived.endswith(b"\r\n\r\narchived\r\nwith two lines\r\n")


def test_the_same_profile_later(tmp_path: Path, gateway_commands: Commands) -> None:
    """Mail that came since is taken, and nothing twice."""
    copy = tmp_path / "Local Folders"
    copy.mkdir()
    (copy / "Inbox").write_bytes((PROFILE / "Inbox").read_bytes())
    gateway_commands.ok("import", AL, str(copy))
    with (copy / "Inbox").open("ab") as file:
        file.write(b"From \nX-Mozilla-Status: 0001\nSubject: since\n\nnew\n\n")
    (said,) = gateway_commands.json("import", AL, str(copy))["mailboxes"]
    assert (said["messages"], said["already"]) == (1, 5)
    (copy / "Inbox").write_bytes(b"From \nSubject: other\n\nnothing of what was there\n\n")
    assert "was rewritten since its import began" in gateway_commands.refused("import", AL, str(copy))
    (said,) = gateway_commands.json("import", AL, str(copy), "--again")["mailboxes"]
    assert (said["messages"], said["already"]) == (1, 0)
