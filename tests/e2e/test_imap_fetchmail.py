"""fetchmail empties a mailbox into a program."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer, looking, lying, put
from tests.support.peers import installed

pytestmark = pytest.mark.peer("fetchmail")

SETTINGS = """\
set no bouncemail
poll localhost protocol imap port {port} user "{user}" password "{password}"
    {tls} sslcertck sslcertfile {certificate} folder {folder} no rewrite {keep}
    mda "cat > {out}/$(date +%s%N)-$$"
"""


def fetchmail(tmp_path: Path, server: MailServer, *, implicit: bool = True, keep: bool = False, folder: str = "INBOX",
              status: int = 0, options: tuple[str, ...] = ()) -> str:  # fmt: skip
    """One poll. The exit status is 0 where there was mail, and 1 where there was none."""
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    rc = tmp_path / "fetchmailrc"
    rc.write_text(
        SETTINGS.format(
            port=server.tls_port if implicit else server.port, user=AL, password=server.password, out=out,
            tls="ssl" if implicit else 'sslproto "TLS1.2+"', certificate=server.certificate, folder=folder,
            keep="keep" if keep else "no keep",
        )
    )  # fmt: skip
    rc.chmod(0o700)
    command = [installed("fetchmail"), "-f", str(rc), "--nodetach", "--nosyslog", "-v", *options]
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "USER": "al"}
    done = subprocess.run(command, check=False, capture_output=True, timeout=60, env=environment)
    said = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == status, said
    return said


def fetched(tmp_path: Path) -> list[bytes]:
    """What the program was given, without the trace field that fetchmail puts above, sorted."""
    texts = [file.read_bytes().replace(b"\r\n", b"\n") for file in (tmp_path / "out").iterdir()]
    return sorted(text[text.index(b"From: Bo") :] for text in texts)


@pytest.mark.parametrize("implicit", [False, True])
def test_a_mailbox_is_emptied(tmp_path: Path, mail_server: MailServer, *, implicit: bool) -> None:
    letters = [letter("one"), letter("two", "Zeile\r\n" * 20_000), letter("three", ".\r\n..\r\nFrom here\r\n")]
    for each in letters:
        mail_server.deliver(each)
    said = fetchmail(tmp_path, mail_server, implicit=implicit)
    assert "3 messages for al@home.example" in said
    assert fetched(tmp_path) == sorted(each.replace(b"\r\n", b"\n") for each in letters)
    with looking(mail_server) as eyes:
        assert lying(eyes, "INBOX") == []
    fetchmail(tmp_path, mail_server, implicit=implicit, status=1)


def test_only_what_is_new_is_taken(tmp_path: Path, mail_server: MailServer) -> None:
    """`keep`: what it took is marked as seen and stays; then it takes only the rest."""
    with looking(mail_server) as eyes:
        eyes.create_folder("Rechnungen")
        put(eyes, "Rechnungen", letter("old"), r"\Seen")
        put(eyes, "Rechnungen", letter("new"))
    fetchmail(tmp_path, mail_server, keep=True, folder="Rechnungen")
    assert fetched(tmp_path) == [letter("new").replace(b"\r\n", b"\n")]
    with looking(mail_server) as eyes:
        assert [each.flags for each in lying(eyes, "Rechnungen")] == [{r"\Seen"}, {r"\Seen"}]
        put(eyes, "Rechnungen", letter("newer"))
    fetchmail(tmp_path, mail_server, keep=True, folder="Rechnungen")
    assert len(fetched(tmp_path)) == 2
    fetchmail(tmp_path, mail_server, keep=True, folder="Rechnungen", status=1)


def test_a_wrong_certificate(tmp_path: Path, mail_server: MailServer) -> None:
    """Nothing is fetched, and no password said."""
    said = fetchmail(tmp_path, mail_server, options=("--sslcommonname", "other.example"), status=2)
    assert "certificate" in said
    assert "LOGIN" not in said
