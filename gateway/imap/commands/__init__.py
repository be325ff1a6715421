"""The commands and extensions, one file each. A new one is listed here."""

from collections.abc import Mapping
from typing import Final

from gateway.imap.commands import (
    any_time,
    create,
    delete,
    list_mailboxes,
    log_in,
    namespace,
    rename,
    select,
    status,
    subscribe,
)
from gateway.imap.registry import Command, Extension, by_name

EXTENSIONS: Final[tuple[Extension, ...]] = (
    any_time.EXTENSION,
    create.EXTENSION,
    delete.EXTENSION,
    list_mailboxes.EXTENSION,
    log_in.EXTENSION,
    namespace.EXTENSION,
    rename.EXTENSION,
    select.EXTENSION,
    status.EXTENSION,
    subscribe.EXTENSION,
)
COMMANDS: Final[Mapping[bytes, Command]] = by_name(EXTENSIONS)
