"""Dovecot as a mailbox server (root only), to compare with."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from gateway.certificates.self_signed import self_signed
from tests.support.folders import let_others_in, socket_folder
from tests.support.mail_server import looking, put
from tests.support.patience import wait_for
from tests.support.peers import installed
from tests.support.ports import free_ports

_SETTINGS: Final = """\
base_dir = {sockets}
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
default_internal_user = dovecot
default_login_user = dovenull
auth_username_format = %u
mail_location = {mail_format}:{folder}/mail/%u
mail_max_userip_connections = 1000
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Archive {{
    auto = create
    special_use = \\Archive
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class DovecotImap:
    """As a context manager it runs from entry to exit. Any name may log in with the password."""

    folder: Path
    sockets: Path
    port: int
    tls_port: int
    password: str = "secret"

    @classmethod
    def prepared(cls, folder: Path, *, mail_format: str = "maildir") -> Self:
        """With all its files in the folder, which is made. `mail_format`: of mail_location."""
        port, tls_port = free_ports(2)
        made = cls(folder, socket_folder(), port, tls_port)
        (folder / "mail").mkdir(parents=True)
        (folder / "mail").chmod(0o777)
        certificate, key = self_signed("localhost")
        made.certificate.write_bytes(certificate)
        (folder / "key.pem").write_bytes(key)
        settings = _SETTINGS.format(
            folder=folder,
            sockets=made.sockets,
            mail_format=mail_format,
            password=made.password,
            port=port,
            tls_port=tls_port,
        )
        made._file.write_text(settings)
        return made

    @property
    def master(self) -> int:
        """The process that has started the others."""
        return int((self.sockets / "master.pid").read_text())

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    @property
    def _file(self) -> Path:
        return self.folder / "dovecot.conf"

    def __enter__(self) -> Self:
        let_others_in(self.folder)
        # It goes into the background and keeps what it was given for its output.
        quiet = subprocess.DEVNULL
        subprocess.run(
            [installed("dovecot"), "-c", str(self._file)], check=True, stdout=quiet, stderr=quiet, timeout=20
        )
        wait_for(self._greets, what="Dovecot's IMAP to answer")
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run([installed("dovecot"), "-c", str(self._file), "stop"], check=False, timeout=20)

    def _greets(self) -> bool:
        try:
            with looking(self):
                return True
        except OSError:
            return False

    def deliver(self, octets: bytes) -> None:
        """Into the inbox."""
        with looking(self) as eyes:
            put(eyes, "INBOX", octets)

    def log(self) -> str:
        """What it logged."""
        return (self.folder / "log").read_text(errors="replace")
