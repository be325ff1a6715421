"""Programs of others that tests speak to, and the Debian packages that bring them."""

import os
import shutil
from pathlib import Path

PACKAGES = {
    "smtp-sink": "postfix",
    "smtp-source": "postfix",
    "postfix": "postfix",
    "swaks": "swaks",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "promtool": "prometheus",
    "msmtp": "msmtp",
    "curl": "curl",
    "dovecot": "dovecot-core",
    "doveadm": "dovecot-core",
    "lmtp": "dovecot-lmtpd",
    "gsasl": "gsasl",
    "git": "git",
    "make": "make",
    "mutt": "mutt",
    "neomutt": "neomutt",
    "aerc": "aerc",
    "tmux": "tmux",
    "mbsync": "isync",
    "offlineimap": "offlineimap3",
    "fetchmail": "fetchmail",
    "getmail": "getmail6",
    "imapfilter": "imapfilter",
    "imap": "dovecot-imapd",
    "unshare": "util-linux",
    "systemd-analyze": "systemd",
    "pebble": "pebble",
    "knotd": "knot",
    "testssl": "testssl.sh",
}

_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/lib/dovecot")


def program(name: str) -> Path | None:
    """Where a peer is installed; None where it is not."""
    path = os.environ.get("PATH", os.defpath)
    found = shutil.which(name, path=os.pathsep.join((path, *_FOLDERS)))
    return Path(found) if found else None


def missing(name: str) -> str | None:
    """Why tests with this peer cannot run; None where they can."""
    if program(name):
        return None
    return f"needs {name} (Debian package {PACKAGES.get(name, name)})"


def required() -> bool:
    """Whether a missing peer is a failure: in CI, and where GATEWAY_PEERS=required."""
    return os.environ.get("CI") == "true" or os.environ.get("GATEWAY_PEERS") == "required"


def installed(name: str) -> str:
    """The path of a peer that the test's mark has made sure of."""
    found = program(name)
    if found is None:
        raise FileNotFoundError(missing(name))
    return str(found)
