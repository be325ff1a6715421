"""imapfilter sorts mail by a program of the user's."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.letters import letter
from tests.support.mail_server import AL, MailServer, looking, lying, names, put
from tests.support.peers import installed

pytestmark = pytest.mark.peer("imapfilter")

OPTIONS = """\
options.timeout = 20
options.certificates = true
options.wakeonany = true
al = IMAP {{ server = 'localhost', port = {port}, username = '{user}', password = '{password}' {ssl} }};
"""


def prepared(
    folder: Path, server: MailServer, program: str, *, implicit: bool = True
) -> tuple[list[str], dict[str, str]]:
    """The command and its environment that run the program (Lua), where `al` is the account."""
    port = server.tls_port if implicit else server.port
    options = OPTIONS.format(port=port, user=AL, password=server.password, ssl=", ssl = 'auto'" if implicit else "")
    (folder / "config.lua").write_text(options + program)
    command = [installed("imapfilter"), "-c", str(folder / "config.lua"), "-t", str(server.certificate)]
    return command, {"HOME": str(folder), "PATH": os.environ["PATH"]}


def imapfilter(folder: Path, server: MailServer, program: str, *, implicit: bool = True) -> str:
    """What it said."""
    command, environment = prepared(folder, server, program, implicit=implicit)
    done = subprocess.run(
        command, check=False, capture_output=True, timeout=60, env=environment, stdin=subprocess.DEVNULL
    )
    said = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, said
    return said


@pytest.mark.parametrize("implicit", [False, True])
def test_mailboxes_and_status(tmp_path: Path, mail_server: MailServer, *, implicit: bool) -> None:
    mail_server.deliver(letter("one"))
    program = """
    boxes, folders = al:list_all()
    for _, each in ipairs(boxes) do print('box ' .. each) end
    exist, recent, unseen, next = al.INBOX:check_status()
    print('status ' .. exist .. ' ' .. unseen .. ' ' .. next)
    al:create_mailbox('Neu')
    al:subscribe_mailbox('Neu')
    subscribed = al:list_subscribed()
    print('subscribed ' .. table.concat(subscribed, ' '))
    """
    said = imapfilter(tmp_path, mail_server, program, implicit=implicit)
    assert {"box INBOX", "box Sent", "box Trash", "status 1 1 2"} <= set(said.splitlines())
    assert "Neu" in next(line for line in said.splitlines() if line.startswith("subscribed"))
    with looking(mail_server) as eyes:
        assert "Neu" in names(eyes)


def test_messages_are_sorted(tmp_path: Path, mail_server: MailServer) -> None:
    with looking(mail_server) as eyes:
        eyes.create_folder("Lists/go")
        for name, more in (
            ("[go] news", "List-Id: <go.x.example>\r\n"),
            ("buy now", ""),
            ("dinner", ""),
            ("report", "X-Priority: 1\r\n"),
        ):
            put(eyes, "INBOX", letter(name, more=more))
        put(eyes, "INBOX", letter("long", "w" * 70 + "\r\n" + "Zeile\r\n" * 4_000))
    program = r"""
    al.INBOX:contain_field('List-Id', 'go.x.example'):move_messages(al['Lists/go']);
    (al.INBOX:contain_subject('buy') + al.INBOX:contain_subject('cheap')):delete_messages()
    al.INBOX:contain_field('X-Priority', '1'):mark_flagged()
    large = al.INBOX:is_larger(20000)
    large:mark_seen()
    large:copy_messages(al.Archive);
    (al.INBOX:match_from('bo@x\\.example') * al.INBOX:contain_subject('dinner')):add_flags({'$Food'})
    """
    imapfilter(tmp_path, mail_server, program)
    with looking(mail_server) as eyes:
        assert {each.subject: each.flags for each in lying(eyes, "INBOX")} == {
            "dinner": {"$Food"},
            "report": {r"\Flagged"},
            "long": {r"\Seen"},
        }
        assert [each.subject for each in lying(eyes, "Lists/go")] == ["[go] news"]
        assert [each.subject for each in lying(eyes, "Archive")] == ["long"]


def test_it_waits_for_mail(tmp_path: Path, mail_server: MailServer) -> None:
    """enter_idle returns when something arrives."""
    program = "arrived, event = al.INBOX:enter_idle() print(arrived, event)"
    command, environment = prepared(tmp_path, mail_server, program)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment) as waiting:
        try:
            while waiting.poll() is None:
                # One that arrives before it has selected the inbox wakes nobody.
                mail_server.deliver(letter("news"))
            said, _ = waiting.communicate(timeout=30)
            assert said.split() == [b"true", b"EXISTS"]
        finally:
            waiting.kill()
