"""The first start: an account for whoever installed the gateway, its password shown once.

It is shown on standard output, for whoever runs the gateway by hand. Under systemd that is the journal, which is a log
and kept for long: there it is written to a file for that user alone instead, `DATA/admin-password`.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateway.accounts.control.first import Show, first_admin
from gateway.app import clock
from gateway.app.accounts import admin_address, registrar
from gateway.mail.address import Address
from gateway.settings.config import Config
from gateway.storage.files import replace

FILE = "admin-password"


@dataclass(frozen=True, slots=True)
class Made:
    """The first account, and where its password was shown."""

    address: Address
    shown: str


def make_admin(config: Config, environ: Mapping[str, str] = os.environ) -> Made | None:
    """Make the first account where there is none; None: nothing was to be made.

    Raises NotPossible, AccountsUnavailable, SchemaTooNew.
    """
    address = admin_address(config)
    if address is None:
        return None
    in_journal = "JOURNAL_STREAM" in environ
    show = _to_file(config.data / FILE) if in_journal else _print
    with closing(registrar(config)) as open_one:
        if not first_admin(open_one, address, clock.now(), show):
            return None
    return Made(address, str(config.data / FILE) if in_journal else "standard output")


def _print(address: Address, password: str) -> None:
    lines = (
        "",
        f"  account   {address}",
        f"  password  {password}",
        "  This is shown once. Another one: gateway account password",
        "",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _to_file(path: Path) -> Show:
    def show(address: Address, password: str) -> None:
        replace(path, f"{address} {password}\n".encode())

    return show
